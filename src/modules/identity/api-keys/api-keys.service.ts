import { DAY_MS, SECOND_MS } from '#kernel/clock.ts';
import type { CommandContext } from '#kernel/context.ts';
import { hashSecret, isWellFormedSecret, maskSecret, newSecret } from '#kernel/crypto/secrets.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, invalidField, notFound } from '#kernel/errors.ts';
import { PLATFORM_SCOPE } from '#kernel/http/principal.ts';
import { type ApiKeyId, newId, type UserId } from '#kernel/ids.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { type IdentityEventType, identityEvent } from '../events.ts';
import type { MailMessages } from '../mail/messages.ts';
import { mailJob } from '../mail/outgoing-mail.ts';
import { type Cause, PLATFORM_ORGANIZATION, provenContext } from '../platform.ts';
import { ALL_SCOPES, checkGrantable, ORGANIZATION_SCOPES } from '../scopes.ts';
import type { Revocations } from '../tokens/revocations.ts';
import { userLock } from '../users/users.store.ts';
import {
  type ApiKey,
  type ApiKeyPatch,
  type ApiKeyStatus,
  type ApiKeyWithSecret,
  apiKeyStatus,
  type NewApiKey,
  ROTATION_GRACE_SECONDS,
} from './api-key.ts';
import * as store from './api-keys.store.ts';
import { adviceFor, type KeyAdvice } from './key-advice.ts';
import type { KeyUsage } from './key-usage.ts';
import { ownersOf } from './owners.ts';

/** API keys of every edition (G-19, C-11, C-12). Each method names the errors it may raise. */
export interface ApiKeys {
  /**
   * `grantable` are the caller's own scopes: no key gets more than its maker holds.
   * Errors: `validation` (scope, expiry), `forbidden`.
   */
  createApiKey(context: CommandContext, input: NewApiKey, grantable?: ReadonlySet<string>): Promise<ApiKeyWithSecret>;
  /** Errors: `not_found`. */
  getApiKey(scope: Scope, id: ApiKeyId): Promise<ApiKey>;
  listApiKeys(scope: Scope, filter: store.ApiKeyFilter, page: PageRequest): Promise<Page<ApiKey>>;
  /** Errors: `not_found`, `gone`, `validation`, `forbidden`, `precondition_failed`. */
  updateApiKey(
    context: CommandContext,
    id: ApiKeyId,
    patch: ApiKeyPatch,
    grantable?: ReadonlySet<string>,
  ): Promise<ApiKey>;
  /**
   * A new key with the name, scopes, ranges and expiry of the old one, which goes on for `graceSeconds` (a day unless
   * told, 0 ends it at once) and never past its own expiry. Whoever gets the secret gets the scopes, so `grantable` counts
   * as for a new key. Errors: `not_found`, `gone`, `forbidden`.
   */
  rotateApiKey(
    context: CommandContext,
    id: ApiKeyId,
    graceSeconds?: number,
    grantable?: ReadonlySet<string>,
  ): Promise<ApiKeyWithSecret>;
  /** Stops working at once. Errors: `not_found`, `gone`. */
  revokeApiKey(context: CommandContext, id: ApiKeyId, reason?: string): Promise<ApiKey>;
  /** Ends every key that a user made, at once; answers how many. Errors: `not_found`. */
  revokeApiKeysOf(context: CommandContext, userId: UserId): Promise<number>;
  /**
   * Whoever found a secret ends it by showing it; the answer is the same for secrets that are none of ours. The user who
   * made the key is told by mail, or the administrators when a program made it.
   */
  reportLeakedKey(cause: Cause, secret: string): Promise<void>;
  /** Requests of the last 30 days by UTC day. Errors: `not_found`. */
  apiKeyUsage(scope: Scope, id: ApiKeyId): Promise<store.DailyUsage[]>;
  apiKeyStatus(key: ApiKey): ApiKeyStatus;
  apiKeyAdvice(key: ApiKey): KeyAdvice[];
}

const USAGE_DAYS = 30;

export interface ApiKeyDependencies {
  kit: ModuleKit;
  revocations: Revocations;
  messages: MailMessages;
  usage: KeyUsage;
}

