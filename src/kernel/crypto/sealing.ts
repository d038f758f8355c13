import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  randomFillSync,
} from 'node:crypto';
import { type Clock, MINUTE_MS } from '#kernel/clock.ts';
import { createKeyCache } from './key-cache.ts';
import type { Keyring } from './keyring.ts';

/**
 * Sealing of values at rest: AES-256-GCM, a random 96-bit IV each, the context as authenticated data, so that a value
 * copied to another column or row does not open there.
 *
 *   master key [version]  --HKDF-SHA256(salt = organisation id, info = purpose)-->  organisation key
 *   organisation key      --wraps-->  subject key (32 random bytes, one per person; destroyed by erasure, C-89)
 *
 * Subject-sealed:            0x01 | iv 12 | tag 16 | ciphertext
 * Master-sealed, wrapped:    0x02 | master version, 2 bytes big-endian | iv 12 | tag 16 | ciphertext
 *
 * The length of the text stays visible; one key must seal fewer than 2^32 values (random IVs).
 */
export interface Sealing {
  /** A new key for a person. Store `wrappedKey` in `subject_keys`; deleting that row is the erasure. */
  createSubjectKey(orgId: string, subjectId: string): { wrappedKey: Buffer; key: SubjectKey };
  /** Unwraps, or takes the key from memory (5 minutes, 10,000 keys) if this very `wrappedKey` was opened before: who
   * has no row left has no key. Throws SealError. */
  openSubjectKey(orgId: string, subjectId: string, wrappedKey: Uint8Array): SubjectKey;
  /** The same key wrapped by the current master key; returns its argument when that is already so. Throws SealError. */
  rewrap(orgId: string, subjectId: string, wrappedKey: Buffer): Buffer;
  /** Drops the key of an erased person from this process's memory. */
  forget(subjectId: string): void;
  /** `context` names the place, e.g. `identity.users.email:usr_…`, and must be the same when opening. */
  seal(key: SubjectKey, plaintext: string, context: string): Buffer;
  /** Throws SealError when the key, the context or one bit differs. */
  open(key: SubjectKey, sealed: Uint8Array, context: string): string;
  /** For secrets of an organisation that must be read again, such as webhook signing secrets. */
  sealForOrganization(orgId: string, plaintext: string, context: string): Buffer;
  openForOrganization(orgId: string, sealed: Uint8Array, context: string): string;
  /** For the parts of an organisation's files; `context` names the file and the place of the part in it. */
  sealFilePart(orgId: string, part: Buffer, context: string): Buffer;
  openFilePart(orgId: string, sealed: Uint8Array, context: string): Buffer;
  /** For secrets of the installation, such as token signing keys. */
  sealForPlatform(plaintext: string, context: string): Buffer;
  openForPlatform(sealed: Uint8Array, context: string): string;
  /** Whether a wrapped key or a master-sealed value is under an older master key and should be sealed anew. Throws
   * SealError for anything else. */
  isOutdated(sealed: Uint8Array): boolean;
}

/** The key of one data subject. Use it within a request; do not keep it, or erasure cannot take it away. */
export interface SubjectKey {
  readonly subjectId: string;
  readonly secret: KeyObject;
}

export type SealFailure = 'not_authentic' | 'unknown_format' | 'unknown_master_key';

/** A value could not be opened. The message carries neither plaintext nor key, only where it happened. */
export class SealError extends Error {
  readonly reason: SealFailure;

  constructor(reason: SealFailure, message: string) {
    super(message);
    this.name = 'SealError';
    this.reason = reason;
  }
}

const SUBJECT_FORMAT = 1;
/** The first byte of what is sealed under a master key; the two after it are the version of the key. */
export const MASTER_FORMAT = 2;
const SUBJECT_HEADER_BYTES = 1;
const MASTER_HEADER_BYTES = 3;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const SUBJECT_KEY_LIFE_MS = 5 * MINUTE_MS;
const MAX_SUBJECT_KEYS = 10_000;
const MAX_ORGANIZATION_KEYS = 10_000;
const CIPHER = 'aes-256-gcm';
const CIPHER_OPTIONS = { authTagLength: TAG_BYTES };

