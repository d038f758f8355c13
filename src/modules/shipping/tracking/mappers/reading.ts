import { createHash } from 'node:crypto';
import { invalidField } from '#kernel/errors.ts';
import type { ShipmentStatus } from '../../shipments/status.ts';

/** News of one parcel, as a carrier's mapper reads it. */
export interface ParcelNews {
  trackingNumber: string;
  key: string;
  /** Null when the carrier's word is not among those we know; the word is kept. */
  status: ShipmentStatus | null;
  rawStatus: string;
  description: string | null;
  location: string | null;
  /** ISO 8601 UTC. */
  occurredAt: string;
}

/** Reads the payload of one carrier. Unknown fields and words are no error; a payload without news of a parcel is. */
export type CarrierMapper = (payload: unknown) => ParcelNews[];

type Step = string | number;

const RAW_MAX = 64;
const TEXT_MAX = 300;
/** A carrier sends the scans of one parcel or a handful; what is longer is no news but a flood. */
const NEWS_MAX = 200;

/** What lies at a path of a foreign payload; undefined wherever it ends early. */
export function at(payload: unknown, ...path: Step[]): unknown {
  let value: unknown = payload;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<Step, unknown>)[step];
  }
  return value;
}

/** One line of text at a path, or null; numbers count as text. Control characters go, and what is too long is cut. */
export function textAt(payload: unknown, ...path: Step[]): string | null {
  const value = at(payload, ...path);
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value)
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return text === '' ? null : [...text].slice(0, TEXT_MAX).join('');
}

/** The list at a path; a single object counts as a list of one. Errors: `validation` when it is neither, empty or endless. */
export function listAt(payload: unknown, ...path: Step[]): unknown[] {
  const value = at(payload, ...path);
  const list = Array.isArray(value) ? value : typeof value === 'object' && value !== null ? [value] : [];
  const name = path.join('.');
  if (list.length === 0) throw invalidField(name, 'required', `The payload has no \`${name}\`.`);
  if (list.length > NEWS_MAX) throw invalidField(name, 'too_many', `Send at most ${NEWS_MAX} entries.`);
  return list;
}

/** The text at a path that there must be. Errors: `validation`. */
export function requiredAt(payload: unknown, ...path: Step[]): string {
  const text = textAt(payload, ...path);
  if (text !== null) return text;
  const name = path.join('.');
  throw invalidField(name, 'required', `The payload has no \`${name}\`.`);
}

/** An instant with its offset, as ISO 8601 UTC. Errors: `validation` for a time without a zone or no time at all. */
export function instantOf(text: string, field: string): string {
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  const ms = hasZone ? Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) : Number.NaN;
  const isSane = ms > Date.UTC(2000, 0) && ms < Date.UTC(2200, 0);
  if (isSane) return new Date(ms).toISOString();
  throw invalidField(field, 'format', 'Send an ISO 8601 time with its offset, for example 2026-01-15T08:30:00Z.');
}

/**
 * A piece of news from its parts. Its key is a hash of the carrier's own id of it; for a carrier that gives none, of what
 * makes it the same news: parcel, word, time and place.
 */
export function newsOf(
  words: Readonly<Record<string, ShipmentStatus>>,
  parts: Omit<ParcelNews, 'key' | 'status'> & { eventId: string | null; word?: string },
): ParcelNews {
  const { eventId, word = parts.rawStatus, ...news } = parts;
  const known = word.toUpperCase();
  const identity = eventId === null ? [news.trackingNumber, news.rawStatus, news.occurredAt, news.location] : [eventId];
  return {
    ...news,
    rawStatus: [...news.rawStatus].slice(0, RAW_MAX).join(''),
    status: Object.hasOwn(words, known) ? words[known]! : null,
    key: createHash('sha256').update(JSON.stringify(identity)).digest('hex'),
  };
}

/** Parts of a place that are there, in one line. */
export function placeOf(...parts: (string | null)[]): string | null {
  return parts.filter((part) => part !== null).join(', ') || null;
}
