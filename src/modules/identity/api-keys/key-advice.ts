import { DAY_MS } from '#kernel/clock.ts';
import { ORGANIZATION_SCOPES } from '../scopes.ts';
import { type ApiKey, apiKeyStatus } from './api-key.ts';

/** After this long a key should be rotated, and one that nobody used revoked (C-94). */
export const KEY_AGE_DAYS = 90;

/** What makes a key more dangerous than it need be (V1-106), and what to do about it. */
const ADVICE = {
  wide_scopes: 'It may do everything: give it the scopes that its program uses, and no more.',
  any_address: 'It works from every address: name in `ip_ranges` where its program runs.',
  no_expiry: 'It never expires: set `expires_at`, so that a forgotten key ends by itself.',
  old: `It is older than ${KEY_AGE_DAYS} days: rotate it, so that a copy that leaked unseen ends.`,
  unused: `Nobody has used it for ${KEY_AGE_DAYS} days: revoke it.`,
} as const;

export const KEY_ADVICE_CODES = Object.keys(ADVICE) as (keyof typeof ADVICE)[];

export interface KeyAdvice {
  code: keyof typeof ADVICE;
  message: string;
}

/** Nothing for a key that has ended, and of scopes and addresses nothing for a test key: it sees no real data. */
export function adviceFor(key: ApiKey, nowMs: number): KeyAdvice[] {
  const status = apiKeyStatus(key, nowMs);
  if (status === 'revoked' || status === 'expired') return [];
  const isOlder = (instant: string) => nowMs - Date.parse(instant) > KEY_AGE_DAYS * DAY_MS;
  const applies: Record<KeyAdvice['code'], boolean> = {
    wide_scopes: key.livemode && !key.readOnly && ORGANIZATION_SCOPES.every((scope) => key.scopes.includes(scope)),
    any_address: key.livemode && key.ipRanges.length === 0,
    no_expiry: key.expiresAt === null,
    old: isOlder(key.createdAt),
    unused: isOlder(key.lastUsedAt ?? key.createdAt),
  };
  return KEY_ADVICE_CODES.filter((code) => applies[code]).map((code) => ({ code, message: ADVICE[code] }));
}
