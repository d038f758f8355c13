import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import { createKeyCache } from './key-cache.ts';
import type { Keyring } from './keyring.ts';

/**
 * A blind index finds a sealed value by equality without opening it: 16 bytes of HMAC-SHA256 under a key per
 * organisation and field. Equal values of one field of one organisation give equal bytes; across fields or
 * organisations nothing can be compared. Its key does not rotate with the master keys (see the keyring).
 *
 * `normalisedValue` is what the caller considers equal (a lower-cased e-mail address, an E.164 number). For a look-up
 * over all organisations, such as a login, pass 'platform' as the organisation.
 */
export type BlindIndex = (orgId: string, field: string, normalisedValue: string) => Buffer;

const INDEX_BYTES = 16;
const KEY_BYTES = 32;
const MAX_KEYS = 10_000;

export function createBlindIndex(keyring: Keyring): BlindIndex {
  const cache = createKeyCache(MAX_KEYS);

  return function blindIndex(orgId, field, normalisedValue) {
    const name = `${orgId}\0${field}`;
    let key = cache.get(name);
    if (key === undefined) {
      const bytes = Buffer.from(hkdfSync('sha256', keyring.indexKey, orgId, `blind-index:${field}`, KEY_BYTES));
      key = createSecretKey(bytes);
      bytes.fill(0);
      cache.set(name, key);
    }
    return createHmac('sha256', key).update(normalisedValue, 'utf8').digest().subarray(0, INDEX_BYTES);
  };
}