type Purpose = 'subject-keys' | 'organization-secrets' | 'organization-files' | 'platform-secrets';

export function createSealing(keyring: Keyring, clock: Clock): Sealing {
  const masters = createMasterSealer(keyring);
  const subjects = createSubjectKeyCache(clock);
  const wrapContext = (orgId: string, subjectId: string) => `subject-key:${orgId}:${subjectId}`;

  function wrap(orgId: string, subjectId: string, bytes: Buffer): Buffer {
    return masters.seal('subject-keys', orgId, bytes, wrapContext(orgId, subjectId));
  }
  function unwrap(orgId: string, subjectId: string, wrappedKey: Uint8Array): Buffer {
    return masters.open('subject-keys', orgId, wrappedKey, wrapContext(orgId, subjectId));
  }

  return {
    createSubjectKey(orgId, subjectId) {
      const bytes = randomBytes(KEY_BYTES);
      const wrappedKey = wrap(orgId, subjectId, bytes);
      return { wrappedKey, key: subjects.remember(orgId, subjectId, wrappedKey, bytes) };
    },
    openSubjectKey(orgId, subjectId, wrappedKey) {
      return (
        subjects.find(orgId, subjectId, wrappedKey) ??
        subjects.remember(orgId, subjectId, wrappedKey, unwrap(orgId, subjectId, wrappedKey))
      );
    },
    rewrap(orgId, subjectId, wrappedKey) {
      if (masterVersionOf(wrappedKey) === keyring.current) return wrappedKey;
      const bytes = unwrap(orgId, subjectId, wrappedKey);
      const rewrapped = wrap(orgId, subjectId, bytes);
      bytes.fill(0);
      return rewrapped;
    },
    forget: subjects.forget,
    seal: (key, plaintext, context) =>
      encrypt(key.secret, Buffer.of(SUBJECT_FORMAT), Buffer.from(plaintext, 'utf8'), context),
    open(key, sealed, context) {
      if (sealed[0] !== SUBJECT_FORMAT) throw unknownFormat(context);
      return decrypt(key.secret, sealed, SUBJECT_HEADER_BYTES, context).toString('utf8');
    },
    sealForOrganization: (orgId, plaintext, context) =>
      masters.seal('organization-secrets', orgId, Buffer.from(plaintext, 'utf8'), context),
    openForOrganization: (orgId, sealed, context) =>
      masters.open('organization-secrets', orgId, sealed, context).toString('utf8'),
    sealFilePart: (orgId, part, context) => masters.seal('organization-files', orgId, part, context),
    openFilePart: (orgId, sealed, context) => masters.open('organization-files', orgId, sealed, context),
    sealForPlatform: (plaintext, context) =>
      masters.seal('platform-secrets', '', Buffer.from(plaintext, 'utf8'), context),
    openForPlatform: (sealed, context) => masters.open('platform-secrets', '', sealed, context).toString('utf8'),
    isOutdated(sealed) {
      const version = masterVersionOf(sealed);
      if (version === null) throw unknownFormat('The value');
      return version !== keyring.current;
    },
  };
}

/** Seals under keys derived from the master keys; the version in front keeps old values readable after a rotation. */
function createMasterSealer(keyring: Keyring) {
  const cache = createKeyCache(MAX_ORGANIZATION_KEYS);

  function derivedKey(version: number, purpose: Purpose, orgId: string): KeyObject | undefined {
    const name = `${version}:${purpose}:${orgId}`;
    const known = cache.get(name);
    if (known !== undefined) return known;
    const master = keyring.get(version);
    if (master === undefined) return undefined;
    const bytes = Buffer.from(hkdfSync('sha256', master, orgId, purpose, KEY_BYTES));
    const key = createSecretKey(bytes);
    bytes.fill(0);
    cache.set(name, key);
    return key;
  }

  return {
    seal(purpose: Purpose, orgId: string, plaintext: Buffer, context: string): Buffer {
      const version = keyring.current;
      const header = Buffer.of(MASTER_FORMAT, version >>> 8, version & 0xff);
      return encrypt(derivedKey(version, purpose, orgId)!, header, plaintext, context);
    },
    open(purpose: Purpose, orgId: string, sealed: Uint8Array, context: string): Buffer {
      const version = masterVersionOf(sealed);
      if (version === null) throw unknownFormat(context);
      const key = derivedKey(version, purpose, orgId);
      if (key === undefined) {
        throw new SealError(
          'unknown_master_key',
          `${context} is sealed with master key ${version}, which the keyring lacks: restore the keyring's newest backup.`,
        );
      }
      return decrypt(key, sealed, MASTER_HEADER_BYTES, context);
    },
  };
}

