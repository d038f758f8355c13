import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { createKeyCache } from './key-cache.ts';
import type { Keyring } from './keyring.ts';

const KEY_BYTES = 32;
const MAX_KEYS = 1_000;

/**
 * The keys of one part of the product that shares nothing with the others, such as the card vault: derived from the same
 * roots, so that they rotate together, and of no use for anything else's values.
 */
export function partKeyring(keyring: Keyring, part: string): Keyring {
  const cache = createKeyCache(MAX_KEYS);

  function derived(root: KeyObject, name: string): KeyObject {
    const known = cache.get(name);
    if (known) return known;
    const bytes = Buffer.from(hkdfSync('sha256', root, part, `part:${name}`, KEY_BYTES));
    const key = createSecretKey(bytes);
    bytes.fill(0);
    cache.set(name, key);
    return key;
  }

  return {
    get current() {
      return keyring.current;
    },
    get indexKey() {
      return derived(keyring.indexKey, 'index');
    },
    fingerprint: keyring.fingerprint,
    get(version) {
      const root = keyring.get(version);
      return root && derived(root, `master:${version}`);
    },
    rotate: (previousStatus) => keyring.rotate(previousStatus),
    reload: () => keyring.reload(),
    describe: () => keyring.describe(),
  };
}
