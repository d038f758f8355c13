import type { BlockList } from 'node:net';
import type { Principal } from '#kernel/http/principal.ts';

/** A credential that was proven once. The key is the credential itself, so a hit costs one map look-up. */
export interface KnownCredential {
  principal: Principal;
  /** Addresses that may use it; null for all. */
  allowedAddresses: BlockList | null;
  /** When the database was asked last; another process may have revoked it since. */
  provenAtMs: number;
  /** Ids (grant, client, user, organisation, key, session) whose end is the end of this credential. */
  dependsOn: readonly string[];
}

/** Proven credentials, bounded, found again by whatever they depend on. */
export interface CredentialCache {
  get(token: string): KnownCredential | undefined;
  /** Keeps a credential unless something was dropped since `epoch`: the proof may be older than the revocation. */
  set(token: string, credential: KnownCredential, epoch: number): void;
  /** Take it before reading the proof. */
  epoch(): number;
  delete(token: string): void;
  /** Forgets every credential that depends on one of these ids, at once. */
  dropByIds(ids: Iterable<string>): void;
  size(): number;
}

export function createCredentialCache(maxEntries: number): CredentialCache {
  const entries = new Map<string, KnownCredential>();
  const tokensOf = new Map<string, Set<string>>();
  let epoch = 0;

  function remove(token: string): void {
    const entry = entries.get(token);
    if (!entry) return;
    entries.delete(token);
    for (const id of entry.dependsOn) {
      const tokens = tokensOf.get(id);
      tokens?.delete(token);
      if (tokens?.size === 0) tokensOf.delete(id);
    }
  }

  return {
    get: (token) => entries.get(token),
    epoch: () => epoch,
    set(token, credential, provenIn) {
      if (provenIn !== epoch) return;
      remove(token);
      // The oldest entry goes first: one that is in use comes back with one look-up.
      if (entries.size >= maxEntries) remove(entries.keys().next().value!);
      entries.set(token, credential);
      for (const id of credential.dependsOn) {
        const tokens = tokensOf.get(id);
        if (tokens) tokens.add(token);
        else tokensOf.set(id, new Set([token]));
      }
    },
    delete: remove,
    dropByIds(ids) {
      epoch++;
      for (const id of ids) for (const token of [...(tokensOf.get(id) ?? [])]) remove(token);
    },
    size: () => entries.size,
  };
}
