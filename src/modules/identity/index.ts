import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import { createIdentityParts, type Identity } from './identity.service.ts';
import { SEND_MAIL_JOB, type SendMail, sendMailHandler } from './mail/outgoing-mail.ts';
import { locateOrganization } from './organizations/organizations.store.ts';
import { RESET_JOB } from './passwords/passwords.service.ts';
import { identitySealed } from './sealed-parts.ts';
import type { KeyDoor } from './tokens/key-doors.ts';
import { ROTATE_JOB } from './tokens/signing-keys.ts';
import { PURGE_JOB, purgeHandler } from './users/purge.ts';

export * from './api-keys/api-key.ts';
export type { ApiKeyFilter, DailyUsage } from './api-keys/api-keys.store.ts';
export { KEY_ADVICE_CODES, type KeyAdvice } from './api-keys/key-advice.ts';
export type { BootstrapClient, BootstrapInput, BootstrapResult } from './bootstrap.ts';
export * from './clients/client.ts';
export { IDENTITY_EVENTS } from './events.ts';
export type { Identity } from './identity.service.ts';
export type { OutgoingMail, SendMail } from './mail/outgoing-mail.ts';
export { AuthorizationRefusal, type AuthorizationRequest, type CheckedAuthorization } from './oauth/authorization.ts';
export type { ClientCredentials } from './oauth/client-authentication.ts';
export type { TokenRequest } from './oauth/oauth.service.ts';
export { OAuthError, type OAuthErrorCode } from './oauth/oauth-error.ts';
export type { TokenResponse } from './oauth/token-pair.ts';
export * from './organizations/organization.ts';
export { PASSWORD_MAX, PASSWORD_MIN } from './passwords/password-hasher.ts';
export { type Cause, PLATFORM_ORGANIZATION } from './platform.ts';
export * from './scopes.ts';
export type { SessionTokens, ValidSession } from './sessions/direct-sessions.ts';
export * from './sessions/session.ts';
export type { KeyPrincipal } from './tokens/authenticator.ts';
export { type KeyDoor, STANDARD_DOOR } from './tokens/key-doors.ts';
export type { UserImport, UserImportRow } from './users/import.ts';
export * from './users/user.ts';
export type { UserOutcome } from './users/user-batch.ts';
export type { UserFilter } from './users/users.store.ts';

export const identitySchema: SchemaSource = {
  schema: 'identity',
  directory: new URL('./migrations/', import.meta.url),
  personalData: {
    'users.name': 'sealed',
    'users.email': 'sealed',
    'users.pending_email': 'sealed',
    'users.email_index': 'index',
    'users.login_index': 'index',
    'sign_in_attempts.login_index': 'index',
    'organizations.name': { open: 'the name of a company, not of a person' },
    'oauth_clients.name': { open: 'the name of a program' },
    'api_keys.name': { open: 'the name of a key' },
    'api_keys.ip_ranges': { open: 'networks of the organisation’s servers that may use the key' },
  },
  sealed: identitySealed,
};

export interface IdentityOptions {
  /** The address that clients use; issuer and audience of every token. Asked at use, never at creation. */
  issuer(): string;
  /** Where mails go; called from a durable job. */
  sendMail: SendMail;
  /**
   * How old a proof may be before the database is asked again. 0 (unless told) for one process, which hears of every
   * revocation itself; 1,000 where several processes serve, so that a revocation of one counts in all within a second.
   */
  revalidateAfterMs?: number;
  /** Where keys are shown beside the standard door. */
  keyDoors?: readonly KeyDoor[];
}

/** Organisations, people, OAuth, sessions and keys: everything that proves who calls. */
export function createIdentity(kit: ModuleKit, options: IdentityOptions): Module<Identity> {
  const { identity, keys, background } = createIdentityParts(kit, options);
  const user = (event: { streamId: string }) => [{ service: 'identity', resource: 'user', id: event.streamId }];
  const userEvents = [
    'updated',
    'email_change_requested',
    'email_changed',
    'archived',
    'restored',
    'erased',
    'signed_in',
  ];
  return {
    service: identity,
    jobs: {
      [SEND_MAIL_JOB]: sendMailHandler(kit.sealing, options.sendMail),
      [RESET_JOB]: identity.mailPasswordReset,
      [PURGE_JOB]: purgeHandler(kit),
      [ROTATE_JOB]: (job) => keys.rotateIfCurrent(job.payload.key_id as string),
    },
    locate: {
      usr: locateIn(kit.database, 'identity.users'),
      cli: locateIn(kit.database, 'identity.oauth_clients'),
      key: locateIn(kit.database, 'identity.api_keys'),
      ses: locateIn(kit.database, 'identity.sessions'),
      org: locateOrganization(kit.database),
    },
    invalidates: Object.fromEntries(userEvents.map((verb) => [`user.${verb}`, user])),
    start: background.start,
    stop: background.stop,
  };
}
