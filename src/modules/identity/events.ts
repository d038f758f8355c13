import type { Json, NewEvent } from '#kernel/events/event.ts';

/** What this module announces. No event carries a name, an address or a secret: readers fetch those with permission. */
export const IDENTITY_EVENTS = [
  'organization.created',
  'organization.updated',
  'user.created',
  'user.updated',
  'user.email_change_requested',
  'user.email_changed',
  'user.invited',
  'user.password_reset_requested',
  'user.password_changed',
  'user.signed_in',
  'user.sign_in_failed',
  'user.archived',
  'user.restored',
  'user.erased',
  'session.started',
  'session.ended',
  'oauth_client.created',
  'oauth_client.updated',
  'oauth_client.revoked',
  'grant.created',
  'grant.refreshed',
  'grant.revoked',
  'api_key.created',
  'api_key.updated',
  'api_key.rotated',
  'api_key.revoked',
  'signing_key.rotated',
] as const;
export type IdentityEventType = (typeof IDENTITY_EVENTS)[number];

/** `version` is that of the object after the change; the log refuses a second event of the same version. */
export function identityEvent(
  type: IdentityEventType,
  streamId: string,
  version: number,
  data: Record<string, Json>,
): NewEvent {
  return { type, streamId, streamVersion: version, data };
}
