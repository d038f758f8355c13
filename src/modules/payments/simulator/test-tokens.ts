import type { TokenDescription } from '../processor.ts';

/** What the simulated processor does with a token. */
export interface TokenBehaviour {
  /** A decline code and the issuer's words, or null for approval. */
  decline: { code: string; message: string } | null;
  /** `now`, or after the bank's settlement time: `later` succeeds then, `returned` fails then. */
  settles: 'now' | 'later' | 'returned';
  /** The customer must authenticate first. */
  requiresAction?: boolean;
  refundFails?: boolean;
  /** Refunds take a day: `succeeds` then, or `returned` by the bank then. */
  refundPends?: 'succeeds' | 'returned';
  /** One minute after the money was taken, its owner objects. */
  dispute?: boolean;
  /** The first call about each key: not performed (`unreachable`), or performed and its answer lost. */
  fault?: 'unreachable' | 'lost_answer';
}

export interface TestToken extends TokenBehaviour {
  description: TokenDescription;
  meaning: string;
}

const APPROVED: TokenBehaviour = { decline: null, settles: 'now' };

function card(brand: string, last4: string, meaning: string, behaviour: Partial<TokenBehaviour> = {}): TestToken {
  const fingerprint = `sim_card_${brand}_${last4}`;
  const description: TokenDescription = { type: 'card', brand, last4, expMonth: 12, expYear: 2034, fingerprint };
  return { ...APPROVED, ...behaviour, description, meaning };
}

function declined(last4: string, code: string, message: string): TestToken {
  return card('visa', last4, `declined: ${code}`, { decline: { code, message } });
}

function without(type: 'bank_transfer' | 'wallet', brand: string, last4: string): TokenDescription {
  return { type, brand, last4, expMonth: null, expYear: null, fingerprint: `sim_${type}_${brand}_${last4}` };
}

/** The documented test tokens (G-13): each always does the same. Their last four digits tell them apart. */
export const TEST_TOKENS: Readonly<Record<string, TestToken>> = {
  tok_visa: card('visa', '4242', 'succeeds'),
  tok_mastercard: card('mastercard', '4444', 'succeeds'),
  tok_amex: card('amex', '0005', 'succeeds'),
  tok_declined: declined('0002', 'card_declined', 'The card was declined by its issuer.'),
  tok_insufficient_funds: declined('9995', 'insufficient_funds', 'The card has insufficient funds.'),
  tok_expired_card: declined('0069', 'expired_card', 'The card has expired.'),
  tok_processing_error: declined('0119', 'processing_error', 'The issuer could not process the card; try again later.'),
  tok_fraudulent: declined('0019', 'fraudulent', 'The issuer suspects fraud.'),
  tok_3ds_failed: declined('3097', 'authentication_failed', 'The customer could not be authenticated.'),
  tok_dispute: card('visa', '0259', 'succeeds, and is disputed a minute later', { dispute: true }),
  tok_refund_pending: card('visa', '7726', 'succeeds, and refunds take a day', { refundPends: 'succeeds' }),
  tok_refund_returned: card('visa', '7727', 'succeeds, and refunds come back after a day', { refundPends: 'returned' }),
  tok_3ds_required: card('visa', '3220', 'requires 3-D Secure', { requiresAction: true }),
  tok_refund_fails: card('visa', '5126', 'succeeds, and refunds are declined', { refundFails: true }),
  tok_unreachable_once: card('visa', '7001', 'the first call of each operation does not arrive', {
    fault: 'unreachable',
  }),
  tok_lost_answer: card('visa', '7002', 'the first call of each operation works, but its answer is lost', {
    fault: 'lost_answer',
  }),
  tok_bank_ok: {
    ...APPROVED,
    settles: 'later',
    description: without('bank_transfer', 'sepa', '3000'),
    meaning: 'processing, succeeds after three days',
  },
  tok_bank_returned: {
    ...APPROVED,
    settles: 'returned',
    description: without('bank_transfer', 'sepa', '3001'),
    meaning: 'processing, returned by the bank after three days',
  },
  tok_bank_unverified: {
    ...APPROVED,
    settles: 'later',
    description: { ...without('bank_transfer', 'ach', '6789'), needsVerification: true },
    meaning: 'must be verified by two micro-deposits of 32 and 45; then as tok_bank_ok',
  },
  tok_wallet_ok: { ...APPROVED, description: without('wallet', 'applepay', '8000'), meaning: 'succeeds' },
  tok_wallet_declined: {
    decline: { code: 'wallet_declined', message: 'The wallet refused the payment.' },
    settles: 'now',
    description: without('wallet', 'googlepay', '8001'),
    meaning: 'declined: wallet_declined',
  },
};
