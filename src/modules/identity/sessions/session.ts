import { HOUR_MS, MINUTE_MS } from '#kernel/clock.ts';
import type { OrganizationId, UserId } from '#kernel/ids.ts';
import type { Role } from '../users/user.ts';

/** C-19: a session ends 24 hours after the sign-in, and after 30 minutes without use. */
export const SESSION_LIFE_MS = 24 * HOUR_MS;
export const SESSION_IDLE_MS = 30 * MINUTE_MS;

/** An interactive sign-in. Instants are ISO 8601; methods are names of RFC 8176 (`pwd`, `otp`, `hwk`). */
export interface Session {
  id: string;
  orgId: OrganizationId;
  livemode: boolean;
  version: number;
  userId: UserId;
  methods: string[];
  lastSeenAt: string;
  expiresAt: string;
  endedAt: string | null;
  endReason: string | null;
  createdAt: string;
}

export interface UserOfSession {
  role: Role;
  /** Whether user and organisation are active. */
  isOwnerActive: boolean;
}

/** Whether the browser that holds the session may still use it. */
export function isSessionLive(session: Session, nowMs: number): boolean {
  if (session.endedAt !== null || Date.parse(session.expiresAt) <= nowMs) return false;
  return nowMs - Date.parse(session.lastSeenAt) < SESSION_IDLE_MS;
}