export function createApiKeys({ kit, revocations, messages, usage }: ApiKeyDependencies): ApiKeys {
  const { database, writes, clock } = kit;

  function newKey(context: CommandContext, input: NewApiKey): ApiKeyWithSecret {
    const now = clock.now();
    const family = input.family ?? (context.tenant.livemode ? 'sk_live' : 'sk_test');
    const secret = newSecret(family);
    const key: ApiKey = {
      id: newId('key', now.getTime()),
      orgId: context.tenant.orgId,
      livemode: context.tenant.livemode,
      version: 1,
      edition: input.edition ?? 'canonical',
      family,
      name: input.name,
      hint: maskSecret(secret),
      scopes: input.scopes,
      ipRanges: input.ipRanges ?? [],
      readOnly: input.readOnly ?? false,
      // A key that a key makes belongs to the same person.
      ownerUserId: context.actor.userId ?? context.actor.ownerId ?? null,
      expiresAt: input.expiresAt ?? null,
      retiresAt: null,
      replacedBy: null,
      lastUsedAt: null,
      revokedAt: null,
      revokeReason: null,
      createdAt: now.toISOString(),
      updatedAt: now.toISOString(),
    };
    return { key, secret };
  }

  function next(key: ApiKey, changes: Partial<ApiKey>): ApiKey {
    return { ...key, ...changes, version: key.version + 1, updatedAt: clock.now().toISOString() };
  }

  /** Locks a key that still works, changes it, and forgets what was proven with it. */
  async function change<Result>(
    context: CommandContext,
    id: ApiKeyId,
    decide: (current: ApiKey, tx: WriteTransaction) => Result,
  ): Promise<Result> {
    const result = await writes.run(context, async (tx) => {
      const current = await store.keyLock(tx, id);
      if (!current) throw notFound('API key', id);
      const status = apiKeyStatus(current, clock.nowMs());
      if (status === 'revoked' || status === 'expired') {
        throw new DomainError('gone', `This API key is ${status}; create a new one.`);
      }
      expectVersion(context, 'API key', current.version);
      return decide(current, tx);
    });
    revocations.forget([id]);
    return result;
  }

  function revoke(context: CommandContext, id: ApiKeyId, reason: string, jobs: NewJob[] = []): Promise<ApiKey> {
    return change(context, id, (current, tx) => {
      tx.enqueue(...jobs);
      const key = next(current, { revokedAt: clock.now().toISOString(), revokeReason: reason });
      tx.add(store.keyUpdate(key));
      tx.append(keyEvent('api_key.revoked', key));
      return key;
    });
  }

  /** Stores a key that is the only current one of its family; those before it go on for a day. */
  async function succeed(context: CommandContext, made: ApiKeyWithSecret): Promise<ApiKeyWithSecret> {
    const { key, secret } = made;
    const retiresAt = new Date(clock.nowMs() + ROTATION_GRACE_SECONDS * SECOND_MS).toISOString();
    let ended: string[] = [];
    const stored = await writes.run(context, async (tx) => {
      const before = await store.keysLockCurrent(tx, key.orgId, key.family);
      ended = before.map(({ id }) => id);
      for (const each of before) {
        const old = next(each, { retiresAt, replacedBy: key.id });
        tx.add(store.keyUpdate(old));
        tx.append(keyEvent('api_key.rotated', old));
      }
      tx.add(store.keyInsert(key, hashSecret(secret), context.actor.id));
      tx.append(keyEvent('api_key.created', key));
      return made;
    });
    revocations.forget(ended);
    return stored;
  }

  async function getApiKey(scope: Scope, id: ApiKeyId): Promise<ApiKey> {
    const key = await store.keyFind(database, scope, id);
    if (!key) throw notFound('API key', id);
    return key;
  }

  return {
    getApiKey,
    listApiKeys: (scope, filter, page) => store.keysList(database, scope, filter, page),
    apiKeyStatus: (key) => apiKeyStatus(key, clock.nowMs()),
    apiKeyAdvice: (key) => adviceFor(key, clock.nowMs()),
    revokeApiKey: (context, id, reason = 'revoked') => revoke(context, id, reason),

    async createApiKey(context, input, grantable) {
      const made = newKey(context, input);
      checkKey(made.key, clock.nowMs());
      checkGrantable(made.key.scopes, grantable);
      if (input.isOnlyOfFamily) return succeed(context, made);
      return writes.store(context, {
        statements: [store.keyInsert(made.key, hashSecret(made.secret), context.actor.id)],
        events: [keyEvent('api_key.created', made.key)],
        result: made,
      });
    },

    updateApiKey(context, id, patch, grantable) {
      return change(context, id, (current, tx) => {
        const { ipRanges, ...rest } = patch;
        const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
        const key = next(current, { ...given, ...(ipRanges !== undefined && { ipRanges: ipRanges ?? [] }) });
        checkKey(key, clock.nowMs());
        checkGrantable(
          key.scopes.filter((scope) => !current.scopes.includes(scope)),
          grantable,
        );
        tx.add(store.keyUpdate(key));
        tx.append(keyEvent('api_key.updated', key));
        return key;
      });
    },

    rotateApiKey(context, id, graceSeconds = ROTATION_GRACE_SECONDS, grantable = undefined) {
      return change(context, id, (current, tx) => {
        checkGrantable(current.scopes, grantable);
        const made = newKey(context, current);
        made.key.ownerUserId = current.ownerUserId;
        const endMs = clock.nowMs() + graceSeconds * SECOND_MS;
        // A second rotation inside the overlap must not lengthen the life of the old key.
        const retiresAtMs = Math.min(endMs, Date.parse(current.retiresAt ?? '') || Number.POSITIVE_INFINITY);
        const old = next(current, { retiresAt: new Date(retiresAtMs).toISOString(), replacedBy: made.key.id });
        tx.add(store.keyUpdate(old), store.keyInsert(made.key, hashSecret(made.secret), context.actor.id));
        tx.append(keyEvent('api_key.rotated', old), keyEvent('api_key.created', made.key));
        return made;
      });
    },

    async revokeApiKeysOf(context, userId) {
      const ended = await writes.run(context, async (tx) => {
        if (!(await userLock(tx, kit, userId))) throw notFound('user', userId);
        return revocations.endKeys(tx, userId, 'revoked');
      });
      revocations.forget(ended);
      return ended.length;
    },

    async reportLeakedKey(cause, secret) {
      const found = isWellFormedSecret(secret) ? await store.keyFindByHash(database, hashSecret(secret)) : null;
      if (!found || !['active', 'retiring'].includes(apiKeyStatus(found.key, clock.nowMs()))) return;
      const { key, tenant } = found;
      const owners = await ownersOf(kit, tenant, key);
      const jobs = owners.map(({ email, name }) =>
        mailJob(kit.sealing, tenant, messages.keyLeaked(email, name, key.name, key.hint)),
      );
      await revoke(provenContext(cause, tenant, { kind: 'anonymous', id: '' }), key.id, 'leaked', jobs);
    },

    async apiKeyUsage(scope, id) {
      await getApiKey(scope, id);
      // What this process counted and has not written yet belongs to the answer.
      await usage.flush();
      const since = new Date(clock.nowMs() - USAGE_DAYS * DAY_MS).toISOString().slice(0, 10);
      return store.keyUsageByDay(database, scope, id, since);
    },
  };
}

