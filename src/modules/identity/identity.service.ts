import type { ModuleKit } from '#kernel/module.ts';
import { type ApiKeys, createApiKeys } from './api-keys/api-keys.service.ts';
import { createDeprecatedUses, type DeprecatedUses } from './api-keys/deprecated-uses.ts';
import { createKeyUsage } from './api-keys/key-usage.ts';
import { type Bootstrap, createBootstrap } from './bootstrap.ts';
import { type Clients, createClients } from './clients/clients.service.ts';
import { mailMessages } from './mail/messages.ts';
import { type Authorization, createAuthorization } from './oauth/authorization.ts';
import { grantFind } from './oauth/grants.store.ts';
import { createOAuth, type OAuth } from './oauth/oauth.service.ts';
import { createOrganizations, type Organizations } from './organizations/organizations.service.ts';
import { createPasswordHasher } from './passwords/password-hasher.ts';
import { createPasswords, type Passwords } from './passwords/passwords.service.ts';
import { createSignIn, createVerifyPassword, type SignIn } from './passwords/sign-in.ts';
import { createDirectSessions, type DirectSessions } from './sessions/direct-sessions.ts';
import { createSessions, type Sessions } from './sessions/sessions.service.ts';
import { createTokenSigner } from './tokens/access-token.ts';
import { type Authenticator, createAuthenticator } from './tokens/authenticator.ts';
import { createCredentialCache } from './tokens/credential-cache.ts';
import type { KeyDoor } from './tokens/key-doors.ts';
import { createRevocations } from './tokens/revocations.ts';
import { createSigningKeys } from './tokens/signing-keys.ts';
import { createSweep } from './tokens/sweep.ts';
import { createEmailChanges, type EmailChanges } from './users/email-change.ts';
import { createUserImport, type UserImport } from './users/import.ts';
import { createUserBatches, type UserBatches } from './users/user-batch.ts';
import { createChangeUser } from './users/user-changes.ts';
import { createUsers, type Users } from './users/users.service.ts';

/** The interface of the module, put together from its parts; each part's file documents its methods and errors. */
export interface Identity
  extends Authenticator,
    OAuth,
    Clients,
    Organizations,
    Users,
    UserBatches,
    EmailChanges,
    Passwords,
    SignIn,
    Authorization,
    Sessions,
    DirectSessions,
    ApiKeys,
    DeprecatedUses,
    Bootstrap {
  /** People from files. */
  imports: UserImport;
}

const CREDENTIALS_KEPT = 20_000;

/** The service, and what the assembly runs beside it. */
export function createIdentityParts(
  kit: ModuleKit,
  options: { issuer(): string; revalidateAfterMs?: number; keyDoors?: readonly KeyDoor[] },
) {
  const { issuer, keyDoors: doors = [] } = options;
  const revalidateAfterMs = options.revalidateAfterMs || Number.POSITIVE_INFINITY;
  const cache = createCredentialCache(CREDENTIALS_KEPT);
  const revocations = createRevocations(kit, cache);
  const keys = createSigningKeys(kit);
  const signer = createTokenSigner(keys, kit.clock, issuer);
  const usage = createKeyUsage(kit);
  const sweep = createSweep(kit);
  const authenticator = createAuthenticator({ kit, signer, cache, usage, revalidateAfterMs, doors });
  const messages = mailMessages(issuer);
  const changeUser = createChangeUser(kit, revocations);
  const hasher = createPasswordHasher();

  async function sessionOfToken(accessToken: string): Promise<string | null> {
    const facts = await signer.verifyAccessToken(accessToken);
    const grant = facts && (await grantFind(kit.database, facts.grantId));
    return grant?.session_id ?? null;
  }

  const verifyPassword = createVerifyPassword(kit, hasher);
  const clients = createClients(kit, revocations);
  const organizations = createOrganizations(kit, revocations);
  const users = createUsers(kit, changeUser, messages);
  const passwords = createPasswords({ kit, changeUser, messages, hasher });
  const identity: Identity = {
    ...authenticator,
    ...createOAuth({ kit, keys, signer, authenticator, revocations }),
    ...clients,
    ...organizations,
    ...users,
    imports: createUserImport(kit, revocations),
    ...createUserBatches(kit),
    ...createEmailChanges(kit, changeUser, messages),
    ...passwords,
    ...createSignIn(kit, changeUser, verifyPassword),
    ...createAuthorization(kit, issuer),
    ...createSessions(kit, revocations, sessionOfToken),
    ...createDirectSessions({ kit, signer, revocations, clients, verifyPassword, authenticator }),
    ...createDeprecatedUses(kit, messages),
    ...createApiKeys({ kit, revocations, messages, usage }),
    ...createBootstrap(kit, {
      organizations,
      users,
      clients,
      setPassword: (context, id, password) => passwords.setPassword(context, id, { password, byAdmin: true }),
    }),
  };
  const background = {
    start() {
      usage.start();
      sweep.start();
    },
    async stop() {
      sweep.stop();
      await usage.stop();
    },
  };
  return { identity, keys, sweep, usage, background };
}
