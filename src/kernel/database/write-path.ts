import type { Clock } from '../clock.ts';
import { DAY_MS } from '../clock.ts';
import type { CommandContext } from '../context.ts';
import type { Origins } from '../crypto/origins.ts';
import { DomainError, type ErrorKind } from '../errors.ts';
import { metadataOf, type NewEvent, type StoredEvent } from '../events/event.ts';
import { type EventId, newId } from '../ids.ts';
import { jobInsert, jobRow, type NewJob } from '../jobs/job.ts';
import { violatedUnique } from './database-errors.ts';
import type { ModuleDatabase, Transaction } from './module-database.ts';
import { insertMany, prepared, type Statement } from './statement.ts';
import type { Tenant } from './tenant.ts';

const IDEMPOTENCY_KEPT_MS = DAY_MS;

/** Seals an answer that is kept for replay, since it may hold personal data. */
export interface ResultSealer {
  seal(orgId: string, text: string, context: string): Buffer;
  open(orgId: string, sealed: Buffer, context: string): string;
}

/** A transaction in which a command decides. */
export interface WriteTransaction extends Transaction {
  /** Statements that need no answer: they fly together with COMMIT. */
  add(...statements: Statement[]): void;
  append(...events: NewEvent[]): void;
  enqueue(...jobs: NewJob[]): void;
}

/** A write that is fully known before it starts: one round trip. */
export interface WritePlan<Result> {
  statements: readonly Statement[];
  events: readonly NewEvent[];
  jobs?: readonly NewJob[];
  /** Plain data; it is what a repeated request with the same idempotency key gets again. */
  result: Result;
}

/** What became of a request that came with an idempotency key. */
export interface KeptRequest {
  /** The operation, such as `orders.create`. */
  operation: string;
  requestId: string;
  /** `running` also while a saga goes on that a killed process had begun. */
  state: 'running' | 'done' | 'refused';
  refusal?: { kind: ErrorKind; message: string };
  /** The object that the answer shows. */
  objectId: string | null;
  createdAt: string;
  expiresAt: string;
}

/** Told after COMMIT which events were stored: a hint to caches and the relay of this process, never the only notice. */
export type CommitListener = (events: readonly StoredEvent[], commit: { withJobs: boolean }) => void;

/**
 * The one way to change data (architecture.md): BEGIN · tenant · idempotency · decide · append events · projections ·
 * COMMIT. Nobody else starts a transaction for a command.
 */
export class WritePath {
  readonly database: ModuleDatabase;
  readonly #clock: Clock;
  readonly #sealer: ResultSealer;
  readonly #origins: Pick<Origins, 'seal'>;
  readonly #onCommit: CommitListener;
  readonly #insertEvents;
  readonly #insertJobs;
  readonly #claim;
  readonly #claimOrNothing;
  readonly #findClaim;
  readonly #storeResult;
  readonly #removeClaim;
  readonly #findKept;

