import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * Secrets that we issue: client secrets, API keys, webhook secrets. Form: `prefix_` + random base62 + 6 base62
 * characters of CRC-32, so that leak scanners recognise them by prefix and checksum and a mistyped one is refused
 * without a look-up. They are long and random: a plain SHA-256 is stored, the slow hash is for people's passwords.
 */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BITS_PER_CHARACTER = Math.log2(ALPHABET.length);
/** Bytes from this one on would favour the first characters of the alphabet and are thrown away. */
const FAIR_BYTES = 256 - (256 % ALPHABET.length);
const CHECKSUM_LENGTH = 6;
const SHOWN_AT_END = 4;
const FORM = /^[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+$/;

/** A new secret with at least `bytes` bytes of randomness; `prefix` such as `tcs_live`, without a final underscore. */
export function newSecret(prefix: string, bytes = 32): string {
  const body = `${prefix}_${randomText(Math.ceil((bytes * 8) / BITS_PER_CHARACTER))}`;
  return body + checksum(body);
}

/** Whether the text has the form and checksum of a secret of ours; says nothing about its being known or valid. */
export function isWellFormedSecret(secret: string): boolean {
  if (!FORM.test(secret)) return false;
  const body = secret.slice(0, -CHECKSUM_LENGTH);
  return secret.slice(-CHECKSUM_LENGTH) === checksum(body);
}

/** What is stored and looked up: 32 bytes of SHA-256. */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** Equality in a time that tells nothing about where the two differ, nor about their lengths. */
export function secretsEqual(left: string | Uint8Array, right: string | Uint8Array): boolean {
  return timingSafeEqual(hash('sha256', left, 'buffer'), hash('sha256', right, 'buffer'));
}

/** `tcs_live_…a1B2`, for lists and logs: the prefix and the last four characters. */
export function maskSecret(secret: string): string {
  const prefix = secret.slice(0, secret.lastIndexOf('_') + 1);
  // A short text would be shown almost whole.
  const isLong = secret.length - prefix.length >= 4 * SHOWN_AT_END;
  return `${prefix}…${isLong ? secret.slice(-SHOWN_AT_END) : ''}`;
}

function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length)) {
      if (byte < FAIR_BYTES) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    digits = ALPHABET[rest % ALPHABET.length] + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}
