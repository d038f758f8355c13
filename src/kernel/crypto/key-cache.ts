import type { KeyObject } from 'node:crypto';

/**
 * A bounded map of imported keys, least recently used out first. Importing a key costs more than using it, so keys live
 * here as KeyObjects; a KeyObject never prints its bytes.
 */
export interface KeyCache {
  get(name: string): KeyObject | undefined;
  set(name: string, key: KeyObject): void;
}

export function createKeyCache(maxKeys: number): KeyCache {
  // A Map iterates in insertion order: re-inserting on every use would cost two operations a hit, so a hit only moves
  // the entry when the cache is at least half full and eviction is therefore near.
  const keys = new Map<string, KeyObject>();
  return {
    get(name) {
      const key = keys.get(name);
      if (key !== undefined && keys.size * 2 > maxKeys) {
        keys.delete(name);
        keys.set(name, key);
      }
      return key;
    },
    set(name, key) {
      keys.delete(name);
      keys.set(name, key);
      if (keys.size > maxKeys) keys.delete(keys.keys().next().value!);
    },
  };
}
