import { type Clock, DAY_MS } from '#kernel/clock.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { newId } from '#kernel/ids.ts';
import { OutgoingError } from '#kernel/resilience/outgoing-error.ts';
import type { PaymentProcessor, ProcessorCall, ProcessorResult, TokenCall } from '../processor.ts';
import * as store from './operations.store.ts';
import { TEST_TOKENS, type TestToken } from './test-tokens.ts';

const BANK_SETTLEMENT_MS = 3 * DAY_MS;

type Books = Pick<store.OperationResult, 'result' | 'settled'>;

/**
 * A payment processor that runs in this process, without an account anywhere: every token always does the same, time
 * comes from our clock. As a real one it keeps durable books by idempotency key, so that a call which is repeated after
 * a crash has one effect. It shares nothing with the module but the database server.
 */
export function createSimulator(database: ModuleDatabase, clock: Clock): PaymentProcessor {
  const unreachedKeys = new Set<string>();

  /** Performs an operation once per key. `decide` sees the operations of the same transaction, locked. */
  async function perform(
    kind: store.OperationKind,
    call: ProcessorCall & { amount: number; token?: string; transactionId?: string },
    decide: (transactionId: string, token: TestToken, family: store.Operation[]) => Books,
  ): Promise<ProcessorResult> {
    const { tenant, idempotencyKey, amount } = call;
    let isNew = false;
    const operation = await database.transaction(tenant, async (tx) => {
      const questions = [store.operationFindByKey(tenant, idempotencyKey)];
      if (call.transactionId) questions.push(store.operationsLock(call.transactionId));
      const [known, locked] = await tx.run(questions);
      if (known!.rows[0]) return { result: store.toOperation(known!.rows[0]) };
      const family = (locked?.rows ?? []).map(store.toOperation);
      const token = call.token ?? family[0]?.result.token ?? '';
      unreachableOnce(token, idempotencyKey);
      const now = clock.now();
      const transactionId = call.transactionId ?? newId('txn', now.getTime());
      const { result, settled } = decide(transactionId, testToken(token), family);
      isNew = true;
      const created: store.Operation = {
        id: newId('txn', now.getTime()),
        idempotencyKey,
        kind,
        transactionId,
        amount,
        result: { result, settled, token },
        createdAt: now.toISOString(),
      };
      return { result: created, finish: [store.operationInsert(tenant, created)] };
    });
    if (isNew && TEST_TOKENS[operation.result.token]?.fault === 'lost_answer') throw silence('The answer was lost.');
    return current(operation);
  }

  function unreachableOnce(token: string, idempotencyKey: string): void {
    if (TEST_TOKENS[token]?.fault !== 'unreachable' || unreachedKeys.has(idempotencyKey)) return;
    unreachedKeys.add(idempotencyKey);
    throw silence('The call did not arrive.');
  }

  /** A processing operation turns into what it was going to become, when its time has come. */
  function current({ result: { result, settled } }: store.Operation): ProcessorResult {
    if (result.status !== 'processing' || !settled) return result;
    return Date.parse(result.settlesAt) <= clock.nowMs() ? settled : result;
  }

  function take(token: TestToken, transactionId: string): Books {
    const succeeded: ProcessorResult = { status: 'succeeded', transactionId };
    if (token.settles === 'now') return { result: succeeded, settled: null };
    const settlesAt = new Date(clock.nowMs() + BANK_SETTLEMENT_MS).toISOString();
    const returned = failed(transactionId, 'bank_returned', 'The bank returned the transfer.');
    return {
      result: { status: 'processing', transactionId, settlesAt },
      settled: token.settles === 'later' ? succeeded : returned,
    };
  }

  function first(kind: 'authorize' | 'charge', call: TokenCall): Promise<ProcessorResult> {
    return perform(kind, call, (transactionId, token) => {
      if (token.decline) {
        return { result: failed(transactionId, token.decline.code, token.decline.message), settled: null };
      }
      if (token.requiresAction) {
        const url = `https://simulator.invalid/3ds/${transactionId}`;
        const nextAction = { type: 'redirect_to_url' as const, url };
        return { result: { status: 'requires_action', transactionId, nextAction }, settled: null };
      }
      if (kind === 'charge') return take(token, transactionId);
      return { result: { status: 'authorized', transactionId }, settled: null };
    });
  }

  return {
    describeToken: async (_tenant, token) =>
      Object.hasOwn(TEST_TOKENS, token) ? TEST_TOKENS[token]!.description : null,
    authorize: (call) => first('authorize', call),
    charge: (call) => first('charge', call),
    capture: (call) =>
      perform('capture', call, (transactionId, token, family) => {
        const held = family.some((each) => each.kind === 'authorize' && each.result.result.status === 'authorized');
        const used = family.some((each) => each.kind === 'capture' || each.kind === 'void');
        if (!held || used || call.amount !== family[0]!.amount) {
          return { result: failed(transactionId, 'not_capturable', 'Nothing is held that fits.'), settled: null };
        }
        return take(token, transactionId);
      }),
    void: (call) =>
      perform('void', { ...call, amount: 0 }, (transactionId, _token, family) => {
        const taken = family.some((each) => each.kind !== 'refund' && current(each).status === 'succeeded');
        const result: ProcessorResult = taken
          ? failed(transactionId, 'already_captured', 'The money was taken; refund it.')
          : { status: 'canceled', transactionId };
        return { result, settled: null };
      }),
    refund: (call) =>
      perform('refund', call, (transactionId, token, family) => {
        const taken = family.find((each) => each.kind !== 'refund' && current(each).status === 'succeeded');
        let open = taken?.amount ?? 0;
        for (const each of family) {
          if (each.kind === 'refund' && each.result.result.status === 'succeeded') open -= each.amount;
        }
        if (call.amount > open) {
          return { result: failed(transactionId, 'exceeds_captured', 'More than was taken.'), settled: null };
        }
        const result: ProcessorResult = token.refundFails
          ? failed(transactionId, 'refund_declined', 'The issuer did not accept the refund.')
          : { status: 'succeeded', transactionId };
        return { result, settled: null };
      }),
    async lookup(tenant: Tenant, idempotencyKey: string) {
      const [row] = await database.read(tenant, store.operationFindByKey(tenant, idempotencyKey));
      return row ? current(store.toOperation(row)) : null;
    },
  };
}

function testToken(token: string): TestToken {
  const found = TEST_TOKENS[token];
  if (!found) throw new Error('The simulator was given a token that it does not know');
  return found;
}

function failed(transactionId: string, code: string, message: string): ProcessorResult {
  return { status: 'failed', transactionId, code, message };
}

function silence(message: string): OutgoingError {
  return new OutgoingError('timeout', 'The payment processor did not answer.', { cause: new Error(message) });
}
