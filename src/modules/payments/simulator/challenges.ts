import { randomBytes } from 'node:crypto';
import { type Clock, MINUTE_MS } from '#kernel/clock.ts';
import { hashSecret } from '#kernel/crypto/secrets.ts';
import type { Row } from '#kernel/database/connection.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { everyTenant, type Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import type { PaymentId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { ProcessorResult, TokenCall } from '../processor.ts';
import type { Entry } from './books.ts';
import * as store from './operations.store.ts';

const LIFE_MS = 15 * MINUTE_MS;

/** What the page of a challenge shows, and whose payment it is about. */
export interface Challenge {
  tenant: Tenant;
  paymentId: PaymentId;
  amount: number;
  currency: Currency;
  returnUrl: string | null;
}

/** The simulator's stand-in for the page on which a bank authenticates its customer (3-D Secure). */
export interface Challenges {
  entry(call: TokenCall, transactionId: string, next: Entry): Entry;
  /** Errors: `gone` (answered, too old), `not_found`. */
  find(secret: string): Promise<Challenge>;
  /** Once only. Errors: as `find`. */
  answer(secret: string, passed: boolean): Promise<Challenge>;
}

export function createChallenges(database: ModuleDatabase, clock: Clock, baseUrl: () => string): Challenges {
  /** The operation behind the secret, when its challenge can still be answered. */
  function openOperation(row: Row | undefined) {
    if (!row) throw new DomainError('not_found', 'There is no such challenge.');
    const operation = store.toOperation(row);
    const challenge = operation.result.challenge!;
    if (challenge.outcome !== null || Date.parse(challenge.expiresAt) <= clock.nowMs()) {
      throw new DomainError('gone', 'This authentication was finished, or its time is over.');
    }
    return { operation, challenge, seen: seenOf(operation, challenge, store.tenantOf(row)) };
  }

  return {
    entry({ currency, returnUrl = null }, transactionId, { result, settled }) {
      const secret = randomBytes(32).toString('base64url');
      const expiresAt = new Date(clock.nowMs() + LIFE_MS).toISOString();
      const url = `${baseUrl()}/simulator/challenge?secret=${secret}`;
      const nextAction = { type: 'redirect_to_url' as const, url, expiresAt };
      return {
        result: { status: 'requires_action', transactionId, nextAction },
        // What comes after the challenge; a bank transfer would go on to settle.
        settled: settled ?? result,
        challenge: { hash: hashOf(secret), currency, expiresAt, returnUrl, outcome: null },
      };
    },

    async find(secret) {
      const [row] = await database.read(everyTenant, store.operationFindByChallenge(hashOf(secret)));
      return openOperation(row).seen;
    },

    answer: (secret, passed) =>
      database.transaction(everyTenant, async (tx) => {
        const [row] = await tx.query(store.operationLockByChallenge(hashOf(secret)));
        const { operation, challenge, seen } = openOperation(row);
        const settled = passed ? operation.result.settled : refused(operation.transactionId);
        const outcome = passed ? ('passed' as const) : ('failed' as const);
        const result = { ...operation.result, settled, challenge: { ...challenge, outcome } };
        return { result: seen, finish: [store.operationUpdateResult({ ...operation, result })] };
      }),
  };
}

function hashOf(secret: string): string {
  return hashSecret(secret).toString('hex');
}

function seenOf({ idempotencyKey, amount }: store.Operation, challenge: store.Challenge, tenant: Tenant): Challenge {
  const paymentId = idempotencyKey.split(':')[0] as PaymentId;
  return { tenant, paymentId, amount, currency: challenge.currency, returnUrl: challenge.returnUrl };
}

function refused(transactionId: string): ProcessorResult {
  const message = 'The customer could not be authenticated.';
  return { status: 'failed', transactionId, code: 'authentication_failed', message };
}
