import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { DAY_MS, HOUR_MS, SECOND_MS } from '#kernel/clock.ts';
import type { CommandContext } from '#kernel/context.ts';
import { prepared } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { identityEvent } from '../events.ts';
import { machineryContext, PLATFORM_TENANT } from '../platform.ts';

/** A key is replaced at this age; its last token lives one hour longer, and clocks differ a little. */
export const SIGNING_KEY_AGE_MS = 90 * DAY_MS;
const PUBLISHED_AFTER_RETIREMENT_MS = 2 * HOUR_MS;
/** An unknown key id makes one process look for keys of another at most this often. */
const RELOAD_AT_MOST_EVERY_MS = 5 * SECOND_MS;
/** How long this process may go on signing with a key that another process has replaced. */
const TRUSTED_FOR_MS = 60 * SECOND_MS;

export const ROTATE_JOB = 'identity.rotate-signing-key';

export interface SigningKey {
  id: string;
  privateKey: KeyObject;
}

/** The ES256 keys of this installation: one signs, those whose tokens may still be in use verify. */
export interface SigningKeys {
  current(): Promise<SigningKey>;
  /** The public key with this id while it is published; looks once more for keys made by another process. */
  verificationKey(keyId: string): Promise<KeyObject | null>;
  /** The public keys as JWKs, newest first. */
  published(): Promise<JWK[]>;
  /** Replaces the signing key at once; the old one stays published until its tokens have expired. Returns the new id. */
  rotate(context: CommandContext): Promise<string>;
  /** Rotates when `keyId` is still the one that signs. */
  rotateIfCurrent(keyId: string): Promise<void>;
}

interface StoredKey {
  id: string;
  jwk: JWK;
  publicKey: KeyObject;
  sealed: Buffer;
  retired: boolean;
  expiresAtMs: number;
}

const selectPublished = prepared(`select id, public_key, private_key, retired_at, expires_at from identity.signing_keys
  where expires_at is null or expires_at > $1 order by created_at desc, id`);
const insertKey = prepared(`insert into identity.signing_keys
  (id, org_id, livemode, version, public_key, private_key, created_at) values ($1, $2, true, 1, $3, $4, $5)`);
const retireOthers = prepared(`update identity.signing_keys set retired_at = $2, expires_at = $3, version = version + 1
  where id <> $1 and retired_at is null`);

/** The place of a sealed private key. */
export function signingKeyContext(id: string): string {
  return `identity.signing_keys:${id}`;
}

export function createSigningKeys(kit: ModuleKit): SigningKeys {
  const { database, writes, clock, sealing } = kit;
  let keys: StoredKey[] | null = null;
  let loading: Promise<StoredKey[]> | null = null;
  let loadedAtMs = 0;
  let signing: SigningKey | null = null;

  async function load(): Promise<StoredKey[]> {
    const rows = await database.read(everyTenant, selectPublished([clock.now().toISOString()]));
    keys = rows.map((row) => ({
      id: row.id,
      jwk: row.public_key,
      publicKey: createPublicKey({ key: row.public_key, format: 'jwk' }),
      sealed: row.private_key,
      retired: row.retired_at !== null,
      expiresAtMs: row.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(row.expires_at),
    }));
    loadedAtMs = clock.nowMs();
    return keys;
  }

  /** Concurrent callers share one look-up. */
  function reload(): Promise<StoredKey[]> {
    loading ??= load().finally(() => {
      loading = null;
    });
    return loading;
  }

  async function known(): Promise<StoredKey[]> {
    const fresh = keys && clock.nowMs() - loadedAtMs < TRUSTED_FOR_MS;
    const found = fresh ? keys! : await reload();
    if (found.some((key) => !key.retired)) return found;
    await create(machineryContext('signing-keys', PLATFORM_TENANT));
    return reload();
  }

  async function create(context: CommandContext): Promise<string> {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicJwk = pair.publicKey.export({ format: 'jwk' }) as JWK;
    const id = await calculateJwkThumbprint(publicJwk);
    const now = clock.now();
    const jwk = { ...publicJwk, kid: id, alg: 'ES256', use: 'sig' };
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const sealed = sealing.sealForPlatform(pem, signingKeyContext(id));
    await writes.store(context, {
      statements: [
        insertKey([id, PLATFORM_TENANT.orgId, jwk, sealed, now.toISOString()]),
        retireOthers([id, now.toISOString(), new Date(now.getTime() + PUBLISHED_AFTER_RETIREMENT_MS).toISOString()]),
      ],
      events: [identityEvent('signing_key.rotated', id, 1, { signing_key: { id } })],
      jobs: [{ kind: ROTATE_JOB, payload: { key_id: id }, runAt: new Date(now.getTime() + SIGNING_KEY_AGE_MS) }],
      result: id,
    });
    keys = null;
    return id;
  }

  async function current(): Promise<SigningKey> {
    const key = (await known()).find((each) => !each.retired)!;
    if (signing?.id === key.id) return signing;
    const pem = sealing.openForPlatform(key.sealed, signingKeyContext(key.id));
    signing = { id: key.id, privateKey: createPrivateKey(pem) };
    return signing;
  }

  return {
    current,

    async verificationKey(keyId) {
      const find = (among: readonly StoredKey[]) =>
        among.find((key) => key.id === keyId && key.expiresAtMs > clock.nowMs())?.publicKey ?? null;
      const found = find(await known());
      if (found || clock.nowMs() - loadedAtMs < RELOAD_AT_MOST_EVERY_MS) return found;
      return find(await reload());
    },

    async published() {
      const nowMs = clock.nowMs();
      return (await known()).filter((key) => key.expiresAtMs > nowMs).map((key) => key.jwk);
    },

    rotate: (context) => create({ ...context, tenant: PLATFORM_TENANT }),

    async rotateIfCurrent(keyId) {
      await reload();
      if ((await current()).id === keyId) await create(machineryContext(ROTATE_JOB, PLATFORM_TENANT));
    },
  };
}
