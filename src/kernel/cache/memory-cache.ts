import type { Clock } from '../clock.ts';
import type { Cache, CacheEntry, CacheHit, CacheObject, CacheSubject, ResourceStatistics } from './cache.ts';
import { type KeptText, keep, textOf } from './compression.ts';

const VERSIONS_MAX = 100_000;
/** What an entry costs beside its text: key, ETag, the map. */
const ENTRY_BYTES = 200;

export interface CacheOptions {
  /** How long an answer is given without asking again (CCH-02). */
  ttlMs: number;
  /** Bytes that the answers of one tenant may take; beyond them its own least recently used go (CCH-13). */
  partitionBytesMax: number;
  /** Bytes of all tenants; when they are used up a tenant makes room of its own or keeps nothing more. */
  bytesMax: number;
  /** Hears of a resource whose hits fell below the target in the last lookups (CCH-09). */
  onLowHitRate?(resource: string, ratio: number): void;
}

export const STANDARD_CACHE: CacheOptions = {
  ttlMs: 300_000,
  partitionBytesMax: 8 * 1024 * 1024,
  bytesMax: 256 * 1024 * 1024,
};

/** The target of CCH-09, looked at once in so many lookups of a resource. */
export const HIT_RATE_TARGET = 0.95;
export const HIT_RATE_WINDOW = 10_000;

/** The version of an object. Entries hold on to it, so that looking whether one is current costs no look-up. */
interface Version {
  number: number;
}

interface Stored {
  /** `{service}:{resource}:{id}:{version}`. */
  key: string;
  kept: KeptText;
  etag: string;
  bytes: number;
  expiresAtMs: number;
  version: Version;
  storedVersion: number;
  isRefreshing: boolean;
  counts: Counts;
}

interface Counts extends ResourceStatistics {
  windowStart: { found: number; asked: number };
}

interface Partition {
  entries: Map<string, Stored>;
  bytes: number;
}

/** The cache of one process. */
export class MemoryCache implements Cache {
  readonly #clock: Clock;
  readonly #options: CacheOptions;
  readonly #partitions = new Map<string, Partition>();
  readonly #versions = new Map<string, Version>();
  readonly #counts = new Map<string, Counts>();
  #nextVersion = 1;
  #bytes = 0;

  constructor(clock: Clock, options: CacheOptions = STANDARD_CACHE) {
    this.#clock = clock;
    this.#options = options;
  }

