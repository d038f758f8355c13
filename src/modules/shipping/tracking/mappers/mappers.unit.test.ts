import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCustom } from './custom.ts';
import { readDhl } from './dhl.ts';
import { readFedex } from './fedex.ts';
import type { CarrierMapper } from './reading.ts';
import { readUps } from './ups.ts';
import { readUsps } from './usps.ts';

const ups = (type: string, more: object = {}) => ({
  trackingNumber: '1Z999AA10123456784',
  localActivityDate: '20260115',
  localActivityTime: '093000',
  gmtOffset: '+01:00',
  activityStatus: { type, code: 'AR', description: 'Arrived' },
  activityLocation: { city: 'Köln', country: 'DE' },
  ...more,
});
const fedex = (eventType: string) => ({
  trackingNumberInfo: { trackingNumber: '794953535000' },
  scanEvents: [{ eventId: 'f1', date: '2026-01-15T09:30:00+01:00', eventType, scanLocation: { city: 'LYON' } }],
});
const dhl = (statusCode: string, status?: string) => ({
  shipments: [{ id: '0034043416', events: [{ timestamp: '2026-01-15T09:30:00+01:00', statusCode, status }] }],
});
const usps = (eventCode: string) => ({
  trackingNumber: '9400111899223197428497',
  eventId: 'u1',
  eventCode,
  eventTimestamp: '2026-01-15T08:30:00Z',
});
const custom = (status: string) => ({
  tracking_number: 'PKT-1',
  event_id: 'e1',
  status,
  occurred_at: '2026-01-15T08:30:00Z',
});

const WORDS: [CarrierMapper, (word: string) => unknown, Record<string, string | null>][] = [
  [
    readUps,
    ups,
    {
      M: 'created',
      P: 'picked_up',
      I: 'in_transit',
      O: 'out_for_delivery',
      D: 'delivered',
      X: 'failed',
      RS: 'returned',
      ZZ: null,
    },
  ],
  [
    readFedex,
    fedex,
    {
      OC: 'created',
      PU: 'picked_up',
      IT: 'in_transit',
      OD: 'out_for_delivery',
      DL: 'delivered',
      DE: 'failed',
      RS: 'returned',
      QQ: null,
    },
  ],
  [
    readDhl,
    dhl,
    {
      'pre-transit': 'created',
      'picked-up': 'picked_up',
      transit: 'in_transit',
      'out-for-delivery': 'out_for_delivery',
      delivered: 'delivered',
      failure: 'failed',
      returned: 'returned',
      unknown: null,
    },
  ],
  [
    readUsps,
    usps,
    {
      GX: 'created',
      '03': 'picked_up',
      '10': 'in_transit',
      OF: 'out_for_delivery',
      '01': 'delivered',
      '02': 'failed',
      '09': 'returned',
      '99': null,
    },
  ],
  [
    readCustom,
    custom,
    {
      created: 'created',
      Picked_Up: 'picked_up',
      in_transit: 'in_transit',
      out_for_delivery: 'out_for_delivery',
      delivered: 'delivered',
      failed: 'failed',
      returned: 'returned',
      lost: null,
      constructor: null,
    },
  ],
];

test('SHP-09 the words of each carrier become the seven statuses, and an unknown one is kept raw', () => {
  for (const [read, payload, words] of WORDS) {
    for (const [word, status] of Object.entries(words)) {
      const [news, ...more] = read(payload(word));
      assert.deepEqual([news!.status, more], [status, []], word);
      assert.ok(news!.rawStatus.startsWith(word), word);
      assert.equal(news!.occurredAt, '2026-01-15T08:30:00.000Z', word);
    }
  }
});

test('SHP-09 number, place and time are read in each carrier’s own shape', () => {
  const [news] = readUps(ups('I'));
  assert.deepEqual(
    [news!.trackingNumber, news!.location, news!.description, news!.rawStatus],
    ['1Z999AA10123456784', 'Köln, DE', 'Arrived', 'I:AR'],
  );
  assert.equal(readUps({ activities: [ups('P'), ups('I')] }).length, 2);
  assert.equal(readDhl(dhl('transit', 'out-for-delivery'))[0]!.status, 'out_for_delivery', 'the finer word counts');
  assert.equal(readDhl(dhl('transit', 'sorted'))[0]!.status, 'in_transit');
  const compact = { ...custom('delivered'), occurred_at: '2026-01-15T09:30:00+0100' };
  assert.equal(readCustom(compact)[0]!.occurredAt, '2026-01-15T08:30:00.000Z');
});

test('G-38 the same news has the same key, and other news another, with and without an id of the carrier', () => {
  const key = (payload: unknown, read = readUps) => read(payload)[0]!.key;
  assert.equal(key(ups('I')), key(structuredClone(ups('I'))));
  assert.notEqual(key(ups('I')), key(ups('P')));
  assert.notEqual(key(ups('I')), key(ups('I', { localActivityTime: '093001' })));
  assert.equal(key(ups('I', { activityId: 'a' })), key(ups('P', { activityId: 'a' })), 'the id alone counts');
});

test('a payload without number, word or time, or with a time without zone, is refused and names the field', () => {
  const refused: [CarrierMapper, unknown, string][] = [
    [readUps, {}, 'activities'],
    [readUps, null, 'activities'],
    [readUps, ups('I', { localActivityDate: undefined }), 'localActivityDate'],
    [readUps, ups('I', { localActivityDate: '2026' }), 'localActivityDate'],
    [readFedex, { ...fedex('OD'), scanEvents: [] }, 'scanEvents'],
    [
      readDhl,
      { shipments: [{ id: 'x', events: [{ timestamp: '2026-01-15T09:30:00', statusCode: 'transit' }] }] },
      'shipments.events.timestamp',
    ],
    [readUsps, { ...usps('OF'), eventTimestamp: 'yesterday' }, 'eventTimestamp'],
    [readCustom, { ...custom('failed'), occurred_at: '0001-01-01T00:00:00Z' }, 'occurred_at'],
    [readCustom, { ...custom('failed'), tracking_number: '' }, 'tracking_number'],
    [readCustom, [custom('failed')], 'tracking_number'],
    [readDhl, { shipments: Array.from({ length: 201 }, () => ({})) }, 'shipments'],
  ];
  for (const [read, payload, field] of refused) {
    assert.throws(
      () => read(payload),
      (error: { kind: string; details: { field: string }[] }) =>
        error.kind === 'validation' && error.details[0]!.field === field,
      field,
    );
  }
});

test('no payload whatever makes a mapper fail other than by a refusal, and no text of it is long or holds controls', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...WORDS),
      fc.jsonValue(),
      fc.string({ unit: 'binary', minLength: 1 }),
      ([read, payload], any, word) => {
        for (const sent of [any, payload(word)]) {
          try {
            for (const { rawStatus, description, location } of read(sent)) {
              for (const text of [rawStatus, description ?? '', location ?? '']) {
                assert.ok([...text].length <= 702 && !/\p{Cc}/u.test(text) && text.isWellFormed());
              }
            }
          } catch (error) {
            assert.equal((error as { kind?: string }).kind, 'validation', String(error));
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});
