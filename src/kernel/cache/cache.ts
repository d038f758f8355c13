/** An answer kept ready as text: Node writes head and body of a text at once, those of a buffer in two pieces. */
export interface CacheEntry {
  text: string;
  etag: string;
}

/** What is found: `refresh` is set for the one reader of an overdue answer who shall read it anew in the background. */
export interface CacheHit extends CacheEntry {
  refresh?: true;
}

/** What an answer is about: an object of a service, or for a list whatever its tenant has of a kind. */
export interface CacheObject {
  service: string;
  resource: string;
  id: string;
}

export interface CacheSubject extends CacheObject {
  /** Which answer about it: the operation, and for a list its query. */
  view: string;
  /** `orgId|livemode`: no tenant is given what another one has stored (CCH-13). */
  partition: string;
}

export interface ResourceStatistics {
  /** `service:resource`. */
  name: string;
  hits: number;
  /** Hits on an answer past its time, while it was read anew. */
  stale: number;
  misses: number;
}

/**
 * The cache port (in process here; Redis Cluster in the reference deployment). Keys follow
 * `{service}:{resource}:{id}:{version}` (CCH-07); `invalidate` moves the version on (CCH-08), so an entry that was computed
 * from an older state is never found again, even when it is stored late.
 */
export interface Cache {
  get(subject: CacheSubject): CacheHit | undefined;
  /** Remembers the version before the value is read from the database; hand it to `put`. */
  version(subject: CacheObject): number;
  put(subject: CacheSubject, version: number, entry: CacheEntry, ttlMs?: number): void;
  /** The background reading that a `refresh` asked for failed: the next reader shall try. */
  abandonRefresh(subject: CacheSubject): void;
  invalidate(subject: CacheObject): void;
  statistics(): { entries: number; bytes: number; resources: ResourceStatistics[] };
}
