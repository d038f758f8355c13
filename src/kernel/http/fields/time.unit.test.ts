import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { calendarDate, locale, timestamp, timeZone } from '#kernel/http/fields.ts';
import { accepted, refusal, refusalCode } from '#test/support/read-field.ts';

test('VAL-04 an ISO 8601 time in UTC passes and is normalised to milliseconds', () => {
  assert.equal(accepted(timestamp(), '2026-01-15T00:00:00Z'), '2026-01-15T00:00:00.000Z');
  assert.equal(accepted(timestamp(), ' 2026-01-15T23:59:59.1Z '), '2026-01-15T23:59:59.100Z');
  assert.equal(accepted(timestamp(), '2026-01-15T00:00:00.123456789Z'), '2026-01-15T00:00:00.123Z');
  assert.equal(accepted(timestamp(), '2024-02-29T00:00:00Z'), '2024-02-29T00:00:00.000Z');
});

test('VAL-04 other forms and dates outside the calendar are refused', () => {
  const bad = [
    '2026-01-15',
    '2026-01-15T00:00:00',
    '2026-01-15 00:00:00Z',
    '2026-01-15T00:00Z',
    '2026-1-15T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-13-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '2026-01-15T24:00:00Z',
    '2026-01-15T23:60:00Z',
    '2026-01-15T23:59:60Z',
    '15/01/2026',
    'tomorrow',
    '1768435200',
  ];
  for (const value of bad) assert.equal(refusalCode(timestamp(), value), 'format', value);
  assert.equal(refusalCode(timestamp(), 1_768_435_200), 'type');
});

test('VAL-05 offsets and time-zone abbreviations are refused with the way out', () => {
  const bad = [
    '2026-01-15T00:00:00+01:00',
    '2026-01-15T00:00:00-0500',
    '2026-01-15T00:00:00 EST',
    '2026-01-15T00:00:00CET',
  ];
  for (const value of bad) {
    const finding = refusal(timestamp(), value);
    assert.equal(finding.code, 'format');
    assert.match(finding.message, /Convert the time to UTC/, value);
    assert.match(refusal(calendarDate(), value).message, /Convert the time to UTC/, value);
  }
  for (const value of ['EST', 'CET', 'MST', 'EST5EDT', 'GMT', 'Z', '+01:00', 'Mars/Olympus', 'Europe/', 'a/../b']) {
    assert.equal(refusalCode(timeZone(), value), 'format', value);
  }
});

test('VAL-05 time zones are named', () => {
  assert.equal(accepted(timeZone(), 'Europe/Berlin'), 'Europe/Berlin');
  assert.equal(accepted(timeZone(), 'America/Argentina/Buenos_Aires'), 'America/Argentina/Buenos_Aires');
  assert.equal(accepted(timeZone(), ' utc '), 'UTC');
});

test('VAL-04 calendar fields also take a day, read as its start in UTC (C-49)', () => {
  assert.equal(accepted(calendarDate(), '2026-01-15'), '2026-01-15T00:00:00.000Z');
  assert.equal(accepted(calendarDate(), '2026-01-15T10:00:00Z'), '2026-01-15T10:00:00.000Z');
  for (const bad of ['2026-02-30', '2026-1-5', '20260115', '2026-01']) {
    assert.equal(refusalCode(calendarDate(), bad), 'format', bad);
  }
});

test('VAL-04 every instant that Date prints is read back as itself; every accepted text is that instant', () => {
  const instants = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(instants, (instant) => {
      assert.equal(accepted(timestamp(), instant.toISOString()), instant.toISOString());
    }),
    { numRuns: 200 },
  );
  const part = (max: number) => fc.integer({ min: 0, max }).map((number) => String(number).padStart(2, '0'));
  fc.assert(
    fc.property(part(14), part(33), part(25), (month, day, hour) => {
      const sent = `2026-${month}-${day}T${hour}:30:00Z`;
      const date = new Date(sent);
      // V8 rolls 30 February over to March: only dates that come back unchanged are in the calendar.
      const isReal = !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === sent.slice(0, 10);
      if (isReal && hour < '24') assert.equal(accepted(timestamp(), sent), date.toISOString());
      else assert.equal(refusalCode(timestamp(), sent), 'format');
    }),
    { numRuns: 300 },
  );
});

test('locale takes BCP 47 tags in canonical case', () => {
  assert.equal(accepted(locale(), 'de-at'), 'de-AT');
  assert.equal(accepted(locale(), 'EN'), 'en');
  for (const bad of ['english!', 'x', 'de_AT', `en-${'a'.repeat(40)}`])
    assert.equal(refusalCode(locale(), bad), 'format', bad);
});
