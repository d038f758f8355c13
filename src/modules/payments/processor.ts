import type { Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId } from '#kernel/ids.ts';
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
  /** Whether the owner has to prove the account first (bank accounts only); absent: no. */
  needsVerification?: boolean;
}

/** What the customer has to do before the payment can go on, for example 3-D Secure (C-80). */
export type NextAction = { type: 'redirect_to_url'; url: string; expiresAt: string | null };

/** What became of an operation. A decline is a result, not an error. */
export type ProcessorResult =
  | { status: 'authorized'; transactionId: string }
  /** `amount` is what was taken when it is less than what was held; `newsAt` is when to ask again without being told. */
  | { status: 'succeeded'; transactionId: string; amount?: number; newsAt?: string }
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
  /** Where the customer's browser goes after an authentication. */
  returnUrl?: string | null;
}

/** A call about an earlier transaction. */
export interface TransactionCall extends ProcessorCall {
  transactionId: string;
  amount: number;
}

/** Nothing is held that fits: the only failure of a capture that says nothing about the payment. */
export const NOT_CAPTURABLE = 'not_capturable';

export type OperationKind = 'authorize' | 'charge' | 'capture' | 'void' | 'refund';

/** Which operation is meant; `transactionId` is null while the first answer has not come. */
export interface LookupCall extends ProcessorCall {
  kind: OperationKind;
  transactionId: string | null;
}

/** A dispute as the processor knows it now. */
export interface ProcessorDispute {
  processorId: string;
  amount: number;
  feeAmount: number;
  reason: string;
  status: 'needs_response' | 'under_review' | 'won' | 'lost';
  evidenceDueAt: string | null;
  openedAt: string;
  /** When to ask again without being told; null when the processor tells. */
  newsAt: string | null;
}

/**
 * The port to a payment processor (the simulator, Stripe). Methods throw when the processor cannot be reached or does
 * not answer; whether the operation happened is then unknown until `lookup` answers.
 */
export interface PaymentProcessor {
  /** Null when the processor does not know the token. */
  describeToken(tenant: Tenant, token: string): Promise<TokenDescription | null>;
  /** Makes a token usable for more than one payment of this customer; gives the token to keep. Safe to repeat. */
  keepToken(tenant: Tenant, customerId: CustomerId, token: string): Promise<string>;
  /** Gives up tokens that were kept, with whatever hangs on them alone, when their owner is erased. Safe to repeat. */
  forgetTokens(tenant: Tenant, tokens: readonly string[]): Promise<void>;
  /** Whether these are the amounts of the two micro-deposits to the account behind the token. */
  verifyToken(tenant: Tenant, token: string, amounts: readonly number[]): Promise<boolean>;
  /** Holds the amount. */
  authorize(call: TokenCall): Promise<ProcessorResult>;
  /** Takes the amount at once. */
  charge(call: TokenCall): Promise<ProcessorResult>;
  /** Takes what was held or a part of it, and lets go of the rest. Fails with `NOT_CAPTURABLE` when nothing fits. */
  capture(call: TransactionCall): Promise<ProcessorResult>;
  /** Lets go of what was held, or stops what is still processing. */
  void(call: Omit<TransactionCall, 'amount'>): Promise<ProcessorResult>;
  /** Gives back a part of what was taken. */
  refund(call: TransactionCall): Promise<ProcessorResult>;
  /** The result of the operation with this key as of now, or null when the processor never got it. */
  lookup(call: LookupCall): Promise<ProcessorResult | null>;
  /** All disputes of a transaction as of now. */
  disputes(tenant: Tenant, transactionId: string): Promise<ProcessorDispute[]>;
  /** Hands in what speaks against a dispute. Safe to repeat; the first evidence counts. */
  answerDispute(call: Omit<TransactionCall, 'amount'> & { processorId: string; evidence: string }): Promise<void>;
}
