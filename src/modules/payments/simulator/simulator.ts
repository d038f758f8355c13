import { type Clock, DAY_MS } from '#kernel/clock.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import {
  NOT_CAPTURABLE,
  type PaymentProcessor,
  type ProcessorResult,
  type TokenCall,
  type TokenDescription,
  type TransactionCall,
} from '../processor.ts';
import { type Books, createBooks, type Entry } from './books.ts';
import { type Challenges, createChallenges } from './challenges.ts';
import { answerOf, disputeOf, FIRST_NEWS_MS } from './disputes.ts';
import * as store from './operations.store.ts';
import { TEST_TOKENS, type TestToken } from './test-tokens.ts';

const BANK_SETTLEMENT_MS = 3 * DAY_MS;
const REFUND_SETTLEMENT_MS = DAY_MS;

/** The card vault, as far as the simulator needs it. */
export interface Cards {
  /** What stands behind a token: the card, and the test token that behaves the same. */
  resolve(tenant: Tenant, token: string): Promise<{ card: Omit<TokenDescription, 'type'>; reference: string } | null>;
  forget(tenant: Tenant, token: string): Promise<void>;
}

const NO_CARDS: Cards = { resolve: async () => null, forget: async () => undefined };

export interface Simulator extends PaymentProcessor {
  challenges: Challenges;
}

/**
 * A payment processor that runs in this process, without an account anywhere: every token always does the same, time
 * comes from our clock. As a real one it keeps durable books by idempotency key, so that a call which is repeated after
 * a crash has one effect. It shares nothing with the module but the database server.
 */
export function createSimulator(
  database: ModuleDatabase,
  clock: Clock,
  baseUrl: () => string,
  cards: Cards = NO_CARDS,
): Simulator {
  const books = createBooks(database, clock);
  const challenges = createChallenges(database, clock, baseUrl);
  const start = async (kind: 'authorize' | 'charge', sent: TokenCall) => {
    const call = { ...sent, token: isOfVault(sent.token) ? await behindToken(cards, sent) : sent.token };
    return books.perform(kind, call, (transactionId, token) => {
      if (token.decline) return failed(transactionId, token.decline.code, token.decline.message);
      const next =
        kind === 'charge' ? take(clock, token, transactionId) : final({ status: 'authorized', transactionId });
      return token.requiresAction ? challenges.entry(call, transactionId, next) : next;
    });
  };
  return {
    challenges,
    describeToken: (tenant, token) => describe(cards, tenant, token),
    keepToken: async (_tenant, _customerId, token) => token,
    async forgetTokens(tenant, tokens) {
      for (const token of tokens.filter(isOfVault)) await cards.forget(tenant, token);
    },
    verifyToken: async (_tenant, token, amounts) => MICRO_DEPOSITS[token]?.toString() === amounts.toString(),
    authorize: (call) => start('authorize', call),
    charge: (call) => start('charge', call),
    capture: (call) => capture(books, clock, call),
    void: (call) => cancel(books, call),
    refund: (call) => refund(books, clock, call),
    async lookup({ tenant, idempotencyKey }) {
      const [row] = await database.read(tenant, store.operationFindByKey(tenant, idempotencyKey));
      if (!row) return null;
      const operation = store.toOperation(row);
      const { transactionId } = operation;
      const family = (await database.read(tenant, store.operationsOfTransaction(transactionId))).map(store.toOperation);
      const result = books.current(operation);
      // What was on its way when it was released never arrives.
      return isReleased(family) && STOPPED.has(result.status) ? { status: 'canceled', transactionId } : result;
    },
    async disputes(tenant, transactionId) {
      const rows = await database.read(tenant, store.operationsOfTransaction(transactionId));
      const family = rows.map(store.toOperation);
      const dispute = disputeOf(takenOf(books, family), family, clock.nowMs());
      return dispute ? [dispute] : [];
    },
    async answerDispute({ evidence, ...call }) {
      await books.perform('evidence', { ...call, amount: 0 }, (id) => final(answerOf(id, evidence)));
    },
  };
}

function isOfVault(token: string): boolean {
  return token.startsWith('tok_card_');
}

