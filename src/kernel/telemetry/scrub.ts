/**
 * The second lock against secrets and personal data in logs (the first is the allow-list of log-fields.ts): text is
 * searched for what looks like a credential, a card number, an e-mail address or a phone number. It prefers to hide
 * too much: a hidden word costs a question, a printed secret costs an incident.
 */
const REDACTED = '[redacted]';
const MAX_TEXT_LENGTH = 4_000;

/** No text without one of these can match a rule below, so that the usual text costs one pass. */
const SUSPECT = /[@=:]|eyJ|[Bb]earer|BEARER|[Bb]asic|_(?:live|test)_|sec_|\d[ .-]?\d{3}|\+\d/;

const SECRET_NAME =
  '[\\w-]*(?:password|passphrase|secret|token|api[_-]?key|authorization|cookie|code_verifier|credential|private_key)';

const RULES: readonly (readonly [RegExp, string])[] = [
  // A JSON Web Token: header.payload.signature, each base64url.
  [/eyJ[\w-]{5,}\.[\w-]{2,}(?:\.[\w-]*)?/g, REDACTED],
  [/\b(?:[Bb]earer|BEARER|[Bb]asic)\s+(?=\S{0,80}[0-9A-Z=])[\w.~+/=-]{6,}/g, REDACTED],
  // Keys with a mode in their prefix (sk_live_…, tcs_test_…) and webhook secrets (whsec_…).
  [/\b[a-zA-Z0-9]{1,16}_(?:live|test)_\w+/g, REDACTED],
  [/\b[a-z]{0,8}sec_[\w+/=-]+/g, REDACTED],
  // Credentials inside a connection string: postgres://user:password@host.
  [/:\/\/[^\s/@]{1,256}@/g, `://${REDACTED}@`],
  // password=…, "client_secret": "…", Set-Cookie: …
  [new RegExp(`\\b(${SECRET_NAME})(["']?\\s{0,3}[:=]\\s{0,3}["']?)[^\\s"',;&}]+`, 'gi'), `$1$2${REDACTED}`],
  [/[^\s@"'<>(),:;=]{1,64}@[^\s@"'<>(),:;/]{1,253}\.[a-z]{2,63}/gi, REDACTED],
  [/(?<![\w+])\+\d[\d ().-]{6,18}\d/g, REDACTED],
];

/** 13 to 19 digits, grouped or not; card numbers begin with 2 to 6, which spares Unix times in milliseconds. */
const CARD_LIKE = /(?<!\d)[2-6](?:[ .-]?\d){12,18}(?!\d)/g;

/**
 * Short texts that were found clean. Messages, operations and routes repeat endlessly, and a look-up costs a tenth of a
 * search. Only clean texts are kept, so that no secret lives longer here; emptied when full.
 */
const knownClean = new Set<string>();
const KNOWN_CLEAN_LIMIT = 2_000;
const KNOWN_CLEAN_LENGTH = 120;

/** The text without credentials, card numbers, e-mail addresses and phone numbers, cut to 4,000 characters. */
export function scrubText(text: string): string {
  if (knownClean.has(text)) return text;
  const clean = search(text);
  if (clean === text && text.length <= KNOWN_CLEAN_LENGTH) {
    if (knownClean.size >= KNOWN_CLEAN_LIMIT) knownClean.clear();
    knownClean.add(text);
  }
  return clean;
}

function search(text: string): string {
  const bounded = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
  if (!SUSPECT.test(bounded)) return bounded;
  let clean = bounded;
  for (const [pattern, replacement] of RULES) clean = clean.replace(pattern, replacement);
  return clean.replace(CARD_LIKE, (digits) => (passesLuhn(digits) ? REDACTED : digits));
}

/** The check digit rule of ISO/IEC 7812 that every payment card number follows. */
function passesLuhn(text: string): boolean {
  let sum = 0;
  let double = false;
  for (let index = text.length - 1; index >= 0; index -= 1) {
    let digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) continue;
    if (double) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    double = !double;
  }
  return sum % 10 === 0;
}