  constructor(
    database: ModuleDatabase,
    dependencies: {
      clock: Clock;
      sealer: ResultSealer;
      origins: Pick<Origins, 'seal'>;
      onCommit: CommitListener;
    },
  ) {
    const { schema } = database;
    this.database = database;
    this.#clock = dependencies.clock;
    this.#sealer = dependencies.sealer;
    this.#origins = dependencies.origins;
    this.#onCommit = dependencies.onCommit;
    this.#insertEvents = insertMany(`${schema}.events`, {
      id: 'text',
      stream_id: 'text',
      stream_version: 'int',
      type: 'text',
      org_id: 'text',
      livemode: 'boolean',
      occurred_at: 'timestamptz',
      data: 'jsonb',
      metadata: 'jsonb',
    });
    this.#insertJobs = jobInsert(schema);
    const insertClaim = `insert into ${schema}.idempotency_keys
      (org_id, livemode, route, key, fingerprint, result, request_id, created_at, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
    this.#claim = prepared(insertClaim);
    // An expired key is free again, so a conflict with one takes it over.
    this.#claimOrNothing = prepared(`${insertClaim} on conflict (org_id, livemode, route, key) do update
      set fingerprint = excluded.fingerprint, result = excluded.result, request_id = excluded.request_id,
          created_at = excluded.created_at, expires_at = excluded.expires_at
      where idempotency_keys.expires_at <= excluded.created_at returning key`);
    this.#findClaim = prepared(`select fingerprint, result, expires_at from ${schema}.idempotency_keys
      where org_id = $1 and livemode = $2 and route = $3 and key = $4`);
    this.#findKept = prepared(`select route, key, result, request_id, created_at, expires_at
      from ${schema}.idempotency_keys
      where org_id = $1 and livemode = $2 and route = any($3::text[]) and key = $4 and expires_at > $5`);
    this.#removeClaim = prepared(`delete from ${schema}.idempotency_keys
      where org_id = $1 and livemode = $2 and route = $3 and key = $4`);
    this.#storeResult = prepared(`update ${schema}.idempotency_keys set result = $5
      where org_id = $1 and livemode = $2 and route = $3 and key = $4`);
  }

  /** Stores a plan in one round trip, or gives the stored answer of the same request. */
  async store<Result>(context: CommandContext, plan: WritePlan<Result>): Promise<Result> {
    const origin = this.sealedOrigin(context);
    const events = this.#stamp(context, plan.events, typeof origin === 'string' ? origin : await origin);
    const statements: Statement[] = [];
    if (context.idempotency) statements.push(this.#claim(this.#claimValues(context, plan.result)));
    statements.push(...plan.statements);
    if (events.length > 0) statements.push(this.#insertEvents(events.map(eventRow)));
    if (plan.jobs?.length)
      statements.push(this.#insertJobs(plan.jobs.map((job) => jobRow(context.tenant, job, this.#clock))));
    try {
      await this.database.flight(context.tenant, statements);
    } catch (error) {
      if (context.idempotency && violatedUnique(error) === 'idempotency_keys_pkey') return this.#repeat(context, plan);
      throw error;
    }
    this.#committed(context, events, Boolean(plan.jobs?.length));
    return plan.result;
  }

  /**
   * Runs `work` in a transaction. It may run more than once (deadlock, serialization failure), so it must have no
   * effect but through `tx`. With an idempotency key that was used before, `work` does not run.
   */
  async run<Result>(context: CommandContext, work: (tx: WriteTransaction) => Promise<Result>): Promise<Result> {
    const sealing = this.sealedOrigin(context);
    const origin = typeof sealing === 'string' ? sealing : await sealing;
    let events: StoredEvent[] = [];
    let withJobs = false;
    const result = await this.database.transaction(context.tenant, async (tx) => {
      const replay = context.idempotency ? await this.#claimOrReplay<Result>(tx, context) : null;
      if (replay) {
        events = [];
        return { result: replay.result };
      }
      const added: Statement[] = [];
      const newEvents: NewEvent[] = [];
      const jobs: NewJob[] = [];
      const writeTx: WriteTransaction = {
        ...tx,
        add: (...statements) => void added.push(...statements),
        append: (...more) => void newEvents.push(...more),
        enqueue: (...more) => void jobs.push(...more),
      };
      const answer = await work(writeTx);
      events = this.#stamp(context, newEvents, origin);
      withJobs = jobs.length > 0;
      if (events.length > 0) added.push(this.#insertEvents(events.map(eventRow)));
      if (jobs.length > 0) added.push(this.#insertJobs(jobs.map((job) => jobRow(context.tenant, job, this.#clock))));
      if (context.idempotency)
        added.push(this.#storeResult([...this.#claimKey(context), this.#sealed(context, answer)]));
      return { result: answer, finish: added };
    });
    this.#committed(context, events, withJobs);
    return result;
  }

  /**
   * Runs `work` as `run` does, with all that it adds, and then takes everything back: what would be refused is refused,
   * and nothing is stored. For dry runs; an idempotency key is left alone.
   */
  async rehearse<Result>(context: CommandContext, work: (tx: WriteTransaction) => Promise<Result>): Promise<Result> {
    const taken = new Error('Taken back');
    let answer: { result: Result } | undefined;
    const rehearsal = this.database.transaction(context.tenant, async (tx) => {
      const added: Statement[] = [];
      const add = (...statements: Statement[]) => void added.push(...statements);
      const result = await work({ ...tx, add, append: () => undefined, enqueue: () => undefined });
      if (added.length > 0) await tx.run(added);
      answer = { result };
      throw taken;
    });
    await rehearsal.catch((error) => {
      if (error !== taken) throw error;
    });
    return answer!.result;
  }

  /**
   * First half of work that spans transactions (a saga): claims the idempotency key without an answer and stores
   * `statements` with it. Gives the stored answer when the same request was here before.
   */
  async begin<Result>(context: CommandContext, statements: readonly Statement[]): Promise<{ result: Result } | null> {
    const claim = context.idempotency ? [this.#claim(this.#claimValues(context, null))] : [];
    try {
      await this.database.flight(context.tenant, [...claim, ...statements]);
      return null;
    } catch (error) {
      if (!context.idempotency || violatedUnique(error) !== 'idempotency_keys_pkey') throw error;
      const found = await this.stored<Result>(context);
      if (found) return found;
      await this.database.flight(context.tenant, [
        this.#claimOrNothing(this.#claimValues(context, null)),
        ...statements,
      ]);
      return null;
    }
  }

  /** Second half: the statement that keeps the answer (or the refusal) under the idempotency key; none without one. */
  settle(context: CommandContext, answer: { result: unknown } | { error: DomainError }): Statement[] {
    if (!context.idempotency) return [];
    const kept = 'error' in answer ? { [REFUSAL]: refusalOf(answer.error) } : answer.result;
    return [this.#storeResult([...this.#claimKey(context), this.#sealed(context, kept)])];
  }

  /** Instead of `settle`, for a request that came to nothing and may be repeated with its key: the key is new again. */
  forget(context: CommandContext): Statement[] {
    return context.idempotency ? [this.#removeClaim(this.#claimKey(context))] : [];
  }

  /**
   * Runs a command that reads and may refuse before it stores. A refusal of a repeated request must not hide the answer
   * that its first run stored (a PATCH with `If-Match` has moved the version on itself).
   */
  async orStored<Result>(context: CommandContext, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!context.idempotency || !(error instanceof DomainError)) throw error;
      const found = await this.stored<Result>(context);
      if (found) return found.result;
      throw error;
    }
  }

  /** What this module keeps about requests with this key to one of these operations (G-14). */
  async keptRequests(tenant: Tenant, operations: readonly string[], key: string): Promise<KeptRequest[]> {
    const now = this.#clock.now().toISOString();
    const values = [tenant.orgId, tenant.livemode, operations, key, now];
    const rows = await this.database.read(tenant, this.#findKept(values));
    return rows.map((row) => keptRequest(row, this.#sealer, tenant));
  }

  /** Where the request came from, as it may be stored. */
  sealedOrigin({ tenant, actor, origin }: CommandContext): string | Promise<string> {
    return this.#origins.seal(tenant, actor, origin);
  }

  /** The answer stored under this request's idempotency key, or null when the key is new. */
  async stored<Result>(context: CommandContext): Promise<{ result: Result } | null> {
    const rows = await this.database.read(context.tenant, this.#findClaim(this.#claimKey(context)));
    return rows[0] ? this.#replayOf<Result>(context, rows[0]) : null;
  }

  async #repeat<Result>(context: CommandContext, plan: WritePlan<Result>): Promise<Result> {
    const found = await this.stored<Result>(context);
    if (found) return found.result;
    // The key had expired or was swept in between: take it over and store the plan again.
    return this.run(context, async (tx) => {
      tx.add(...plan.statements);
      tx.append(...plan.events);
      tx.enqueue(...(plan.jobs ?? []));
      return plan.result;
    });
  }

  async #claimOrReplay<Result>(tx: Transaction, context: CommandContext): Promise<{ result: Result } | null> {
    const claim = [this.#claimOrNothing(this.#claimValues(context, null)), this.#findClaim(this.#claimKey(context))];
    const results = await tx.run(claim).catch((error) => {
      // Another process holds the uncommitted row of the same key.
      throw error instanceof DomainError && error.kind === 'resource_locked' ? stillRunning() : error;
    });
    if (results[0]!.rowCount === 1) return null;
    return this.#replayOf<Result>(context, results[1]!.rows[0]!);
  }

  #replayOf<Result>(context: CommandContext, row: Record<string, unknown>): { result: Result } | null {
    if (Date.parse(row.expires_at as string) <= this.#clock.nowMs()) return null;
    const claim = context.idempotency!;
    const stored = row.fingerprint as Buffer;
    if (!claim.fingerprint.equals(stored) && !claim.unkeyedFingerprint?.equals(stored)) {
      throw new DomainError(
        'idempotency_mismatch',
        'This idempotency key was used with another request in the last 24 hours; use a new key for a new request.',
      );
    }
    if (!row.result) throw stillRunning();
    claim.replayed = true;
    const text = this.#sealer.open(context.tenant.orgId, row.result as Buffer, sealContext(context));
    const result = JSON.parse(text);
    if (result && typeof result === 'object' && REFUSAL in result) throw refusalFrom(result[REFUSAL]);
    return { result: result as Result };
  }

  #committed(context: CommandContext, events: readonly StoredEvent[], withJobs: boolean): void {
    if (events.length === 0) return;
    context.effects.events += events.length;
    this.#onCommit(events, { withJobs });
  }

  #stamp(context: CommandContext, events: readonly NewEvent[], origin: string): StoredEvent[] {
    if (events.length === 0) return [];
    const now = this.#clock.nowMs();
    const occurredAt = new Date(now).toISOString();
    const metadata = metadataOf(context, origin);
    const source = this.database.schema;
    return events.map((event) => ({
      ...event,
      id: newId('evt', now) as EventId,
      source,
      tenant: context.tenant,
      occurredAt,
      metadata,
    }));
  }

  #claimKey(context: CommandContext): unknown[] {
    const { tenant, idempotency } = context;
    return [tenant.orgId, tenant.livemode, idempotency!.route, idempotency!.key];
  }

  #claimValues(context: CommandContext, result: unknown): unknown[] {
    const now = this.#clock.nowMs();
    return [
      ...this.#claimKey(context),
      context.idempotency!.fingerprint,
      result === null ? null : this.#sealed(context, result),
      context.requestId,
      new Date(now).toISOString(),
      new Date(now + IDEMPOTENCY_KEPT_MS).toISOString(),
    ];
  }

  #sealed(context: CommandContext, result: unknown): Buffer {
    return this.#sealer.seal(context.tenant.orgId, JSON.stringify(result ?? null), sealContext(context));
  }
}

function keptRequest(row: Record<string, unknown>, sealer: ResultSealer, { orgId }: Tenant): KeptRequest {
  const { route, key, result } = row as { route: string; key: string; result: Buffer | null };
  const kept = {
    operation: route,
    requestId: row.request_id as string,
    createdAt: row.created_at as string,
    expiresAt: row.expires_at as string,
  };
  if (!result) return { ...kept, state: 'running', objectId: null };
  const answer = JSON.parse(sealer.open(orgId, result, sealContextOf(route, key)));
  if (answer && typeof answer === 'object' && REFUSAL in answer) {
    const { kind, message } = refusalFrom(answer[REFUSAL]);
    return { ...kept, state: 'refused', refusal: { kind, message }, objectId: null };
  }
  return { ...kept, state: 'done', objectId: typeof answer?.id === 'string' ? answer.id : null };
}

/** 409 with a hint when to ask again; also used by the gateway for requests that run in this process. */
export function stillRunning(): DomainError {
  return new DomainError(
    'idempotency_running',
    'A request with this idempotency key is still running; repeat it in a second to get its answer.',
    { retryAfterSeconds: 1 },
  );
}

/** Marks a stored answer that was a refusal; no plain result has such a field. */
const REFUSAL = '$refusal';

/** What takes the place of an answer that told about somebody who was erased. */
export function erasedAnswer(): unknown {
  const message =
    'This request had its effect, and its answer was erased with the person it told about. Use a new key for a new request.';
  return { [REFUSAL]: refusalOf(new DomainError('idempotency_mismatch', message)) };
}

function refusalOf(error: DomainError) {
  return { kind: error.kind, message: error.message, details: error.details };
}

function refusalFrom(stored: ReturnType<typeof refusalOf>): DomainError {
  return new DomainError(stored.kind, stored.message, { details: stored.details });
}

function sealContext(context: CommandContext): string {
  return sealContextOf(context.idempotency!.route, context.idempotency!.key);
}

/** The place of a sealed answer. */
export function sealContextOf(route: string, key: string): string {
  return `idempotency:${route}:${key}`;
}

function eventRow(event: StoredEvent) {
  return {
    id: event.id,
    stream_id: event.streamId,
    stream_version: event.streamVersion,
    type: event.type,
    org_id: event.tenant.orgId,
    livemode: event.tenant.livemode,
    occurred_at: event.occurredAt,
    data: JSON.stringify(event.data),
    metadata: JSON.stringify(event.metadata),
  };
}