async function behindToken(cards: Cards, { tenant, token }: TokenCall): Promise<string> {
  const found = await cards.resolve(tenant, token);
  if (!found) throw new Error('The vault does not know the token any more');
  return found.reference;
}

async function describe(cards: Cards, tenant: Tenant, token: string): Promise<TokenDescription | null> {
  if (!isOfVault(token)) return Object.hasOwn(TEST_TOKENS, token) ? TEST_TOKENS[token]!.description : null;
  const found = await cards.resolve(tenant, token);
  return found && { type: 'card', ...found.card };
}

/** The amounts of the two deposits, in minor units, of accounts that must be verified. */
const MICRO_DEPOSITS: Readonly<Record<string, readonly number[]>> = { tok_bank_unverified: [32, 45] };

function capture(books: Books, clock: Clock, call: TransactionCall): Promise<ProcessorResult> {
  return books.perform('capture', call, (transactionId, token, family) => {
    const isHeld = family.some((each) => each.kind === 'authorize' && books.current(each).status === 'authorized');
    const isUsed = family.some(
      ({ kind, result }) => (kind === 'capture' || kind === 'void') && result.result.status !== 'failed',
    );
    const held = family[0]?.amount ?? 0;
    if (!isHeld || isUsed || call.amount > held) {
      return failed(transactionId, NOT_CAPTURABLE, 'Nothing is held that fits.');
    }
    return take(clock, token, transactionId, call.amount);
  });
}

function cancel(books: Books, call: Omit<TransactionCall, 'amount'>): Promise<ProcessorResult> {
  return books.perform('void', { ...call, amount: 0 }, (transactionId, _token, family) =>
    takenOf(books, family)
      ? failed(transactionId, 'already_captured', 'The money was taken; refund it.')
      : final({ status: 'canceled', transactionId }),
  );
}

function refund(books: Books, clock: Clock, call: TransactionCall): Promise<ProcessorResult> {
  return books.perform('refund', call, (transactionId, token, family) => {
    const taken = takenOf(books, family);
    const dispute = disputeOf(taken, family, clock.nowMs());
    let open = taken?.amount ?? 0;
    if (dispute && dispute.status !== 'won') open -= dispute.amount;
    for (const each of family) {
      if (each.kind === 'refund' && books.current(each).status !== 'failed') open -= each.amount;
    }
    if (call.amount > open) return failed(transactionId, 'exceeds_captured', 'More than was taken.');
    if (token.refundFails) return failed(transactionId, 'refund_declined', 'The issuer did not accept the refund.');
    const succeeded: ProcessorResult = { status: 'succeeded', transactionId };
    if (!token.refundPends) return final(succeeded);
    const settlesAt = new Date(clock.nowMs() + REFUND_SETTLEMENT_MS).toISOString();
    const returned = failed(transactionId, 'refund_returned', 'The bank returned the refund.').result;
    const settled = token.refundPends === 'succeeds' ? succeeded : returned;
    return { result: { status: 'processing', transactionId, settlesAt }, settled };
  });
}

/** What a release ends; a refund does not come into it, because nothing was taken. */
const STOPPED: ReadonlySet<string> = new Set(['authorized', 'processing', 'requires_action', 'succeeded']);

function isReleased(family: readonly store.Operation[]): boolean {
  return family.some(({ kind, result }) => kind === 'void' && result.result.status === 'canceled');
}

/** The operation that took the money, if any did by now; a void before it settled stops it. */
function takenOf(books: Books, family: readonly store.Operation[]): store.Operation | undefined {
  if (isReleased(family)) return undefined;
  return family.find(
    (each) => (each.kind === 'charge' || each.kind === 'capture') && books.current(each).status === 'succeeded',
  );
}

function take(clock: Clock, token: TestToken, transactionId: string, amount?: number): Entry {
  const succeeded: ProcessorResult = { status: 'succeeded', transactionId, ...(amount && { amount }) };
  if (token.dispute) succeeded.newsAt = new Date(clock.nowMs() + FIRST_NEWS_MS).toISOString();
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
