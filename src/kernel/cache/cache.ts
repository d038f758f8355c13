/** An answer kept ready as text: Node writes head and body of a text at once, those of a buffer in two pieces. */
export interface CacheEntry {
  text: string;
  etag: string;
}

/** What is cached: an object of a service, in one tenant's partition that no other tenant shares (CCH-13). */
export interface CacheSubject {
  service: string;
  resource: string;
  id: string;
  /** `orgId|livemode`. */
  partition: string;
}

/**
 * The cache port (in process here; Redis Cluster in the reference deployment). Keys follow
 * `{service}:{resource}:{id}:{version}` (CCH-07); `invalidate` moves the version on, so an entry that was computed from
 * an older state is never found again, even when it is stored late.
 */
export interface Cache {
  get(subject: CacheSubject): CacheEntry | undefined;
  /** Remembers the version before the value is read from the database; hand it to `put`. */
  version(subject: CacheSubject): number;
  put(subject: CacheSubject, version: number, entry: CacheEntry, ttlMs?: number): void;
  invalidate(subject: Omit<CacheSubject, 'partition'>): void;
  statistics(): { entries: number; bytes: number; hits: number; misses: number };
}
