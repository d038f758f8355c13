import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, testApp } from '#test/support/app.ts';
import { SENDER, shopUnderTest } from './shop-under-test.ts';

let app: TestApp;
let shop: Awaited<ReturnType<typeof shopUnderTest>>;
before(async () => {
  app = await testApp();
  shop = await shopUnderTest(app);
});
after(() => app?.close());

async function aShipment(more: object = {}) {
  return shop.made('/shipping', shop.shipmentOf(await shop.order(), more));
}

async function label(id: string, body: object) {
  const headers = { authorization: `Bearer ${shop.token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${app.baseUrl}/shipping/${id}/label`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

test('SHP-16 SHP-17 a shipment with both addresses gives its label as PDF and as ZPL', async () => {
  const { id, tracking_number } = await aShipment({ from: SENDER });
  const pdf = await label(id, { format: 'pdf' });
  assert.deepEqual([pdf.status, pdf.headers.get('content-type')], [200, 'application/pdf']);
  assert.equal(pdf.headers.get('content-disposition'), `inline; filename="${id}.pdf"`);
  assert.ok(pdf.bytes.subarray(0, 5).toString() === '%PDF-' && pdf.bytes.subarray(-6).toString().includes('%%EOF'));
  assert.equal(Number(pdf.headers.get('content-length')), pdf.bytes.length);
  const zpl = await label(id, { format: 'ZPL' });
  assert.deepEqual([zpl.status, zpl.headers.get('content-type')], [200, 'application/zpl']);
  assert.ok(zpl.bytes.toString().includes(`^BCN,180,Y,N,N,A^FD${tracking_number}^FS`));
});

test('a label in another format, without an address or with letters that cannot be printed is refused', async () => {
  const call = async (id: string, body: object) => {
    const { status, bytes } = await label(id, body);
    return [status, JSON.parse(bytes.toString()).error.details.map(({ field }: { field: string }) => field)];
  };
  const whole = await aShipment({ from: SENDER });
  assert.deepEqual(await call(whole.id, { format: 'png' }), [422, ['format']]);
  assert.deepEqual(await call(whole.id, {}), [422, ['format']]);
  const { id } = await aShipment();
  assert.deepEqual(await call(id, { format: 'pdf' }), [409, []]);
  const kanji = await aShipment({ from: SENDER, to: { ...SENDER, name: '山田太郎' } });
  assert.deepEqual(await call(kanji.id, { format: 'zpl' }), [422, ['to']]);
});
