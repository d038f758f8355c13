import { DomainError, invalidField } from '#kernel/errors.ts';

/** A card as its owner reads it out; it lives as long as one call. */
export interface CardInput {
  number: string;
  expMonth: number;
  expYear: number;
  cvc: string;
}

/** What may be known of it afterwards (PCI-03). */
export interface KnownCard {
  brand: string;
  last4: string;
  expMonth: number;
  expYear: number;
  fingerprint: string;
}

/** The published numbers of the simulator, with the token that behaves the same. They belong to nobody. */
const TEST_CARDS: Readonly<Record<string, { brand: string; reference: string }>> = {
  '4242424242424242': { brand: 'visa', reference: 'tok_visa' },
  '5555555555554444': { brand: 'mastercard', reference: 'tok_mastercard' },
  '378282246310005': { brand: 'amex', reference: 'tok_amex' },
  '4000000000000002': { brand: 'visa', reference: 'tok_declined' },
  '4000000000009995': { brand: 'visa', reference: 'tok_insufficient_funds' },
  '4000000000000069': { brand: 'visa', reference: 'tok_expired_card' },
  '4000000000000119': { brand: 'visa', reference: 'tok_processing_error' },
  '4000000000003220': { brand: 'visa', reference: 'tok_3ds_required' },
  '4000000000000259': { brand: 'visa', reference: 'tok_dispute' },
};

/**
 * The test card with this number. Errors: `validation`, which never repeats the number: real cards go to the payment
 * processor's own form and never come here.
 */
export function testCardOf(card: CardInput, now: Date): { brand: string; reference: string } {
  const number = card.number.replaceAll(/[ -]/g, '');
  if (!Object.hasOwn(TEST_CARDS, number)) {
    throw invalidField('number', 'not_allowed', 'Only the published test numbers are taken here; see the description.');
  }
  if (!/^\d{3,4}$/.test(card.cvc)) throw invalidField('cvc', 'format', 'Send the three or four digits of the card.');
  if (new Date(Date.UTC(card.expYear, card.expMonth, 1)) <= now) {
    throw invalidField('exp_year', 'too_small', 'The card has expired.');
  }
  return TEST_CARDS[number]!;
}

export function lastFour(number: string): string {
  return number.replaceAll(/\D/g, '').slice(-4);
}

/** Errors: `invalid_state`. */
export function refuseLive(): DomainError {
  const message =
    'Live cards go to the form of the payment processor, which gives a token; numbers are not taken here.';
  return new DomainError('invalid_state', message);
}
