import type { Tenant } from '#kernel/database/tenant.ts';
import type { Currency } from '#kernel/money.ts';
import type { PaymentMethodType } from './payment-method.ts';

/** What the processor tells about a token; everything that may be kept of a card (PCI-03, PCI-04). */
export interface TokenDescription {
  type: PaymentMethodType;
  brand: string;
  last4: string;
  expMonth: number | null;
  expYear: number | null;
  fingerprint: string;
}

/** What the customer has to do before the payment can go on, for example 3-D Secure (C-80). */
export type NextAction = { type: 'redirect_to_url'; url: string };

/** What became of an operation. A decline is a result, not an error. */
export type ProcessorResult =
  | { status: 'authorized'; transactionId: string }
  | { status: 'succeeded'; transactionId: string }
  | { status: 'canceled'; transactionId: string }
  /** Accepted; whether the money comes is known at `settlesAt`: ask `lookup` then. */
  | { status: 'processing'; transactionId: string; settlesAt: string }
  | { status: 'requires_action'; transactionId: string; nextAction: NextAction }
  | { status: 'failed'; transactionId: string | null; code: string; message: string };

/** Every call has a key; a repeated call with the same key has one effect and gives the same result. */
export interface ProcessorCall {
  tenant: Tenant;
  idempotencyKey: string;
}

export interface TokenCall extends ProcessorCall {
  token: string;
  amount: number;
  currency: Currency;
}

/** A call about an earlier transaction. */
export interface TransactionCall extends ProcessorCall {
  transactionId: string;
  amount: number;
}

/**
 * The port to a payment processor (Stripe and the like; the simulator here). Methods throw when the processor cannot be
 * reached or does not answer; whether the operation happened is then unknown until `lookup` answers.
 */
export interface PaymentProcessor {
  /** Null when the processor does not know the token. */
  describeToken(tenant: Tenant, token: string): Promise<TokenDescription | null>;
  /** Holds the amount. */
  authorize(call: TokenCall): Promise<ProcessorResult>;
  /** Takes the amount at once. */
  charge(call: TokenCall): Promise<ProcessorResult>;
  /** Takes what was held. */
  capture(call: TransactionCall): Promise<ProcessorResult>;
  /** Lets go of what was held, or stops what is still processing. */
  void(call: Omit<TransactionCall, 'amount'>): Promise<ProcessorResult>;
  /** Gives back a part of what was taken. */
  refund(call: TransactionCall): Promise<ProcessorResult>;
  /** The result of the operation with this key as of now, or null when the processor never got it. */
  lookup(tenant: Tenant, idempotencyKey: string): Promise<ProcessorResult | null>;
}
