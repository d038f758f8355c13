import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '#kernel/clock.ts';
import { StartupError } from '#kernel/startup-error.ts';
import {
  createKeyringFile,
  keyringFileStamp,
  readKeyringFile,
  replaceKeyringFile,
  withKeyringLock,
} from './keyring-file.ts';

/**
 * The root of every key: numbered master keys, of which one is current, and one index key that never rotates (a
 * rotated blind index would no longer find what it indexed). They come from a file (the embedded default) or from the
 * settings MASTER_KEYS and INDEX_KEY (from a secret store). Nothing here ever prints a key.
 */
export interface Keyring {
  /** The version that seals new values. */
  readonly current: number;
  /** Root of the blind indexes. */
  readonly indexKey: KeyObject;
  /** Names this keyring without revealing it: 16 hex digits, the same after rotations. Store it beside the data and
   * compare at the next start, so that data never meets a foreign keyring. */
  readonly fingerprint: string;
  /** The master key of a version, or undefined. An unknown version rereads the file first: another process may have
   * rotated. */
  get(version: number): KeyObject | undefined;
  /** Makes a new current key, durable before it returns. The old one still opens what it sealed; after a leak pass
   * 'compromised', rewrap all subject keys and reseal all secrets. Throws when the keys come from settings. */
  rotate(previousStatus?: 'retired' | 'compromised'): number;
  /** Rereads the file, for a process that did not rotate itself. */
  reload(): void;
  /** Versions without their keys, for the rotation policy (C-94: data keys 365 days) and the admin command. */
  describe(): MasterKeyInfo[];
}

export type MasterKeyStatus = 'active' | 'retired' | 'compromised';

export interface MasterKeyInfo {
  version: number;
  status: MasterKeyStatus;
  /** RFC 3339, UTC; null when the keys come from settings. */
  createdAt: string | null;
}

export interface KeyringSource {
  /** Path of the keyring file; used when `masterKeys` is not given. */
  file?: string;
  /** MASTER_KEYS: `1:base64,2:base64`, 32 bytes each; the highest version is current. */
  masterKeys?: string;
  /** INDEX_KEY: base64 of 32 bytes; required with `masterKeys`. */
  indexKey?: string;
  /** Whether a missing file is created (default). Pass false when the database already holds sealed values: new keys
   * could not open them. */
  createIfMissing?: boolean;
  clock?: Clock;
}

interface MasterKey extends MasterKeyInfo {
  key: KeyObject;
}

interface Contents {
  current: number;
  indexKey: KeyObject;
  masterKeys: Map<number, MasterKey>;
}

const LOOK_EVERY_MS = 1_000;
const KEY_BYTES = 32;
/** Versions travel as two bytes in front of sealed values. */
const MAX_VERSION = 0xffff;

/** Opens the keyring, creating the file on first use. Every failure is one StartupError whose sentence says what to do. */
export function openKeyring(source: KeyringSource): Keyring {
  if (source.masterKeys !== undefined) return settingsKeyring(source.masterKeys, source.indexKey);
  if (source.file === undefined) throw new StartupError('No keys: set the path of a keyring file or MASTER_KEYS.');
  return fileKeyring(source.file, source.createIfMissing ?? true, source.clock ?? systemClock);
}

function fileKeyring(file: string, createIfMissing: boolean, clock: Clock): Keyring {
  let contents = load(file) ?? create(file, createIfMissing, clock);
  let stamp = keyringFileStamp(file);
  let lookedAtMs = performance.now();

  function reread(): Contents {
    stamp = keyringFileStamp(file);
    return load(file) ?? lost(file);
  }

  /** Another process may have replaced the key, because it leaked: nothing is sealed with the old one for long. */
  function follow(): void {
    const nowMs = performance.now();
    if (nowMs - lookedAtMs < LOOK_EVERY_MS) return;
    lookedAtMs = nowMs;
    if (keyringFileStamp(file) !== stamp) contents = reread();
  }

  return {
    get current() {
      follow();
      return contents.current;
    },
    get indexKey() {
      return contents.indexKey;
    },
    fingerprint: fingerprintOf(contents.indexKey),
    get(version) {
      if (!contents.masterKeys.has(version)) contents = reread();
      return contents.masterKeys.get(version)?.key;
    },
    rotate(previousStatus = 'retired') {
      return withKeyringLock(file, clock.nowMs(), () => {
        const next = rotated(reread(), previousStatus, clock);
        replaceKeyringFile(file, serialize(next), clock.nowMs());
        contents = next;
        stamp = keyringFileStamp(file);
        return next.current;
      });
    },
    reload() {
      contents = reread();
    },
    describe: () => describe(contents),
  };
}

function settingsKeyring(masterKeys: string, indexKey: string | undefined): Keyring {
  const contents = parseSettings(masterKeys, indexKey);
  return {
    current: contents.current,
    indexKey: contents.indexKey,
    fingerprint: fingerprintOf(contents.indexKey),
    get: (version) => contents.masterKeys.get(version)?.key,
    rotate() {
      throw new StartupError('The keys come from MASTER_KEYS: add the next version there and restart.');
    },
    reload() {},
    describe: () => describe(contents),
  };
}

