import { createHmac, timingSafeEqual } from 'node:crypto';
import { WebhookVerificationError } from './errors.ts';

const TOLERANCE_SECONDS = 300;

type Headers = Record<string, string | string[] | undefined> | { get(name: string): string | null };

export interface VerifyOptions {
  /** How old or how far in the future the signature may be; 300 seconds unless given. */
  toleranceSeconds?: number;
}

/**
 * Checks that a delivery is ours and gives its event. `rawBody` is the body as it was received, before any parsing.
 * Takes the headers of Standard Webhooks, which protect against repetition too, and `X-TechCorp-Signature` alone where
 * a proxy passes on nothing else. Errors: `WebhookVerificationError`.
 */
export function verifyWebhook<Event = Record<string, unknown>>(
  rawBody: string | Uint8Array,
  headers: Headers,
  secret: string,
  options: VerifyOptions = {},
): Event {
  const body = typeof rawBody === 'string' ? Buffer.from(rawBody) : Buffer.from(rawBody);
  const standard = headerOf(headers, 'webhook-signature');
  if (standard) checkStandard(body, headers, standard, secret, options);
  else checkBodySignature(body, headers, secret);
  try {
    return JSON.parse(body.toString('utf8')) as Event;
  } catch (error) {
    throw new WebhookVerificationError('The body of the webhook is not JSON.', { cause: error });
  }
}

function checkStandard(body: Buffer, headers: Headers, signatures: string, secret: string, options: VerifyOptions) {
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  if (!id || !timestamp) throw new WebhookVerificationError('webhook-id or webhook-timestamp is missing.');
  const ageSeconds = Math.abs(Date.now() / 1_000 - Number(timestamp));
  if (!(ageSeconds <= (options.toleranceSeconds ?? TOLERANCE_SECONDS))) {
    throw new WebhookVerificationError('The webhook is too old or comes from the future.');
  }
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const expected = createHmac('sha256', key).update(signed).digest();
  const isOurs = signatures.split(' ').some((signature) => {
    const [version, encoded] = signature.split(',');
    return version === 'v1' && isEqual(Buffer.from(encoded ?? '', 'base64'), expected);
  });
  if (!isOurs) throw new WebhookVerificationError('No signature of the webhook fits this secret.');
}

function checkBodySignature(body: Buffer, headers: Headers, secret: string): void {
  const given = headerOf(headers, 'x-techcorp-signature') ?? headerOf(headers, 'x-webhook-signature');
  if (!given) throw new WebhookVerificationError('The webhook has no signature.');
  const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  if (!isEqual(Buffer.from(given), Buffer.from(expected))) {
    throw new WebhookVerificationError('The signature of the webhook does not fit this secret.');
  }
}

function isEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function headerOf(headers: Headers, name: string): string | undefined {
  if (typeof (headers as { get?: unknown }).get === 'function') {
    return (headers as { get(name: string): string | null }).get(name) ?? undefined;
  }
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return Array.isArray(found) ? found[0] : found;
}
