import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newId } from '#kernel/ids.ts';
import type { Shipment, ShippingAddress } from '../shipments/shipment.ts';
import { NOT_STARTED } from '../shipments/status.ts';
import { labelPages } from './label.ts';
import { labelPdf } from './pdf.ts';
import { type Bar, readPdf, scan } from './pdf-under-test.ts';
import { labelZpl } from './zpl.ts';

const ada: ShippingAddress = {
  name: 'Ada Ltd',
  company: null,
  line1: '1 rue de la Paix',
  line2: null,
  city: 'Paris',
  state: null,
  postalCode: '75002',
  country: 'FR',
  phone: null,
};
const box = { weightGrams: 1_200, lengthMm: 300, widthMm: 200, heightMm: 100 };
const at = '2026-01-15T09:30:00.000Z';

function shipment(more: Partial<Shipment> = {}): Shipment {
  return {
    ...NOT_STARTED,
    id: newId('shp'),
    version: 1,
    orderId: newId('ord'),
    customerId: newId('cus'),
    carrier: 'ups',
    trackingNumber: '1Z999AA10123456784',
    trackingTemplate: '',
    estimatedDelivery: at,
    warehouseId: null,
    from: { ...ada, name: 'Bolt & Sons', country: 'DE' },
    to: ada,
    items: [{ line: 1, quantity: 1 }],
    parcels: [box],
    customs: null,
    quoteId: null,
    cost: null,
    orderReference: null,
    orderStep: 'none',
    orderRefusal: null,
    metadata: {},
    createdAt: at,
    updatedAt: at,
    ...more,
  };
}

const pdfOf = (more: Partial<Shipment> = {}) => labelPdf(labelPages(shipment(more)), at);
const zplOf = (more: Partial<Shipment> = {}) => labelZpl(labelPages(shipment(more)));
/** The bars of the barcode are those that are higher than the rules between the parts. */
const barcodeOf = (bars: readonly Bar[]) => bars.filter(([, , , height]) => height > 10);

test('SHP-16 the PDF is 4 by 6 inches and its barcode scans as the tracking number', async () => {
  const pdf = await pdfOf();
  assert.match(pdf.subarray(0, 8).toString('latin1'), /^%PDF-1\./);
  assert.ok(pdf.includes('/MediaBox [0 0 288 432]'));
  const [page, ...more] = readPdf(pdf);
  assert.deepEqual(more, []);
  const bars = barcodeOf(page!.bars);
  assert.equal(scan(bars, 288), '1Z999AA10123456784');
  const right = bars.at(-1)![0] + bars.at(-1)![2];
  const module = Math.min(...bars.map(([, , width]) => width));
  assert.ok(bars[0]![0] >= 10 * module - 1e-6 && right <= 288 - 10 * module + 1e-6, 'the quiet zones are empty');
  for (const words of ['UPS', 'Bolt & Sons', 'Ada Ltd', '75002 Paris', 'FR', '1Z999AA10123456784']) {
    assert.ok(
      page!.lines.some((line) => line.trim() === words),
      `${words} in ${page!.lines.join(' | ')}`,
    );
  }
});

test('SHP-16 every tracking number that is taken scans from its label', async () => {
  const first = fc.constantFrom(...'ABCXYZ0189');
  const rest = fc.string({ unit: fc.constantFrom(...'ABCDEFXYZabcxyz0123456789 ._/-'), minLength: 2, maxLength: 39 });
  const number = fc.tuple(first, rest).map(([head, tail]) => `${head}${tail}`.trim());
  await fc.assert(
    fc.asyncProperty(number, async (trackingNumber) => {
      const [page] = readPdf(await pdfOf({ trackingNumber }));
      assert.equal(scan(barcodeOf(page!.bars), 288), trackingNumber);
    }),
    { numRuns: 20 },
  );
});

test('SHP-16 names and addresses of Europe stand in the PDF as they are, whatever their letters', async () => {
  const names = [
    'Żaneta Ünlü-Ørsted',
    'Þórunn Ðerić',
    'Рога и Копыта ООО',
    'Αλέξανδρος Ωνάσης',
    'Nguyễn Văn Ả',
    'Œuvre l’été',
  ];
  for (const name of names) {
    const [page] = readPdf(await pdfOf({ to: { ...ada, name } }));
    assert.ok(
      page!.lines.some((line) => line.trim() === name),
      `${name} in ${page!.lines.join(' | ')}`,
    );
  }
});

