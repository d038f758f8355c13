import type { Clock } from '../clock.ts';
import type { Cache, CacheEntry, CacheSubject } from './cache.ts';

export const DEFAULT_TTL_MS = 300_000;
const PARTITION_BYTES_MAX = 8 * 1024 * 1024;
const VERSIONS_MAX = 100_000;

interface Stored extends CacheEntry {
  key: string;
  bytes: number;
  expiresAtMs: number;
}

/** The cache of one process: least recently used goes first, inside each tenant's own quota (CCH-13). */
export class MemoryCache implements Cache {
  readonly #clock: Clock;
  readonly #partitions = new Map<string, Map<string, Stored>>();
  readonly #sizes = new Map<string, number>();
  readonly #versions = new Map<string, number>();
  #nextVersion = 1;
  /** The version of every object that has none of its own; moves on when versions are forgotten. */
  #floor = 0;
  #hits = 0;
  #misses = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(subject: CacheSubject): CacheEntry | undefined {
    const entries = this.#partitions.get(subject.partition);
    const name = nameOf(subject);
    const stored = entries?.get(name);
    if (!entries || !stored || stored.expiresAtMs <= this.#clock.nowMs()) {
      this.#misses++;
      return undefined;
    }
    // Moves the entry to the young end of the map, which keeps insertion order.
    entries.delete(name);
    entries.set(name, stored);
    this.#hits++;
    return stored;
  }

  version(subject: CacheSubject): number {
    return this.#versions.get(nameOf(subject)) ?? this.#floor;
  }

  put(subject: CacheSubject, version: number, entry: CacheEntry, ttlMs: number = DEFAULT_TTL_MS): void {
    const name = nameOf(subject);
    // The object changed while it was being read: the text is of an older state.
    if (version !== (this.#versions.get(name) ?? this.#floor)) return;
    const entries = this.#partition(subject.partition);
    this.#remove(subject.partition, entries, name);
    const key = `${name}:${version}`;
    const bytes = Buffer.byteLength(entry.text);
    entries.set(name, { ...entry, key, bytes, expiresAtMs: this.#clock.nowMs() + ttlMs });
    let size = (this.#sizes.get(subject.partition) ?? 0) + bytes;
    this.#sizes.set(subject.partition, size);
    while (size > PARTITION_BYTES_MAX) {
      this.#remove(subject.partition, entries, entries.keys().next().value as string);
      size = this.#sizes.get(subject.partition)!;
    }
  }

  invalidate(subject: Omit<CacheSubject, 'partition'>): void {
    const name = nameOf(subject);
    this.#versions.set(name, this.#nextVersion++);
    for (const [partition, entries] of this.#partitions) this.#remove(partition, entries, name);
    if (this.#versions.size > VERSIONS_MAX) this.#forgetVersions();
  }

  statistics() {
    let entries = 0;
    let bytes = 0;
    for (const partition of this.#partitions.values()) entries += partition.size;
    for (const size of this.#sizes.values()) bytes += size;
    return { entries, bytes, hits: this.#hits, misses: this.#misses };
  }

  #partition(name: string): Map<string, Stored> {
    let entries = this.#partitions.get(name);
    if (!entries) {
      entries = new Map();
      this.#partitions.set(name, entries);
    }
    return entries;
  }

  #remove(partition: string, entries: Map<string, Stored>, name: string): void {
    const stored = entries.get(name);
    if (!stored) return;
    entries.delete(name);
    this.#sizes.set(partition, this.#sizes.get(partition)! - stored.bytes);
  }

  /** The oldest versions go; the floor moves past them, so that a reader who still holds one does not store. */
  #forgetVersions(): void {
    this.#floor = this.#nextVersion++;
    let surplus = this.#versions.size - VERSIONS_MAX / 2;
    for (const name of this.#versions.keys()) {
      if (surplus-- <= 0) return;
      this.#versions.delete(name);
    }
  }
}

function nameOf(subject: Omit<CacheSubject, 'partition'>): string {
  return `${subject.service}:${subject.resource}:${subject.id}`;
}
