import type { Clock } from '#kernel/clock.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { newId } from '#kernel/ids.ts';
import { OutgoingError } from '#kernel/resilience/outgoing-error.ts';
import type { ProcessorCall, ProcessorResult } from '../processor.ts';
import * as store from './operations.store.ts';
import { TEST_TOKENS, type TestToken } from './test-tokens.ts';

export type BookedCall = ProcessorCall & { amount: number; token?: string; transactionId?: string };
export type Entry = Pick<store.OperationResult, 'result' | 'settled' | 'challenge'>;

/** The durable books of the simulated processor. */
export interface Books {
  /**
   * Performs an operation once per key. `decide` sees the operations of the same transaction, locked, so that two
   * captures or refunds cannot both count the same money.
   */
  perform(
    kind: store.BookedKind,
    call: BookedCall,
    decide: (transactionId: string, token: TestToken, family: store.Operation[]) => Entry,
  ): Promise<ProcessorResult>;
  /** A processing operation turns into what it was going to become, when its time has come. */
  current(operation: store.Operation): ProcessorResult;
}

export function createBooks(database: ModuleDatabase, clock: Clock): Books {
  const unreachedKeys = new Set<string>();

  function unreachableOnce(token: string, idempotencyKey: string): void {
    if (TEST_TOKENS[token]?.fault !== 'unreachable' || unreachedKeys.has(idempotencyKey)) return;
    unreachedKeys.add(idempotencyKey);
    throw silence('The call did not arrive.');
  }

  function current({ result: { result, settled, challenge } }: store.Operation): ProcessorResult {
    if (challenge?.outcome && settled) return afterSettlement(settled, settled);
    if (result.status === 'requires_action' && challenge && Date.parse(challenge.expiresAt) <= clock.nowMs()) {
      return { status: 'failed', transactionId: result.transactionId, ...NOT_AUTHENTICATED };
    }
    return afterSettlement(result, settled);
  }

  function afterSettlement(result: ProcessorResult, settled: ProcessorResult | null): ProcessorResult {
    if (result.status !== 'processing' || !settled) return result;
    return Date.parse(result.settlesAt) <= clock.nowMs() ? settled : result;
  }

  return {
    current,
    async perform(kind, call, decide) {
      const { tenant, idempotencyKey, amount } = call;
      let isNew = false;
      const operation = await database.transaction(tenant, async (tx) => {
        const questions = [store.operationFindByKey(tenant, idempotencyKey)];
        if (call.transactionId) questions.push(...store.operationsLock(call.transactionId));
        const [known, , locked] = await tx.run(questions);
        if (known!.rows[0]) return { result: store.toOperation(known!.rows[0]) };
        const family = (locked?.rows ?? []).map(store.toOperation);
        const token = call.token ?? family[0]?.result.token ?? '';
        unreachableOnce(token, idempotencyKey);
        const now = clock.now();
        const id = newId('txn', now.getTime());
        const transactionId = call.transactionId ?? id;
        const result = { ...decide(transactionId, testToken(token), family), token };
        const createdAt = now.toISOString();
        const created: store.Operation = { id, idempotencyKey, kind, transactionId, amount, result, createdAt };
        isNew = true;
        return { result: created, finish: [store.operationInsert(tenant, created)] };
      });
      if (isNew && TEST_TOKENS[operation.result.token]?.fault === 'lost_answer') throw silence('The answer was lost.');
      return current(operation);
    },
  };
}

const NOT_AUTHENTICATED = {
  code: 'authentication_expired',
  message: 'The customer did not authenticate in time.',
};

function testToken(token: string): TestToken {
  const found = TEST_TOKENS[token];
  if (!found) throw new Error('The simulator was given a token that it does not know');
  return found;
}

function silence(message: string): OutgoingError {
  return new OutgoingError('timeout', 'The payment processor did not answer.', { cause: new Error(message) });
}