test('SHP-16 SHP-17 each parcel has a page of its own with its weight', async () => {
  const parcels = [box, { ...box, weightGrams: 10_000 }, { ...box, weightGrams: 55 }];
  const expected = ['Parcel 1 of 3   1.2 kg', 'Parcel 2 of 3   10 kg', 'Parcel 3 of 3   0.055 kg'];
  const pages = readPdf(await pdfOf({ parcels }));
  pages.forEach(({ lines }, index) => {
    assert.ok(
      lines.some((line) => line.startsWith(expected[index]!)),
      lines.join(' | '),
    );
  });
  assert.equal(pages.length, 3);
  const formats = zplOf({ parcels }).split('^XA').slice(1);
  for (const [index, format] of formats.entries()) assert.ok(format.includes(expected[index]!));
  assert.equal(formats.length, 3);
  assert.equal(readPdf(await pdfOf({ parcels: [] })).length, 1);
});

test('SHP-17 the ZPL has the tracking number in its Code 128, inside the label and with quiet zones', () => {
  for (const trackingNumber of ['1Z999AA10123456784', '9400111899223197428497', 'A'.repeat(40), 'x_1']) {
    const zpl = zplOf({ trackingNumber });
    const match = /\^FO(\d+),\d+\^BY(\d),3,180\^BCN,180,Y,N,N,A\^FD([^^]*)\^FS/.exec(zpl)!;
    assert.equal(match[3], trackingNumber);
    const [left, module] = [Number(match[1]), Number(match[2])];
    assert.ok(module >= 1 && left >= 10 * module, `${trackingNumber}: ${left} dots left, modules of ${module}`);
    assert.ok(zpl.startsWith('^XA\n^CI28\n') && zpl.endsWith('^XZ\n'));
  }
});

test('SHP-17 no address can give the printer a command, and its letters arrive as they are', () => {
  const hostile = '^XZ^XA~JR_5E \\& Żółć 文'.replace(' 文', '');
  const zpl = zplOf({ to: { ...ada, name: hostile } });
  assert.equal(zpl.match(/\^XA/g)!.length, 1);
  assert.equal(zpl.match(/\^XZ/g)!.length, 1);
  assert.ok(!zpl.includes('~'));
  assert.ok(zpl.includes('_5EXZ_5EXA_7EJR_5F5E \\\\& Żółć'), zpl);
});

test('customs are on the label in short, with the sum', async () => {
  const item = { description: 'Steel bolts', hsCode: '731815', quantity: 3, unitValue: 1_000, originCountry: 'DE' };
  const items = [1, 2, 3, 4, 5].map((index) => ({ ...item, description: `Steel bolts ${index}` }));
  const customs = { contents: 'sale' as const, currency: 'EUR' as const, items, totalValue: 15_000 };
  const lines = readPdf(await pdfOf({ customs }))[0]!.lines.map((line) => line.trim());
  assert.ok(lines.includes('Customs (sale): 150.00 EUR'), lines.join(' | '));
  assert.ok(lines.includes('3 × Steel bolts 3, HS 731815, DE, 10.00 EUR'));
  assert.ok(lines.includes('and 2 more'));
  assert.ok(zplOf({ customs }).includes('Customs (sale): 150.00 EUR'));
});

test('the longest addresses that are taken still fit between the lines, whole', async () => {
  const wide = 'W'.repeat(100);
  const to = {
    ...ada,
    name: wide,
    company: wide,
    line1: wide,
    line2: wide,
    city: wide,
    state: wide,
    postalCode: 'W'.repeat(32),
  };
  const pdf = await pdfOf({ from: to, to });
  const [page] = readPdf(pdf);
  const letters = page!.lines.join('').replaceAll(/[^W]/g, '').length;
  assert.equal(letters, 2 * 632, 'no letter is cut off');
  assert.equal(readPdf(pdf).length, 1, 'nothing runs over to another page');
});

test('letters that would be printed wrong, and a missing address, are refused with what to do', () => {
  for (const name of ['山田太郎', 'محمد', 'שלום', 'สวัสดี', 'a\u202Eb', '\u{1F4E6}\u{1F9FF}']) {
    assert.throws(
      () => labelPages(shipment({ to: { ...ada, name } })),
      (error: { kind: string; details: { field: string }[] }) =>
        error.kind === 'validation' && error.details[0]!.field === 'to',
      name,
    );
  }
  assert.throws(() => labelPages(shipment({ from: null })), { kind: 'invalid_state' });
  assert.throws(() => labelPages(shipment({ to: null })), { kind: 'invalid_state' });
});

test('the same shipment always gives the same label', async () => {
  const one = shipment();
  const make = () => labelPdf(labelPages(one), one.createdAt);
  assert.ok((await make()).equals(await make()));
});
