import { createHmac, randomBytes } from 'node:crypto';
import { invalidField } from '#kernel/errors.ts';

const PREFIX = 'whsec_';
const GENERATED_BYTES = 32;
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What identifies one message to its receiver. */
export interface SignedMessage {
  id: string;
  timestampSeconds: number;
  body: string;
}

/** A secret of the form that Standard Webhooks libraries take. */
export function newSigningSecret(): string {
  return PREFIX + randomBytes(GENERATED_BYTES).toString('base64');
}

/**
 * Checks a secret that a caller brought (WHK-17). `whsec_` and base64 must hold 24 to 64 bytes, as Standard Webhooks says,
 * because its libraries will decode it; any other text is used as it is. Errors: `validation`.
 */
export function checkSigningSecret(secret: string): void {
  const encoded = encodedPart(secret);
  if (encoded === null) return;
  const bytes = Buffer.byteLength(encoded, 'base64');
  if (bytes >= SECRET_BYTES_MIN && bytes <= SECRET_BYTES_MAX) return;
  throw invalidField(
    'secret',
    'format',
    `A secret that begins with ${PREFIX} holds ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} bytes in base64; send such a one, or none to have one made.`,
  );
}

/** Standard Webhooks: `v1,<base64>` for each secret, parted by spaces; the receiver takes any one that matches. */
export function standardSignature(secrets: readonly string[], message: SignedMessage): string {
  const content = `${message.id}.${message.timestampSeconds}.${message.body}`;
  return secrets
    .map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(content).digest('base64')}`)
    .join(' ');
}

/** `sha256=<hex>` over the body alone; the key is the whole secret text (C-88.3). */
export function bodySignature(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

function keyOf(secret: string): Buffer {
  const encoded = encodedPart(secret);
  return encoded === null ? Buffer.from(secret) : Buffer.from(encoded, 'base64');
}

/** The base64 behind the prefix, or null when this is a text of another form. */
function encodedPart(secret: string): string | null {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  return encoded !== '' && BASE64.test(encoded) ? encoded : null;
}
