import type { Clock } from '../clock.ts';
import type { CommandContext } from '../context.ts';
import type { Row } from '../database/connection.ts';
import { violatedUnique } from '../database/database-errors.ts';
import { prepared, type Statement } from '../database/statement.ts';
import { everyTenant } from '../database/tenant.ts';
import type { WritePath } from '../database/write-path.ts';
import { DomainError, type ErrorKind } from '../errors.ts';
import { newId } from '../ids.ts';
import type { ModuleLog } from '../module.ts';
import { type TraceWork, untraced } from '../telemetry/trace-work.ts';
import type { BoundaryHook, SagaDefinition, SagaState } from './saga.ts';
import { contextFrom, contextOf } from './saga-context.ts';

const LEASE_MS = 30_000;
const SWEEP_MS = 2_000;
const STEP_ATTEMPTS = 3;
const TAKE_OVER_MAX = 20;
/** Failures that say nothing about the business: the same step may succeed a moment later. */
const TRANSIENT = new Set<ErrorKind>(['unavailable', 'resource_locked', 'timeout', 'upstream']);

interface Position<State> {
  id: string;
  attempts: number;
  step: number;
  state: State;
  compensating: boolean;
}

export interface SagaRunnerDependencies {
  writePath: WritePath;
  clock: Clock;
  log: Pick<ModuleLog, 'warn'>;
  boundary?: BoundaryHook;
  trace?: TraceWork;
}

/**
 * Runs sagas of one module (ARC-14, ARC-15). The caller waits for the outcome; when the process dies, `recover` of any
 * process goes on where the step log ends: forward while running, backward once a step was refused.
 */
export class SagaRunner {
  readonly #path: WritePath;
  readonly #clock: Clock;
  readonly #log: SagaRunnerDependencies['log'];
  readonly #boundary: BoundaryHook;
  readonly #definitions = new Map<string, SagaDefinition<SagaState, unknown>>();
  readonly #trace: TraceWork;
  readonly #insert;
  readonly #progress;
  readonly #takeOver;
  readonly #release;
  /** Sagas of this process that met a failure of the machinery: nobody works on them, so nobody needs to wait. */
  readonly #interrupted = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<unknown> = Promise.resolve();
  #stopped = true;

