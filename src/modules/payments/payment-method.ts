import { DomainError } from '#kernel/errors.ts';
import type { CustomerId, PaymentMethodId } from '#kernel/ids.ts';

export const PAYMENT_METHOD_TYPES = ['card', 'bank_transfer', 'wallet'] as const;
export type PaymentMethodType = (typeof PAYMENT_METHOD_TYPES)[number];

/** What may be known of a method: never a number, only what the processor tells about its token (PCI-03). */
export interface PaymentMethod {
  id: PaymentMethodId;
  version: number;
  customerId: CustomerId;
  type: PaymentMethodType;
  brand: string;
  last4: string;
  /** Null for bank accounts and wallets, which do not expire. */
  expMonth: number | null;
  expYear: number | null;
  fingerprint: string;
  /** Bank accounts may have to be proven before they are charged (G-04). */
  verification: 'not_required' | 'pending' | 'verified' | 'failed';
  /** How often the amounts of the micro-deposits were guessed; the third wrong one ends it. */
  verificationAttempts: number;
  isDefault: boolean;
  status: 'attached' | 'detached';
  createdAt: string;
  updatedAt: string;
}

export interface NewPaymentMethod {
  customerId: CustomerId;
  type: PaymentMethodType;
  /** A token of the processor. */
  token: string;
}

/** How long a type takes and what it costs; `fixedAmount` and `maximumAmount` are minor units of the payment. */
export interface PaymentMethodTerms {
  type: PaymentMethodType;
  /** Seconds from the charge until the money is certain. */
  processingSeconds: number;
  fee: { basisPoints: number; fixedAmount: number; maximumAmount: number | null };
}

/** The terms of each type as data (PAY-18, PAY-19). */
export const PAYMENT_METHOD_TERMS: readonly PaymentMethodTerms[] = [
  { type: 'card', processingSeconds: 0, fee: { basisPoints: 290, fixedAmount: 30, maximumAmount: null } },
  { type: 'bank_transfer', processingSeconds: 259_200, fee: { basisPoints: 80, fixedAmount: 0, maximumAmount: 500 } },
  { type: 'wallet', processingSeconds: 0, fee: { basisPoints: 340, fixedAmount: 30, maximumAmount: null } },
];

/**
 * The fee that is booked on a payment (PAY-19), in minor units: rate and fixed part, half a unit rounded up, never more
 * than the maximum. On account there is no processor and no fee.
 */
export function feeOf(type: PaymentMethodType | 'on_account', amount: number): number {
  const terms = PAYMENT_METHOD_TERMS.find((each) => each.type === type);
  if (!terms) return 0;
  const { basisPoints, fixedAmount, maximumAmount } = terms.fee;
  // The product may leave the safe range of numbers, the rounded result does not.
  const rated = Number((BigInt(amount) * BigInt(basisPoints) + 5_000n) / 10_000n);
  const fee = rated + fixedAmount;
  return maximumAmount === null ? fee : Math.min(fee, maximumAmount);
}

export const MAX_VERIFICATION_ATTEMPTS = 3;

/** The first instant at which the card is not valid any more: the month after the one that is printed on it. */
export function expiresAt({ expMonth, expYear }: Pick<PaymentMethod, 'expMonth' | 'expYear'>): Date | null {
  return expMonth === null || expYear === null ? null : new Date(Date.UTC(expYear, expMonth, 1));
}

export function isExpired(method: Pick<PaymentMethod, 'expMonth' | 'expYear'>, now: Date): boolean {
  const end = expiresAt(method);
  return end !== null && end <= now;
}

/** Errors: `invalid_state` (detached, not verified), `payment_failed` (an expired card, whose issuer would decline). */
export function requireUsable(method: PaymentMethod, now: Date): void {
  if (method.status === 'detached') {
    throw new DomainError('invalid_state', `The payment method ${method.id} was detached; use another payment method.`);
  }
  if (method.verification === 'pending' || method.verification === 'failed') {
    const message = `The bank account ${method.id} is not verified; verify it, or use another payment method.`;
    throw new DomainError('invalid_state', message);
  }
  if (!isExpired(method, now)) return;
  const message = `The card ${method.id} has expired; use another payment method.`;
  const details = [{ field: 'payment_method_id', code: 'expired_card', message }];
  throw new DomainError('payment_failed', message, { details });
}