interface CachedSubjectKey extends SubjectKey {
  orgId: string;
  wrappedKey: Uint8Array;
  expiresAtMs: number;
}

function createSubjectKeyCache(clock: Clock) {
  // All entries live equally long, so insertion order is expiry order: the first is always the next to go.
  const entries = new Map<string, CachedSubjectKey>();

  function dropExpired(nowMs: number): void {
    for (const [subjectId, entry] of entries) {
      if (entry.expiresAtMs > nowMs && entries.size < MAX_SUBJECT_KEYS) return;
      entries.delete(subjectId);
    }
  }

  return {
    find(orgId: string, subjectId: string, wrappedKey: Uint8Array): SubjectKey | undefined {
      const entry = entries.get(subjectId);
      if (entry === undefined || entry.orgId !== orgId || entry.expiresAtMs <= clock.nowMs()) return undefined;
      return Buffer.compare(entry.wrappedKey, wrappedKey) === 0 ? entry : undefined;
    },
    /** Imports the key, wipes `bytes` and remembers the key. */
    remember(orgId: string, subjectId: string, wrappedKey: Uint8Array, bytes: Buffer): SubjectKey {
      const nowMs = clock.nowMs();
      const secret = createSecretKey(bytes);
      bytes.fill(0);
      const entry = {
        subjectId,
        secret,
        orgId,
        wrappedKey: new Uint8Array(wrappedKey),
        expiresAtMs: nowMs + SUBJECT_KEY_LIFE_MS,
      };
      entries.delete(subjectId);
      dropExpired(nowMs);
      entries.set(subjectId, entry);
      return entry;
    },
    forget(subjectId: string): void {
      entries.delete(subjectId);
    },
  };
}

function masterVersionOf(sealed: Uint8Array): number | null {
  if (sealed[0] !== MASTER_FORMAT || sealed.length < MASTER_HEADER_BYTES) return null;
  return (sealed[1]! << 8) | sealed[2]!;
}

/** IVs come from a refilled pool: one system call for hundreds of them. */
const ivPool = Buffer.alloc(IV_BYTES * 512);
let ivOffset = ivPool.length;

function nextIv(): Buffer {
  if (ivOffset === ivPool.length) {
    randomFillSync(ivPool);
    ivOffset = 0;
  }
  ivOffset += IV_BYTES;
  return ivPool.subarray(ivOffset - IV_BYTES, ivOffset);
}

function encrypt(key: KeyObject, header: Buffer, plaintext: Buffer, context: string): Buffer {
  const iv = nextIv();
  const cipher = createCipheriv(CIPHER, key, iv, CIPHER_OPTIONS);
  cipher.setAAD(Buffer.from(context, 'utf8'));
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([header, iv, cipher.getAuthTag(), ciphertext]);
}

function decrypt(key: KeyObject, sealed: Uint8Array, headerBytes: number, context: string): Buffer {
  const tagStart = headerBytes + IV_BYTES;
  const bodyStart = tagStart + TAG_BYTES;
  if (sealed.length < bodyStart) throw unknownFormat(context);
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(headerBytes, tagStart), CIPHER_OPTIONS);
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(sealed.subarray(tagStart, bodyStart));
  const plaintext = decipher.update(sealed.subarray(bodyStart));
  try {
    decipher.final();
  } catch {
    plaintext.fill(0);
    throw new SealError(
      'not_authentic',
      `${context} does not open: it was changed, moved from another place, or sealed with another key.`,
    );
  }
  return plaintext;
}

function unknownFormat(context: string): SealError {
  return new SealError('unknown_format', `${context} is not a sealed value of this kind.`);
}
