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

/** Errors: `invalid_state` when the method was detached. */
export function requireAttached(method: PaymentMethod): void {
  if (method.status === 'attached') return;
  throw new DomainError('invalid_state', `The payment method ${method.id} was detached; use another payment method.`);
}
