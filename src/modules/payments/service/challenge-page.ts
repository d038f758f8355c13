import { systemContext } from '#kernel/context.ts';
import { newId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { Payment } from '../payment.ts';
import type { Challenges } from '../simulator/challenges.ts';
import type { ChargeParts } from './charge.ts';
import { refreshPayment } from './refresh.ts';

/** The simulator's page for 3-D Secure; the secret in its address is the proof. */
export interface ChallengePage {
  /** Errors: `not_found`, `gone` (answered, too old). */
  show(secret: string): Promise<{ amount: number; currency: Currency; returnUrl: string | null }>;
  /** Once only; gives the payment afterwards. Errors: as `show`. */
  answer(secret: string, passed: boolean, cause: { requestId: string; traceparent: string }): Promise<Payment>;
}

export function createChallengePage(challenges: Challenges, parts: ChargeParts): ChallengePage {
  return {
    show: (secret) => challenges.find(secret),
    async answer(secret, passed, cause) {
      const { tenant, paymentId } = await challenges.answer(secret, passed);
      const requestId = cause.requestId || newId('req', parts.clock.nowMs());
      const context = systemContext('payments.challenge', tenant, { ...cause, requestId });
      return refreshPayment(parts, context, paymentId);
    },
  };
}
