import { DAY_MS, SECOND_MS } from '#kernel/clock.ts';
import type { ApiKeyId, OrganizationId } from '#kernel/ids.ts';

/** C-12: the overlap after a rotation unless told, and the longest one that can be asked for. */
export const ROTATION_GRACE_SECONDS = DAY_MS / SECOND_MS;
export const ROTATION_GRACE_MAX = 30 * ROTATION_GRACE_SECONDS;

/** `retiring` works until `retiresAt`, because its successor was handed out. */
export type ApiKeyStatus = 'active' | 'retiring' | 'expired' | 'revoked';

/** A long-lived credential of a program (C-11). Instants are ISO 8601. */
export interface ApiKey {
  id: ApiKeyId;
  orgId: OrganizationId;
  livemode: boolean;
  version: number;
  /** Whom it was made for, in the words of who made it; where it may be shown follows from its family. */
  edition: string;
  /** The prefix of its secret: `sk_live`, `tc_test_sk`, … */
  family: string;
  name: string;
  /** `sk_live_…a1B2`. */
  hint: string;
  scopes: string[];
  /** Addresses and CIDR ranges that may use it; empty for all. */
  ipRanges: string[];
  readOnly: boolean;
  ownerUserId: string | null;
  expiresAt: string | null;
  retiresAt: string | null;
  replacedBy: ApiKeyId | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
  revokeReason: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface NewApiKey {
  name: string;
  scopes: string[];
  ipRanges?: string[];
  expiresAt?: string | null;
  readOnly?: boolean;
  /** `canonical` and `sk_live`/`sk_test` by mode unless told. */
  edition?: string;
  family?: string;
  /** Of this family an organisation has one current key: those before it go on for a day and no longer (C-12). */
  isOnlyOfFamily?: boolean;
}

/** Only the fields to change. */
export interface ApiKeyPatch {
  name?: string;
  scopes?: string[];
  ipRanges?: string[] | null;
  expiresAt?: string | null;
}

/** A key with its secret, which is shown this once. */
export interface ApiKeyWithSecret {
  key: ApiKey;
  secret: string;
}

export function apiKeyStatus(key: ApiKey, nowMs: number): ApiKeyStatus {
  if (key.revokedAt !== null) return 'revoked';
  const hasPassed = (instant: string | null) => instant !== null && Date.parse(instant) <= nowMs;
  if (hasPassed(key.expiresAt) || hasPassed(key.retiresAt)) return 'expired';
  return key.retiresAt === null ? 'active' : 'retiring';
}