  constructor(dependencies: SagaRunnerDependencies) {
    this.#path = dependencies.writePath;
    this.#clock = dependencies.clock;
    this.#log = dependencies.log;
    this.#boundary = dependencies.boundary ?? (() => undefined);
    this.#trace = dependencies.trace ?? untraced;
    const table = `${this.#path.database.schema}.sagas`;
    this.#insert = prepared(`insert into ${table}
      (id, name, subject_id, org_id, livemode, status, step, state, context, locked_until, created_at, updated_at)
      values ($1, $2, $3, $4, $5, 'running', 0, $6, $7, $8, $9, $9)`);
    // `attempts` fences: a process that lost its lease cannot write over the one that took the saga over.
    this.#progress = prepared(`with changed as (
        update ${table} set status = $3, step = $4, state = $5, locked_until = $6, updated_at = $7
        where id = $1 and attempts = $2 returning 1)
      select kernel.require((select count(*) from changed) = 1, 'saga lease lost')`);
    this.#takeOver = prepared(`update ${table} set attempts = attempts + 1, locked_until = $2
      where id in (select id from ${table} where status in ('running', 'compensating')
          and (locked_until <= $1 or id = any($3::text[]))
        order by locked_until limit $4 for update skip locked)
      returning id, name, status, step, state, context, attempts`);
    this.#release = prepared(
      `update ${table} set locked_until = $1 where status in ('running', 'compensating') and locked_until > $1`,
    );
  }

  register<State extends SagaState, Outcome>(definition: SagaDefinition<State, Outcome>): void {
    this.#definitions.set(definition.name, definition as unknown as SagaDefinition<SagaState, unknown>);
  }

  /**
   * Runs a saga about `subjectId` and answers its outcome. Errors: `resource_locked` when another saga works on the same
   * subject; whatever a step refused with, after everything was compensated; `unavailable` when the machinery failed, in
   * which case the saga goes on by itself.
   */
  async run<State extends SagaState, Outcome>(
    definition: SagaDefinition<State, Outcome>,
    context: CommandContext,
    subjectId: string,
    initial: State,
  ): Promise<Outcome> {
    const now = this.#clock.now();
    const id = newId('sag', now.getTime());
    const { tenant } = context;
    const sealed = { ...context, origin: await this.#path.sealedOrigin(context) };
    const insert = this.#insert([
      id,
      definition.name,
      subjectId,
      tenant.orgId,
      tenant.livemode,
      JSON.stringify(initial),
      JSON.stringify(contextOf(sealed)),
      this.#leaseEnd(),
      now.toISOString(),
    ]);
    const stored = await this.#path.begin<Outcome>(context, [insert]).catch((error) => {
      throw violatedUnique(error) === 'sagas_open_subject_key' ? busy(subjectId) : error;
    });
    if (stored) return stored.result;
    const position = { id, attempts: 0, step: 0, state: initial, compensating: false };
    return this.#advance(definition, context, position).catch((error) => {
      if (error instanceof DomainError && error.kind === 'unavailable') this.#interrupted.add(id);
      throw error;
    });
  }

  /** For the only process on the data, before it starts: whoever held a lease is gone, so nothing waits for its end. */
  async releaseLeases(): Promise<void> {
    await this.#path.database.flight(everyTenant, [this.#release([this.#clock.now().toISOString()])]);
  }

  /** Takes over sagas whose process is gone; called at start and every few seconds. Answers how many. */
  async recover(): Promise<number> {
    const rows = await this.#takeOverSome();
    for (const row of rows) {
      const definition = this.#definitions.get(row.name);
      if (!definition) continue;
      const position = {
        id: row.id,
        attempts: row.attempts,
        step: row.step,
        state: row.state,
        compensating: row.status === 'compensating',
      };
      await this.#goOn(definition, contextFrom(row.context), position).catch((error) =>
        this.#log.warn({ saga_id: row.id, saga: row.name, error }, 'A saga that was taken over did not complete'),
      );
    }
    return rows.length;
  }

  /**
   * Those before it may have taken longer than the lease, and another process may have come further with it: a step of
   * long ago must not run then. So the lease is renewed first, which fails for whoever has lost it.
   */
  async #goOn<State extends SagaState, Outcome>(
    definition: SagaDefinition<State, Outcome>,
    context: CommandContext,
    position: Position<State>,
  ): Promise<Outcome> {
    await this.#note(context, position, position.compensating ? 'compensating' : 'running');
    return this.#advance(definition, context, position);
  }

  async #takeOverSome(): Promise<Row[]> {
    const now = this.#clock.now().toISOString();
    const interrupted = [...this.#interrupted];
    const values = [now, this.#leaseEnd(), interrupted, TAKE_OVER_MAX];
    const [result] = await this.#path.database.flight(everyTenant, [this.#takeOver(values)]);
    for (const id of interrupted) this.#interrupted.delete(id);
    return result!.rows;
  }

  start(): void {
    this.#stopped = false;
    const sweep = () => {
      this.#sweeping = this.recover()
        .catch((error) => {
          this.#log.warn({ error }, 'Sagas could not be looked through');
          return 0;
        })
        .then((count) => {
          if (!this.#stopped) this.#timer = setTimeout(sweep, count === TAKE_OVER_MAX ? 0 : SWEEP_MS).unref();
        });
    };
    sweep();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#sweeping;
  }

  async #advance<State extends SagaState, Outcome>(
    definition: SagaDefinition<State, Outcome>,
    context: CommandContext,
    position: Position<State>,
  ): Promise<Outcome> {
    if (position.compensating) return this.#compensate(definition, context, position);
    let refusal: DomainError | null = null;
    while (position.step < definition.steps.length && !refusal) {
      refusal = await this.#forward(definition, context, position);
    }
    if (refusal) {
      const { kind, message, details, retryAfterSeconds = null } = refusal;
      position.state = { ...position.state, refusal: { kind, message, details: details as never, retryAfterSeconds } };
      position.compensating = true;
      await this.#note(context, position, 'compensating');
      return this.#compensate(definition, context, position);
    }
    const outcome = await definition.outcome(position.state, context);
    await this.#note(context, position, 'completed', this.#path.settle(context, { result: outcome }));
    return outcome;
  }

  /** One step; answers the refusal, or null when the step is done and noted. */
  async #forward<State extends SagaState, Outcome>(
    definition: SagaDefinition<State, Outcome>,
    context: CommandContext,
    position: Position<State>,
  ): Promise<DomainError | null> {
    const step = definition.steps[position.step]!;
    this.#boundary(`${definition.name}:${step.name}:before`);
    try {
      const change = await this.#patiently(() =>
        this.#trace(`${definition.name}:${step.name}`, context.traceparent, () => step.run(position.state, context)),
      );
      position.state = { ...position.state, ...change };
    } catch (error) {
      if (error instanceof DomainError && error.kind !== 'unavailable') return error;
      throw error;
    }
    this.#boundary(`${definition.name}:${step.name}:after`);
    position.step++;
    // The last step is noted together with the outcome.
    if (position.step < definition.steps.length) await this.#note(context, position, 'running');
    return null;
  }

  async #compensate<State extends SagaState, Outcome>(
    definition: SagaDefinition<State, Outcome>,
    context: CommandContext,
    position: Position<State>,
  ): Promise<never> {
    for (; position.step >= 0; position.step--) {
      const step = definition.steps[position.step];
      if (!step?.compensate) continue;
      this.#boundary(`${definition.name}:${step.name}:compensate`);
      await this.#patiently(() => step.compensate!(position.state, context));
      await this.#note(context, position, 'compensating');
    }
    const refusal = refusalOf(position.state);
    // Everything was undone, and the same request may succeed a moment later: it must not get this answer for a day.
    const kept = TRANSIENT.has(refusal.kind)
      ? this.#path.forget(context)
      : this.#path.settle(context, { error: refusal });
    await this.#note(context, { ...position, step: 0 }, 'failed', kept);
    throw refusal;
  }

  async #patiently<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const transient = error instanceof DomainError && TRANSIENT.has(error.kind);
        if (!transient || attempt >= STEP_ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
      }
    }
  }

  async #note(
    context: CommandContext,
    position: Position<SagaState>,
    status: string,
    also: readonly Statement[] = [],
  ): Promise<void> {
    const { id, attempts, step, state } = position;
    const now = this.#clock.now().toISOString();
    const values = [id, attempts, status, step, JSON.stringify(state), this.#leaseEnd(), now];
    await this.#path.database.flight(context.tenant, [this.#progress(values), ...also]);
  }

  #leaseEnd(): string {
    return new Date(this.#clock.nowMs() + LEASE_MS).toISOString();
  }
}

function busy(subjectId: string): DomainError {
  return new DomainError('resource_locked', `${subjectId} is being changed by another request; repeat in a second.`, {
    retryAfterSeconds: 1,
  });
}

type StoredRefusal = Pick<DomainError, 'message' | 'details'> & { kind: ErrorKind; retryAfterSeconds?: number | null };

function refusalOf(state: SagaState): DomainError {
  const { kind, message, details, retryAfterSeconds } = state.refusal as unknown as StoredRefusal;
  return new DomainError(kind, message, { details, retryAfterSeconds: retryAfterSeconds ?? undefined });
}
