import type { TUnsafe } from 'typebox';
import { type Refusal, refuse } from './refusal.ts';
import { type FieldOptions, leaf } from './schema.ts';
import { tokenNormaliser } from './text.ts';

const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?Z$/;
const CALENDAR_DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const OFFSET_OR_ABBREVIATION = /^\d{4}-\d\d-\d\d.*(?:[+-]\d\d:?\d\d|[A-Za-z]{2,5})$/;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function readTimestamp(text: string): string | Refusal {
  const match = TIMESTAMP.exec(text);
  if (match === null) {
    if (OFFSET_OR_ABBREVIATION.test(text)) {
      return refuse('format', 'Convert the time to UTC and end it with Z, for example 2026-01-15T00:00:00Z.');
    }
    return refuse('format', 'Send an ISO 8601 time in UTC, for example 2026-01-15T00:00:00Z.');
  }
  if (!isRealDate(match)) return refuse('format', 'Send a date that is in the calendar.');
  const milliseconds = (match[7] ?? '').slice(0, 3).padEnd(3, '0');
  return `${text.slice(0, 19)}.${milliseconds}Z`;
}

function isRealDate(match: RegExpExecArray): boolean {
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && isLeap ? 29 : (DAYS_OF_MONTH[month - 1] ?? 0);
  return year >= 1 && day >= 1 && day <= days;
}

/**
 * An instant in ISO 8601 UTC ending in Z (VAL-04); offsets and zone abbreviations are refused (VAL-05, C-49).
 * Normalised to `YYYY-MM-DDTHH:mm:ss.sssZ`; digits after the millisecond are cut.
 */
export function timestamp(options: FieldOptions = {}): TUnsafe<string> {
  const normalise = tokenNormaliser(readTimestamp);
  return leaf(
    { kind: 'timestamp', normaliser: () => normalise },
    { type: 'string', format: 'date-time', examples: ['2026-01-15T00:00:00Z'] },
    options,
  );
}

/** A calendar field (due date, report range): also takes `YYYY-MM-DD`, read as 00:00:00.000Z of that day (C-49). */
export function calendarDate(options: FieldOptions = {}): TUnsafe<string> {
  const normalise = tokenNormaliser((text) => {
    const match = CALENDAR_DATE.exec(text);
    if (match === null) return readTimestamp(text);
    return isRealDate(match) ? `${text}T00:00:00.000Z` : refuse('format', 'Send a date that is in the calendar.');
  });
  return leaf(
    { kind: 'calendarDate', normaliser: () => normalise },
    {
      type: 'string',
      description: 'A day (YYYY-MM-DD, read as its start in UTC) or an ISO 8601 time in UTC.',
      examples: ['2026-01-15', '2026-01-15T00:00:00Z'],
    },
    options,
  );
}

/** An IANA time zone by name (`Europe/Berlin`, `UTC`); abbreviations such as EST and offsets are refused (VAL-05). */
export function timeZone(options: FieldOptions = {}): TUnsafe<string> {
  const normalise = tokenNormaliser((text) => {
    if (text.toUpperCase() === 'UTC') return 'UTC';
    if (isNamedZone(text)) return text;
    return refuse('format', 'Send the name of an IANA time zone, for example Europe/Berlin or UTC.');
  });
  return leaf(
    { kind: 'timeZone', normaliser: () => normalise },
    { type: 'string', description: 'An IANA time zone.', examples: ['Europe/Berlin'] },
    options,
  );
}

function isNamedZone(name: string): boolean {
  // Intl also takes abbreviations and offsets; the names that do not change their meaning hold a slash.
  if (!/^[A-Za-z_]+(?:\/[A-Za-z0-9_+-]+){1,2}$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A BCP 47 language tag such as `en` or `de-AT`, normalised to its canonical case. */
export function locale(options: FieldOptions = {}): TUnsafe<string> {
  const normalise = tokenNormaliser((text) => {
    const message = 'Send a BCP 47 language tag, for example en or de-AT.';
    if (text.length > 35) return refuse('format', message);
    try {
      return Intl.getCanonicalLocales(text)[0];
    } catch {
      return refuse('format', message);
    }
  });
  return leaf(
    { kind: 'locale', normaliser: () => normalise },
    { type: 'string', maxLength: 35, description: 'A BCP 47 language tag.', examples: ['en', 'de-AT'] },
    options,
  );
}