function parseSettings(setting: string, indexKeySetting: string | undefined): Contents {
  const masterKeys = new Map<number, MasterKey>();
  for (const [index, entry] of setting.split(',').entries()) {
    const [, digits, encoded] = /^\s*([1-9]\d{0,4}):(\S+)\s*$/.exec(entry) ?? [];
    const version = Number(digits);
    const key = decodeKey(encoded);
    if (key === null || version > MAX_VERSION || masterKeys.has(version)) {
      // The entry itself is a secret: only its position is named.
      throw new StartupError(
        `Entry ${index + 1} of MASTER_KEYS is wrong: write "version:key", each version once, the key as base64 of 32 bytes.`,
      );
    }
    masterKeys.set(version, { version, status: 'retired', createdAt: null, key });
  }
  const indexKey = decodeKey(indexKeySetting);
  if (indexKey === null) throw new StartupError('INDEX_KEY must be set with MASTER_KEYS: base64 of 32 random bytes.');
  const current = Math.max(...masterKeys.keys());
  masterKeys.get(current)!.status = 'active';
  return { current, indexKey, masterKeys };
}

function create(file: string, createIfMissing: boolean, clock: Clock): Contents {
  if (!createIfMissing) return lost(file);
  const contents = rotated(
    { current: 0, indexKey: createSecretKey(randomBytes(KEY_BYTES)), masterKeys: new Map() },
    'retired',
    clock,
  );
  if (createKeyringFile(file, serialize(contents), clock.nowMs())) return contents;
  return load(file) ?? lost(file);
}

function rotated(old: Contents, previousStatus: 'retired' | 'compromised', clock: Clock): Contents {
  const version = Math.max(0, ...old.masterKeys.keys()) + 1;
  if (version > MAX_VERSION)
    throw new StartupError(`The keyring is full: ${MAX_VERSION} versions are the most it can hold.`);
  const masterKeys = new Map(old.masterKeys);
  const previous = masterKeys.get(old.current);
  if (previous !== undefined) masterKeys.set(old.current, { ...previous, status: previousStatus });
  const key = createSecretKey(randomBytes(KEY_BYTES));
  masterKeys.set(version, { version, status: 'active', createdAt: clock.now().toISOString(), key });
  return { current: version, indexKey: old.indexKey, masterKeys };
}

function serialize(contents: Contents): string {
  const encode = (key: KeyObject) => key.export().toString('base64');
  return `${JSON.stringify(
    {
      format: 1,
      current: contents.current,
      index_key: encode(contents.indexKey),
      master_keys: [...contents.masterKeys.values()].map(({ version, status, createdAt, key }) => ({
        version,
        status,
        created_at: createdAt,
        key: encode(key),
      })),
    },
    null,
    2,
  )}\n`;
}

function load(file: string): Contents | null {
  const text = readKeyringFile(file);
  if (text === null) return null;
  const contents = parseFile(text);
  if (contents === null) throw new StartupError(`The keyring ${file} is damaged: restore it from its backup.`);
  return contents;
}

/** The contents, or null when anything is not as this file writes it: half a keyring must never start a server. */
function parseFile(text: string): Contents | null {
  const document = asRecord(parseJson(text));
  const indexKey = decodeKey(document?.index_key);
  if (document?.format !== 1 || indexKey === null || !Array.isArray(document.master_keys)) return null;
  const masterKeys = new Map<number, MasterKey>();
  for (const entry of document.master_keys) {
    const masterKey = parseMasterKey(asRecord(entry));
    if (masterKey === null || masterKeys.has(masterKey.version)) return null;
    masterKeys.set(masterKey.version, masterKey);
  }
  const current = document.current;
  if (typeof current !== 'number' || masterKeys.get(current)?.status !== 'active') return null;
  return { current, indexKey, masterKeys };
}

function parseMasterKey(entry: Record<string, unknown> | null): MasterKey | null {
  const key = decodeKey(entry?.key);
  if (entry === null || key === null) return null;
  const { version, status, created_at: createdAt } = entry;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1 || version > MAX_VERSION) return null;
  if (status !== 'active' && status !== 'retired' && status !== 'compromised') return null;
  if (typeof createdAt !== 'string' || Number.isNaN(Date.parse(createdAt))) return null;
  return { version, status, createdAt, key };
}

/** A key from canonical base64 of exactly 32 bytes, or null. */
function decodeKey(encoded: unknown): KeyObject | null {
  if (typeof encoded !== 'string') return null;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== encoded.trim()) return null;
  return createSecretKey(bytes);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which holds keys.
    return null;
  }
}

function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}

function describe(contents: Contents): MasterKeyInfo[] {
  return [...contents.masterKeys.values()].map(({ version, status, createdAt }) => ({ version, status, createdAt }));
}

function fingerprintOf(indexKey: KeyObject): string {
  return createHmac('sha256', indexKey).update('keyring-fingerprint').digest('hex').slice(0, 16);
}

function lost(file: string): never {
  throw new StartupError(`The keyring ${file} is missing, but data sealed with it exists: restore it from its backup.`);
}
