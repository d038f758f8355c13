import { createHmac } from 'node:crypto';
import { MINUTE_MS } from '#kernel/clock.ts';
import { secretsEqual } from '#kernel/crypto/secrets.ts';

/** How far a signature's time may be from ours, either way: what was caught on the wire is worth nothing later. */
export const SIGNATURE_TOLERANCE_MS = 5 * MINUTE_MS;

const FORM = /^t=(\d{1,12}),mac=([0-9a-f]{64})$/;

/** `t=<Unix seconds>,mac=<hex HMAC-SHA256 of "t.body" under the secret>`. */
export function signatureOf(secret: string, seconds: number, body: string): string {
  return `t=${seconds},mac=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Whether one of the secrets made this signature of this very body, just now. */
export function isSigned(
  header: string | undefined,
  body: string,
  { secrets, nowMs }: { secrets: readonly string[]; nowMs: number },
): boolean {
  const match = FORM.exec(header ?? '');
  if (!match) return false;
  const seconds = Number(match[1]);
  const expected = secrets.map((secret) => signatureOf(secret, seconds, body));
  // Every secret is tried, and the time last, so that the answer's time tells nothing.
  const isGenuine = expected.map((each) => secretsEqual(each, header!)).includes(true);
  return isGenuine && Math.abs(nowMs - seconds * 1_000) <= SIGNATURE_TOLERANCE_MS;
}