  get(subject: CacheSubject): CacheHit | undefined {
    const partition = this.#partitions.get(subject.partition);
    const name = nameOf(subject);
    const stored = partition?.entries.get(name);
    if (!partition || !stored || stored.version.number !== stored.storedVersion) return this.#missed(subject, name);
    const overdueMs = this.#clock.nowMs() - stored.expiresAtMs;
    // A text that nobody asked for in twice its time is not shown any more.
    if (overdueMs >= this.#options.ttlMs) return this.#missed(subject, name);
    // Moves the entry to the young end of the map, which keeps insertion order.
    partition.entries.delete(name);
    partition.entries.set(name, stored);
    const { counts, etag } = stored;
    counts.hits++;
    if ((counts.hits + counts.misses) % HIT_RATE_WINDOW === 0) this.#lookAtHitRate(counts);
    const text = textOf(stored.kept);
    if (overdueMs < 0) return { text, etag };
    counts.stale++;
    if (stored.isRefreshing) return { text, etag };
    stored.isRefreshing = true;
    return { text, etag, refresh: true };
  }

  version(object: CacheObject): number {
    return this.#versionOf(object).number;
  }

  put(subject: CacheSubject, version: number, { text, etag }: CacheEntry, ttlMs: number = this.#options.ttlMs): void {
    const current = this.#versionOf(subject);
    // The object changed while it was being read: the text is of an older state.
    if (version !== current.number) return;
    const name = nameOf(subject);
    this.#remove(subject.partition, name);
    const length = Buffer.byteLength(text);
    const kept = keep(text, length);
    const bytes = (typeof kept === 'string' ? length : kept.length) + ENTRY_BYTES;
    const partition = this.#makeRoom(subject.partition, bytes);
    if (!partition) return;
    const key = `${subject.service}:${subject.resource}:${subject.id}:${version}`;
    const expiresAtMs = this.#clock.nowMs() + ttlMs;
    const counts = this.#countsOf(subject);
    const more = { version: current, storedVersion: version, isRefreshing: false, counts };
    partition.entries.set(name, { key, kept, etag, bytes, expiresAtMs, ...more });
    partition.bytes += bytes;
    this.#bytes += bytes;
  }

  abandonRefresh(subject: CacheSubject): void {
    const stored = this.#partitions.get(subject.partition)?.entries.get(nameOf(subject));
    if (stored) stored.isRefreshing = false;
  }

  invalidate(object: CacheObject): void {
    this.#versionOf(object).number = this.#nextVersion++;
  }

  statistics() {
    let entries = 0;
    for (const partition of this.#partitions.values()) entries += partition.entries.size;
    const resources = [...this.#counts.values()].map(({ name, hits, stale, misses }) => ({
      name,
      hits,
      stale,
      misses,
    }));
    return { entries, bytes: this.#bytes, resources };
  }

  /** The keys of a tenant, the least recently used first. */
  keys(partition: string): string[] {
    return [...(this.#partitions.get(partition)?.entries.values() ?? [])].map((stored) => stored.key);
  }

  #missed(subject: CacheSubject, name: string): undefined {
    const counts = this.#countsOf(subject);
    counts.misses++;
    if ((counts.hits + counts.misses) % HIT_RATE_WINDOW === 0) this.#lookAtHitRate(counts);
    this.#remove(subject.partition, name);
    return undefined;
  }

  /** Room for so many bytes, made of the tenant's own entries alone; undefined when there is none. */
  #makeRoom(name: string, bytes: number): Partition | undefined {
    const { partitionBytesMax, bytesMax } = this.#options;
    let partition = this.#partitions.get(name);
    if (!partition) {
      partition = { entries: new Map(), bytes: 0 };
      this.#partitions.set(name, partition);
    }
    for (const oldest of partition.entries.keys()) {
      if (partition.bytes + bytes <= partitionBytesMax && this.#bytes + bytes <= bytesMax) break;
      this.#remove(name, oldest);
    }
    return partition.bytes + bytes <= partitionBytesMax && this.#bytes + bytes <= bytesMax ? partition : undefined;
  }

  #remove(partitionName: string, name: string): void {
    const partition = this.#partitions.get(partitionName);
    const stored = partition?.entries.get(name);
    if (!partition || !stored) return;
    partition.entries.delete(name);
    partition.bytes -= stored.bytes;
    this.#bytes -= stored.bytes;
  }

  #versionOf({ service, resource, id }: CacheObject): Version {
    const name = `${service}:${resource}:${id}`;
    let version = this.#versions.get(name);
    if (!version) {
      if (this.#versions.size >= VERSIONS_MAX) this.#forgetVersions();
      version = { number: this.#nextVersion++ };
      this.#versions.set(name, version);
    }
    return version;
  }

  /** The oldest half goes. Whoever still holds one of them, entry or reader, finds that its number has moved on. */
  #forgetVersions(): void {
    let surplus = VERSIONS_MAX / 2;
    for (const [name, version] of this.#versions) {
      if (surplus-- <= 0) return;
      version.number = this.#nextVersion++;
      this.#versions.delete(name);
    }
  }

  #countsOf({ service, resource }: CacheObject): Counts {
    const name = `${service}:${resource}`;
    let counts = this.#counts.get(name);
    if (!counts) {
      counts = { name, hits: 0, stale: 0, misses: 0, windowStart: { found: 0, asked: 0 } };
      this.#counts.set(name, counts);
    }
    return counts;
  }

  #lookAtHitRate(counts: Counts): void {
    const asked = counts.hits + counts.misses;
    const ratio = (counts.hits - counts.windowStart.found) / (asked - counts.windowStart.asked);
    counts.windowStart = { found: counts.hits, asked };
    if (ratio < HIT_RATE_TARGET) this.#options.onLowHitRate?.(counts.name, ratio);
  }
}

function nameOf({ view, id }: CacheSubject): string {
  return `${view}:${id}`;
}
