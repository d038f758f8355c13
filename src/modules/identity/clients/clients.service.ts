import type { CommandContext } from '#kernel/context.ts';
import { hashSecret, maskSecret, newSecret } from '#kernel/crypto/secrets.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, invalidField, notFound } from '#kernel/errors.ts';
import { type ClientId, newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { identityEvent } from '../events.ts';
import { PLATFORM_ORGANIZATION } from '../platform.ts';
import { ALL_SCOPES, checkGrantable, ORGANIZATION_SCOPES } from '../scopes.ts';
import type { Revocations } from '../tokens/revocations.ts';
import { type ClientPatch, type ClientWithSecret, isClientUsable, type NewClient, type OAuthClient } from './client.ts';
import * as store from './clients.store.ts';

/** OAuth clients of an organisation (G-20). Each method names the errors it may raise. */
export interface Clients {
  /**
   * `grantable` are the caller's own scopes: nobody hands out more than they hold.
   * Errors: `validation` (scope, redirect URI), `forbidden` (scope the caller lacks).
   */
  createClient(context: CommandContext, input: NewClient, grantable?: ReadonlySet<string>): Promise<ClientWithSecret>;
  /** Errors: `not_found`. */
  getClient(scope: Scope, id: ClientId): Promise<OAuthClient>;
  listClients(scope: Scope, filter: { status?: OAuthClient['status'] }, page: PageRequest): Promise<Page<OAuthClient>>;
  /**
   * Codes go to its redirect URIs, so only who holds all its scopes changes them.
   * Errors: `not_found`, `gone`, `validation`, `forbidden`, `precondition_failed`, `resource_locked`.
   */
  updateClient(
    context: CommandContext,
    id: ClientId,
    patch: ClientPatch,
    grantable?: ReadonlySet<string>,
  ): Promise<OAuthClient>;
  /**
   * A new secret; the old one ends at once, tokens live on. Whoever gets it gets the scopes, so `grantable` counts as for a
   * new client. Errors: `not_found`, `gone`, `forbidden`, `invalid_state` (public).
   */
  rotateClientSecret(context: CommandContext, id: ClientId, grantable?: ReadonlySet<string>): Promise<ClientWithSecret>;
  /** Ends the client and every token it ever got, at once. Errors: `not_found`, `gone`. */
  revokeClient(context: CommandContext, id: ClientId): Promise<OAuthClient>;
}

export function createClients(kit: ModuleKit, revocations: Revocations): Clients {
  const { database, writes, clock } = kit;

  async function getClient(scope: Scope, id: ClientId): Promise<OAuthClient> {
    const client = await store.clientFind(database, scope, id);
    if (!client) throw notFound('OAuth client', id);
    return client;
  }

  async function getUsable(context: CommandContext, id: ClientId): Promise<OAuthClient> {
    return usable(context, id, await store.clientFind(database, context.tenant, id));
  }

  function next(client: OAuthClient, changes: Partial<OAuthClient>): OAuthClient {
    return { ...client, ...changes, version: client.version + 1, updatedAt: clock.now().toISOString() };
  }

  return {
    getClient,
    listClients: (scope, filter, page) => store.clientsList(database, scope, filter, page),

    async createClient(context, input, grantable) {
      const now = clock.now();
      const type = input.type ?? 'confidential';
      const secret = type === 'public' ? null : newClientSecret(context.tenant.livemode);
      const client: OAuthClient = {
        id: newId('cli', now.getTime()),
        orgId: context.tenant.orgId,
        livemode: context.tenant.livemode,
        version: 1,
        name: input.name,
        type,
        secretHint: secret && maskSecret(secret),
        redirectUris: input.redirectUris ?? [],
        grantTypes: input.grantTypes ?? defaultGrants(type, input.redirectUris),
        scopes: input.scopes,
        issueRefreshToken: input.issueRefreshToken ?? true,
        refreshReuseGraceSeconds: input.refreshReuseGraceSeconds ?? 0,
        ownerUserId: input.ownerUserId ?? context.actor.userId ?? null,
        status: 'active',
        expiresAt: input.expiresAt ?? null,
        createdAt: now.toISOString(),
        updatedAt: now.toISOString(),
      };
      checkClient(client, now.getTime());
      checkGrantable(client.scopes, grantable);
      return writes.store(context, {
        statements: [store.clientInsert(client, secret === null ? null : hashSecret(secret))],
        events: [clientEvent('oauth_client.created', client)],
        result: { client, secret },
      });
    },

    async updateClient(context, id, patch, grantable) {
      const current = await getUsable(context, id);
      const changes = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
      const client = next(current, changes);
      checkClient(client, clock.nowMs());
      const added = client.scopes.filter((scope) => !current.scopes.includes(scope));
      checkGrantable(patch.redirectUris === undefined ? added : client.scopes, grantable);
      const updated = await writes.store(context, {
        statements: [store.clientUpdate(client, null)],
        events: [clientEvent('oauth_client.updated', client)],
        result: client,
      });
      revocations.forget([id]);
      return updated;
    },

    async rotateClientSecret(context, id, grantable) {
      const current = await getUsable(context, id);
      checkGrantable(current.scopes, grantable);
      if (current.type === 'public') {
        throw new DomainError('invalid_state', 'A public client has no secret; it proves itself with PKCE.');
      }
      const secret = newClientSecret(current.livemode);
      const client = next(current, { secretHint: maskSecret(secret) });
      return writes.store(context, {
        statements: [store.clientUpdate(client, hashSecret(secret))],
        events: [clientEvent('oauth_client.updated', client)],
        result: { client, secret },
      });
    },

    async revokeClient(context, id) {
      const revoked = await writes.run(context, async (tx) => {
        const current = usable(context, id, await store.clientLock(tx, id));
        const client = next(current, { status: 'revoked' });
        await revocations.revokeWithin(tx, { clientId: id }, 'client_revoked');
        tx.add(store.clientUpdate(client, null));
        tx.append(clientEvent('oauth_client.revoked', client));
        return client;
      });
      revocations.forget([id]);
      return revoked;
    },
  };
}

function usable(context: CommandContext, id: ClientId, client: OAuthClient | null): OAuthClient {
  if (!client) throw notFound('OAuth client', id);
  if (client.status === 'revoked') throw new DomainError('gone', 'This OAuth client was revoked; create a new one.');
  expectVersion(context, 'OAuth client', client.version);
  return client;
}

function newClientSecret(livemode: boolean): string {
  return newSecret(livemode ? 'tcs_live' : 'tcs_test');
}

function defaultGrants(type: OAuthClient['type'], redirectUris: readonly string[] = []): OAuthClient['grantTypes'] {
  if (type === 'public') return ['authorization_code', 'refresh_token'];
  return redirectUris.length > 0
    ? ['client_credentials', 'authorization_code', 'refresh_token']
    : ['client_credentials', 'refresh_token'];
}

function checkClient(client: OAuthClient, nowMs: number): void {
  const allowed: readonly string[] = client.orgId === PLATFORM_ORGANIZATION ? ALL_SCOPES : ORGANIZATION_SCOPES;
  const foreign = client.scopes.find((scope) => !allowed.includes(scope));
  if (foreign !== undefined) throw invalidField('scopes', 'not_allowed', `A client here cannot have ${foreign}.`);
  if (client.type === 'public' && client.grantTypes.includes('client_credentials')) {
    throw invalidField('grant_types', 'not_allowed', 'A public client cannot keep a secret: no client_credentials.');
  }
  if (client.grantTypes.includes('authorization_code') && client.redirectUris.length === 0) {
    throw invalidField('redirect_uris', 'required', 'Name at least one redirect URI for authorization_code.');
  }
  if (client.redirectUris.some((uri) => uri.includes('#'))) {
    throw invalidField('redirect_uris', 'format', 'A redirect URI has no fragment.');
  }
  if (client.status === 'active' && !isClientUsable(client, nowMs)) {
    throw invalidField('expires_at', 'not_allowed', 'The expiry must be in the future.');
  }
}

function clientEvent(
  type: 'oauth_client.created' | 'oauth_client.updated' | 'oauth_client.revoked',
  client: OAuthClient,
) {
  const { id, version, name, scopes, grantTypes, status, expiresAt } = client;
  return identityEvent(type, id, version, {
    oauth_client: { id, name, type: client.type, scopes, grant_types: grantTypes, status, expires_at: expiresAt },
  });
}
