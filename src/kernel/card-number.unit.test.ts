import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holdsCardNumber, maskCardNumbers, refuseCardNumbers } from './card-number.ts';

const CARDS = [
  '4242424242424242',
  '4111 1111 1111 1111',
  '4111-1111-1111-1111',
  '5555.5555.5555.4444',
  '378282246310005',
  '3782 822463 10005',
  '6011000990139424',
  '3056930009020004',
  '4222222222222',
  '6304000000000000000',
  '2223003122003222',
  '2200000000000053',
  '3530111333300000',
  '6200000000000005',
  '8171999927660000',
  '４２４２４２４２４２４２４２４２',
];

test('card numbers of every scheme are found, grouped in any way and inside other text', () => {
  for (const card of CARDS) {
    assert.ok(holdsCardNumber(card), card);
    assert.ok(holdsCardNumber(`my card is ${card}, thanks`), card);
    assert.ok(holdsCardNumber(`2 ${card} 12/34`), `among other numbers: ${card}`);
  }
});

test('what people write otherwise is not taken for a card number', () => {
  const texts = [
    '4242424242424241',
    '1732406400000',
    'ORD-2026-000042',
    '+1 415 555 2671',
    '20261124000000',
    'sale-3-1764251234560',
    'sale-3-1764251234561',
    'sale-3-1764251234562',
    'sale-3-1764251234563',
    'sale-3-1764251234564',
    'sale-3-1764251234565',
    'sale-3-1764251234566',
    'sale-3-1764251234567',
    'sale-3-1764251234568',
    'sale-3-1764251234569',
    '961299900000000000018',
    '612999987650034',
    '42424242424242424242',
    'DE89370400440532013000',
    'JD014600003828392837',
    '',
  ];
  for (const text of texts) assert.equal(holdsCardNumber(text), false, text);
});

test('no UUID and no hash is taken for a card number, and a card beside one is found', () => {
  const spelled = fc.constantFrom('4242-4242-4242-4242', '4242424242424242');
  fc.assert(
    fc.property(fc.uuid(), spelled, (id, card) => {
      const digits = id.replaceAll(/[a-f]/g, '4');
      for (const uuid of [id, digits, id.toUpperCase()]) {
        assert.equal(holdsCardNumber(uuid), false, uuid);
        assert.equal(holdsCardNumber(`order-${uuid}`), false, uuid);
        assert.ok(holdsCardNumber(`${uuid} ${card}`));
        assert.ok(holdsCardNumber(`${card} ${uuid}`));
      }
    }),
  );
  assert.equal(holdsCardNumber('f4242424242424242a00112233445566778899aa'), false);
  assert.equal(holdsCardNumber('1b4e28ba-4242-4242-4242-424200000000'), false);
});

test('every number of an issued range with a right check digit is found, and none with a wrong one', () => {
  const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 11 });
  const starts = fc.constantFrom(
    '4',
    '51',
    '2221',
    '3528',
    '36',
    '38',
    '50',
    '57',
    '6011',
    '62',
    '639',
    '65',
    '67',
    '81',
  );
  fc.assert(
    fc.property(starts, digits, fc.integer({ min: 1, max: 9 }), (start, middle, wrongBy) => {
      const body = `${start}${middle.join('')}000`.slice(0, 15).split('').map(Number);
      const check = checkDigit(body);
      assert.equal(holdsCardNumber([...body, check].join('')), true);
      assert.equal(holdsCardNumber([...body, (check + wrongBy) % 10].join('')), false);
    }),
  );
});

test('a number outside the issued ranges is none, whatever its check digit', () => {
  const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 16 });
  fc.assert(
    fc.property(fc.constantFrom('1', '31', '33', '59', '61', '66', '7', '83', '90'), digits, (start, middle) => {
      const body = `${start}${middle.join('')}`.split('').map(Number);
      assert.equal(holdsCardNumber([...body, checkDigit(body)].join('')), false);
    }),
  );
});

/** The digit that makes the sum of ISO/IEC 7812 a multiple of ten, by its definition. */
function checkDigit(body: readonly number[]): number {
  let sum = 0;
  for (const [index, digit] of [...body].reverse().entries()) {
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    sum += Math.floor(doubled / 10) + (doubled % 10);
  }
  return (10 - (sum % 10)) % 10;
}

test('the refusal names the field, says what to send instead, and never repeats the number', () => {
  const card = '4242424242424242';
  const metadata = { note: `card ${card}`, [card]: 'x', fine: 'yes' };
  assert.throws(
    () => refuseCardNumbers({ description: card, metadata, reason: null }),
    (error: { kind: string; message: string; details: { field: string; code: string }[] }) => {
      assert.equal(error.kind, 'validation');
      assert.match(error.message, /token/);
      assert.deepEqual(error.details.map(({ field, code }) => `${field} ${code}`).sort(), [
        'description card_number',
        'metadata card_number',
        'metadata.note card_number',
      ]);
      assert.ok(!JSON.stringify({ ...error, message: error.message }).includes(card));
      return true;
    },
  );
  assert.equal(refuseCardNumbers({ description: 'Workshop', metadata: { a: 'b' } }), undefined);
});

test('PCI-02 what is kept of a request is masked: the number goes, the rest stays', () => {
  const card = '4242424242424242';
  for (const written of [card, '4242 4242 4242 4242', '4242-4242-4242-4242']) {
    assert.equal(maskCardNumbers(`shop ${written} end`), 'shop [card number] end');
  }
  const browser = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0';
  assert.equal(maskCardNumbers(browser), browser);
  assert.equal(maskCardNumbers('4242424242424241'), '4242424242424241', 'a wrong check digit is no card');
});
