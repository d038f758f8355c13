import { type Clock, DAY_MS } from '#kernel/clock.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import type { PaymentProcessor, ProcessorResult, TokenCall, TransactionCall } from '../processor.ts';
import { type Books, createBooks, type Entry } from './books.ts';
import * as store from './operations.store.ts';
import { TEST_TOKENS, type TestToken } from './test-tokens.ts';

const BANK_SETTLEMENT_MS = 3 * DAY_MS;

/**
 * A payment processor that runs in this process, without an account anywhere: every token always does the same, time
 * comes from our clock. As a real one it keeps durable books by idempotency key, so that a call which is repeated after
 * a crash has one effect. It shares nothing with the module but the database server.
 */
export function createSimulator(database: ModuleDatabase, clock: Clock): PaymentProcessor {
  const books = createBooks(database, clock);
  return {
    describeToken: async (_tenant, token) =>
      Object.hasOwn(TEST_TOKENS, token) ? TEST_TOKENS[token]!.description : null,
    authorize: (call) => start(books, clock, 'authorize', call),
    charge: (call) => start(books, clock, 'charge', call),
    capture: (call) => capture(books, clock, call),
    void: (call) => cancel(books, call),
    refund: (call) => refund(books, call),
    async lookup(tenant, idempotencyKey) {
      const [row] = await database.read(tenant, store.operationFindByKey(tenant, idempotencyKey));
      return row ? books.current(store.toOperation(row)) : null;
    },
  };
}

function start(books: Books, clock: Clock, kind: 'authorize' | 'charge', call: TokenCall): Promise<ProcessorResult> {
  return books.perform(kind, call, (transactionId, token) => {
    if (token.decline) return failed(transactionId, token.decline.code, token.decline.message);
    if (token.requiresAction) {
      const url = `https://simulator.invalid/3ds/${transactionId}`;
      return final({ status: 'requires_action', transactionId, nextAction: { type: 'redirect_to_url', url } });
    }
    return kind === 'charge' ? take(clock, token, transactionId) : final({ status: 'authorized', transactionId });
  });
}

function capture(books: Books, clock: Clock, call: TransactionCall): Promise<ProcessorResult> {
  return books.perform('capture', call, (transactionId, token, family) => {
    const isHeld = family.some((each) => each.kind === 'authorize' && each.result.result.status === 'authorized');
    const isUsed = family.some((each) => each.kind === 'capture' || each.kind === 'void');
    if (isHeld && !isUsed && call.amount === family[0]!.amount) return take(clock, token, transactionId);
    return failed(transactionId, 'not_capturable', 'Nothing is held that fits.');
  });
}

function cancel(books: Books, call: Omit<TransactionCall, 'amount'>): Promise<ProcessorResult> {
  return books.perform('void', { ...call, amount: 0 }, (transactionId, _token, family) =>
    takenOf(books, family)
      ? failed(transactionId, 'already_captured', 'The money was taken; refund it.')
      : final({ status: 'canceled', transactionId }),
  );
}

function refund(books: Books, call: TransactionCall): Promise<ProcessorResult> {
  return books.perform('refund', call, (transactionId, token, family) => {
    let open = takenOf(books, family)?.amount ?? 0;
    for (const each of family) {
      if (each.kind === 'refund' && each.result.result.status === 'succeeded') open -= each.amount;
    }
    if (call.amount > open) return failed(transactionId, 'exceeds_captured', 'More than was taken.');
    if (token.refundFails) return failed(transactionId, 'refund_declined', 'The issuer did not accept the refund.');
    return final({ status: 'succeeded', transactionId });
  });
}

/** The operation that took the money, if any did by now. */
function takenOf(books: Books, family: readonly store.Operation[]): store.Operation | undefined {
  return family.find((each) => each.kind !== 'refund' && books.current(each).status === 'succeeded');
}

function take(clock: Clock, token: TestToken, transactionId: string): Entry {
  const succeeded: ProcessorResult = { status: 'succeeded', transactionId };
  if (token.settles === 'now') return final(succeeded);
  const settlesAt = new Date(clock.nowMs() + BANK_SETTLEMENT_MS).toISOString();
  const returned = failed(transactionId, 'bank_returned', 'The bank returned the transfer.').result;
  return {
    result: { status: 'processing', transactionId, settlesAt },
    settled: token.settles === 'later' ? succeeded : returned,
  };
}

function final(result: ProcessorResult): Entry {
  return { result, settled: null };
}

function failed(transactionId: string, code: string, message: string): Entry {
  return final({ status: 'failed', transactionId, code, message });
}
