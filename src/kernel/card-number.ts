import { DomainError, type ErrorDetail } from './errors.ts';

const SHORTEST = 13;
const LONGEST = 19;
/**
 * The first digits that card schemes issue, from … to, with the lengths of their numbers. Whatever begins otherwise is no
 * card: order numbers, Unix times and carriers' tracking numbers pass the check digit one time in ten.
 */
const ISSUED: readonly { scheme: string; from: string; to: string; lengths: readonly [number, number] }[] = [
  { scheme: 'Mir', from: '2200', to: '2204', lengths: [16, 19] },
  { scheme: 'Mastercard', from: '2221', to: '2720', lengths: [16, 16] },
  { scheme: 'Diners Club', from: '300', to: '305', lengths: [14, 19] },
  { scheme: 'Diners Club', from: '3095', to: '3095', lengths: [14, 19] },
  { scheme: 'American Express', from: '34', to: '34', lengths: [15, 15] },
  { scheme: 'JCB', from: '3528', to: '3589', lengths: [16, 19] },
  { scheme: 'Diners Club', from: '36', to: '36', lengths: [14, 19] },
  { scheme: 'American Express', from: '37', to: '37', lengths: [15, 15] },
  { scheme: 'Diners Club', from: '38', to: '39', lengths: [14, 19] },
  { scheme: 'Visa', from: '4', to: '4', lengths: [13, 19] },
  { scheme: 'Maestro, Elo, RuPay', from: '50', to: '50', lengths: [13, 19] },
  { scheme: 'Mastercard', from: '51', to: '55', lengths: [16, 16] },
  { scheme: 'Maestro', from: '56', to: '58', lengths: [13, 19] },
  { scheme: 'Discover, RuPay, Hipercard', from: '60', to: '60', lengths: [16, 19] },
  { scheme: 'UnionPay, Elo', from: '62', to: '62', lengths: [16, 19] },
  { scheme: 'Maestro, Hipercard', from: '63', to: '63', lengths: [13, 19] },
  { scheme: 'Discover, Elo, RuPay', from: '64', to: '65', lengths: [16, 19] },
  { scheme: 'Maestro', from: '67', to: '67', lengths: [13, 19] },
  { scheme: 'UnionPay, RuPay', from: '81', to: '82', lengths: [16, 19] },
  { scheme: 'Troy', from: '9792', to: '9792', lengths: [16, 16] },
];
/**
 * UUIDs and longer hexadecimal words such as hashes, whose digits stand side by side by chance: one UUID in some thousands
 * holds what would pass for a card number, and idempotency keys are UUIDs.
 */
const HEXADECIMAL = /\b(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?=\d*[a-f])[0-9a-f]{24,})\b/gi;
/** Groups of digits parted by one blank, dash or dot, as people write card numbers. */
const DIGIT_GROUPS = /\d+(?:[ .\u00a0-]\d+)*/g;

/**
 * Whether a text holds what looks like a payment card number: 13 to 19 digits in the ranges that card schemes
 * issue, which pass the check digit of ISO/IEC 7812, grouped in any way (PCI-02). A number that only begins or ends inside
 * a longer run of digits is not one, and neither are digits inside a UUID or a hash.
 */
export function holdsCardNumber(text: string): boolean {
  if (text.length < SHORTEST) return false;
  // Full-width and other compatibility digits read the same to a person.
  for (const [run] of text.normalize('NFKC').replaceAll(HEXADECIMAL, ' # ').matchAll(DIGIT_GROUPS)) {
    if (run.length >= SHORTEST && runHoldsCardNumber(run.split(/\D/))) return true;
  }
  return false;
}

/** The text with each run of digits that looks like a card number taken out; for what is kept of a request itself. */
export function maskCardNumbers(text: string): string {
  if (!holdsCardNumber(text)) return text;
  const isCard = (run: string) => run.length >= SHORTEST && runHoldsCardNumber(run.split(/\D/));
  return text.normalize('NFKC').replaceAll(DIGIT_GROUPS, (run) => (isCard(run) ? '[card number]' : run));
}

function runHoldsCardNumber(groups: readonly string[]): boolean {
  for (let first = 0; first < groups.length; first++) {
    let digits = '';
    for (let last = first; last < groups.length && digits.length <= LONGEST; last++) {
      digits += groups[last];
      if (digits.length >= SHORTEST && digits.length <= LONGEST && isCardNumber(digits)) return true;
    }
  }
  return false;
}

function isCardNumber(digits: string): boolean {
  return isIssued(digits) && hasRightCheckDigit(digits);
}

function isIssued(digits: string): boolean {
  return ISSUED.some(({ from, to, lengths: [shortest, longest] }) => {
    const start = digits.slice(0, from.length);
    return start >= from && start <= to && digits.length >= shortest && digits.length <= longest;
  });
}

function hasRightCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/**
 * Refuses texts that look like card numbers before anything is stored (PCI-02, PCI-04). `fields` maps the name of a
 * field to its text, or to a map of texts such as metadata. Errors: `validation`, which never repeats the number.
 */
export function refuseCardNumbers(fields: Readonly<Record<string, unknown>>): void {
  const details: ErrorDetail[] = [];
  const inspect = (field: string, value: unknown) => {
    if (typeof value === 'string' && holdsCardNumber(value)) {
      const message = 'This looks like a card number. Send a token of the payment processor instead, never the number.';
      details.push({ field, code: 'card_number', message });
    }
  };
  for (const [field, value] of Object.entries(fields)) {
    inspect(field, value);
    if (typeof value !== 'object' || value === null) continue;
    // A key is named by its field only, because it may be the number itself.
    for (const [key, entry] of Object.entries(value)) {
      inspect(field, key);
      inspect(holdsCardNumber(key) ? field : `${field}.${key}`, entry);
    }
  }
  if (details.length > 0) throw new DomainError('validation', details[0]!.message, { details });
}