function checkKey(key: ApiKey, nowMs: number): void {
  const isOfPlatform = key.orgId === PLATFORM_ORGANIZATION;
  const allowed: readonly string[] = isOfPlatform ? ALL_SCOPES : ORGANIZATION_SCOPES;
  const foreign = key.scopes.find((scope) => !allowed.includes(scope));
  if (foreign !== undefined) throw invalidField('scopes', 'not_allowed', `An API key cannot have ${foreign}.`);
  if (isOfPlatform && key.scopes.includes(PLATFORM_SCOPE) && key.expiresAt === null) {
    throw invalidField('expires_at', 'required', 'A key over all organisations must have an expiry (C-24).');
  }
  if (key.expiresAt !== null && Date.parse(key.expiresAt) <= nowMs) {
    throw invalidField('expires_at', 'not_allowed', 'The expiry must be in the future.');
  }
}

function keyEvent(type: IdentityEventType, key: ApiKey) {
  const { id, version, name, scopes, edition, family } = key;
  return identityEvent(type, id, version, {
    api_key: {
      id,
      name,
      edition,
      family,
      scopes,
      ip_ranges: key.ipRanges,
      owner_user_id: key.ownerUserId,
      expires_at: key.expiresAt,
      retires_at: key.retiresAt,
      replaced_by: key.replacedBy,
      reason: key.revokeReason,
    },
  });
}
