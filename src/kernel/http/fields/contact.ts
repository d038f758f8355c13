import { isIP } from 'node:net';
import type { TUnsafe } from 'typebox';
import { type Refusal, refuse } from './refusal.ts';
import { type FieldOptions, leaf } from './schema.ts';
import { tokenNormaliser } from './text.ts';

// RFC 5322 section 3.4.1 without comments, folding, obsolete forms and address literals; letters beyond ASCII as in
// RFC 6532, except those that cannot be seen. Every part is a plain repetition, so the match takes linear time.
const BEYOND_ASCII = '[[\\u{80}-\\u{10FFFF}]--[\\s\\p{Cc}\\p{Cf}\\p{Cs}]]';
const ATEXT = `[a-zA-Z0-9!#$%&'*+\\/=?^_\`\\{\\|\\}~\\-${BEYOND_ASCII}]`;
const QUOTED_TEXT = `(?:[ !#-\\[\\]-~${BEYOND_ASCII}]|\\\\[ -~${BEYOND_ASCII}])`;
const ADDRESS = new RegExp(
  `^(?<local>${ATEXT}+(?:\\.${ATEXT}+)*|"(?! *")${QUOTED_TEXT}+")@(?<domain>${ATEXT}+(?:\\.${ATEXT}+)+)$`,
  'v',
);

function readEmail(text: string): string | Refusal {
  // RFC 5321 counts octets: 64 before the @, 255 after it, 254 in all.
  if (Buffer.byteLength(text) > 254) return refuse('too_long', 'Send at most 254 bytes.');
  const groups = ADDRESS.exec(text)?.groups;
  if (groups === undefined) return refuse('format', 'Send a bare e-mail address such as name@example.com.');
  const local = groups.local!;
  if (Buffer.byteLength(local) > 64) return refuse('too_long', 'Send at most 64 bytes before the @.');
  return `${local}@${groups.domain!.toLowerCase()}`;
}

/**
 * An RFC 5322 addr-spec within the limits of RFC 5321 (VAL-01, C-46): no display name, comment or address literal, and
 * a domain of at least two parts. The domain is lower-cased, the local part kept; compare addresses without case.
 */
export function email(options: FieldOptions = {}): TUnsafe<string> {
  const normalise = tokenNormaliser(readEmail);
  return leaf(
    { kind: 'email', normaliser: () => normalise },
    { type: 'string', format: 'email', maxLength: 254, examples: ['ada@example.com'] },
    options,
  );
}

/** A telephone number in E.164: `+`, the country code and at most 15 digits, without spaces (VAL-02). */
export function phone(options: FieldOptions = {}): TUnsafe<string> {
  const form = /^\+[1-9]\d{1,14}$/;
  const normalise = tokenNormaliser((text) =>
    form.test(text) ? text : refuse('format', 'Send an E.164 number: + and 2 to 15 digits, for example +1234567890.'),
  );
  return leaf(
    { kind: 'phone', normaliser: () => normalise },
    { type: 'string', pattern: form.source, maxLength: 16, examples: ['+1234567890'] },
    options,
  );
}

export interface UrlOptions extends FieldOptions {
  /** Refuses http. */
  https?: boolean;
  /** With `https`: still takes http to the machine itself (localhost, 127.0.0.1, [::1]), for development. */
  loopbackHttp?: boolean;
}

/**
 * An absolute http or https URL without credentials, at most 2048 characters. It is kept as it was sent (redirect URIs
 * are compared letter by letter). Whether the host may be called is decided when it is called.
 */
export function url(options: UrlOptions = {}): TUnsafe<string> {
  const normalise = tokenNormaliser((text) => readUrl(text, options));
  const example = `https://example.com/hooks`;
  return leaf(
    { kind: 'url', normaliser: () => normalise },
    { type: 'string', format: 'uri', maxLength: 2048, examples: [example] },
    options,
  );
}

function readUrl(text: string, options: UrlOptions): string | Refusal {
  const parsed = /^https?:\/\/[^\s\\]+$/i.test(text) ? URL.parse(text) : null;
  if (parsed === null) return refuse('format', 'Send an absolute URL that begins with https://.');
  if (parsed.username !== '' || parsed.password !== '') return refuse('format', 'Remove user name and password.');
  if (
    options.https === true &&
    parsed.protocol !== 'https:' &&
    !(options.loopbackHttp === true && isLoopback(parsed))
  ) {
    return refuse('format', 'Use https instead of http.');
  }
  return text;
}

function isLoopback(target: URL): boolean {
  return target.hostname === 'localhost' || target.hostname === '127.0.0.1' || target.hostname === '[::1]';
}

/** An IPv4 or IPv6 address, or a range in CIDR notation (`10.0.0.0/8`); lower-cased. */
export function ipRange(options: FieldOptions = {}): TUnsafe<string> {
  const normalise = tokenNormaliser((text) => {
    const [address = '', prefix, ...rest] = text.toLowerCase().split('/');
    const version = address.includes('%') ? 0 : isIP(address);
    const bits = version === 4 ? 32 : 128;
    const isPrefixGood = prefix === undefined || (/^(?:0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits);
    if (version !== 0 && isPrefixGood && rest.length === 0) return text.toLowerCase();
    return refuse('format', 'Send an IP address or a range such as 10.0.0.0/8 or 2001:db8::/32.');
  });
  return leaf(
    { kind: 'ipRange', normaliser: () => normalise },
    { type: 'string', description: 'An IP address or a range in CIDR notation.', examples: ['203.0.113.0/24'] },
    options,
  );
}
