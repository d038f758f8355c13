import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#kernel/clock.ts';
import { newId } from '#kernel/ids.ts';
import { type TestApp, testApp } from '#test/support/app.ts';
import { mailsOf, shopUnderTest } from './shop-under-test.ts';

let app: TestApp;
let shop: Awaited<ReturnType<typeof shopUnderTest>>;
before(async () => {
  app = await testApp();
  shop = await shopUnderTest(app);
});
after(() => app?.close());

/** A shipment of a new order, and what is asked of both again and again. */
async function aShipment(quantities: number[] = [3], more: object = {}) {
  const order = await shop.order(quantities);
  const parcel = shop.shipmentOf(order, more);
  const { id } = await shop.made('/shipping', parcel);
  return {
    id: id as string,
    order,
    number: parcel.tracking_number,
    read: () => shop.read(`/shipping/${id}`),
    readOrder: () => shop.read(`/orders/${order}`),
    async tell(status: string, more: object = {}) {
      const answer = await shop.tell(parcel.tracking_number, status, more);
      assert.deepEqual([answer.status, answer.body], [202, { received: true }]);
      await app.settle();
    },
  };
}

test('SHP-08 SHP-09 SHP-10 what a carrier tells moves the shipment, and with it the order to shipped and delivered', async () => {
  const parcel = await aShipment();
  assert.equal((await parcel.readOrder()).status, 'processing');
  const steps = [
    ['picked_up', 'shipped'],
    ['in_transit', 'shipped'],
    ['out_for_delivery', 'shipped'],
    ['delivered', 'delivered'],
  ] as const;
  for (const [status, orderStatus] of steps) {
    app.clock.advance(MINUTE_MS);
    await parcel.tell(status, { description: `It is ${status}` });
    const shipment = await parcel.read();
    assert.deepEqual([shipment.status, shipment.updates[0].status], [status, status]);
    assert.equal(shipment.updates[0].description, `It is ${status}`);
    const order = await parcel.readOrder();
    assert.deepEqual([order.status, shipment.order_step], [orderStatus, orderStatus], status);
    assert.deepEqual([order.shipments[0].reference, order.shipments[0].tracking_number], [parcel.id, parcel.number]);
  }
  const { data } = await shop.read(`/inventory/levels?product_id=${shop.product_id}`);
  assert.equal(data[0].reserved, 0, 'the reserved pieces left with the parcel');
});

test('SHP-08 failed, tried again and returned: the order stays shipped', async () => {
  const parcel = await aShipment();
  for (const status of ['picked_up', 'failed', 'out_for_delivery', 'failed', 'returned']) {
    app.clock.advance(MINUTE_MS);
    await parcel.tell(status);
    assert.equal((await parcel.read()).status, status);
  }
  assert.equal((await parcel.readOrder()).status, 'shipped');
});

test('G-39 an order in two parcels is shipped with the second and delivered with the last', async () => {
  const first = await aShipment([3, 2], { items: [{ line: 1, quantity: 3 }] });
  const rest = shop.shipmentOf(first.order);
  await shop.made('/shipping', rest);
  await first.tell('picked_up');
  const half = await first.readOrder();
  assert.deepEqual([half.status, half.fulfillment_status], ['processing', 'partial']);
  await first.tell('delivered');
  assert.equal((await first.readOrder()).status, 'processing');
  await shop.tell(rest.tracking_number, 'in_transit');
  await app.settle();
  assert.equal((await first.readOrder()).status, 'shipped');
  await shop.tell(rest.tracking_number, 'delivered');
  await app.settle();
  assert.equal((await first.readOrder()).status, 'delivered');
});

test('SHP-11 the customer gets one mail for each status, however often it is told', async () => {
  const others = (await mailsOf(app)).length;
  const parcel = await aShipment();
  await app.settle();
  for (const status of [
    'picked_up',
    'picked_up',
    'in_transit',
    'out_for_delivery',
    'in_transit',
    'out_for_delivery',
    'delivered',
  ]) {
    app.clock.advance(MINUTE_MS);
    await parcel.tell(status);
  }
  const mails = (await mailsOf(app)).slice(others);
  assert.deepEqual(
    mails.map(({ subject }) => subject),
    [
      'Your parcel is being prepared',
      'Your parcel is on its way',
      'Your parcel is travelling',
      'Your parcel arrives today',
      'Your parcel has arrived',
    ],
  );
  for (const { to, text } of mails) {
    assert.equal(to, 'ada@acme.example');
    assert.ok(text.startsWith('Dear Acme,') && text.includes(`https://carrier.example/track/${parcel.number}`), text);
  }
});

test('SHP-11 a customer without an address gets no mail, and nothing waits for it', async () => {
  const quiet = await shopUnderTest(app, { email: null });
  const parcel = quiet.shipmentOf(await quiet.order());
  const { id } = await quiet.made('/shipping', parcel);
  const others = (await mailsOf(app)).length;
  await quiet.tell(parcel.tracking_number, 'picked_up');
  await app.settle();
  assert.equal((await quiet.read(`/shipping/${id}`)).order_step, 'shipped');
  assert.equal((await mailsOf(app)).length, others);
});

test('G-38 an unknown word is kept and shown and changes nothing else', async () => {
  const parcel = await aShipment();
  await parcel.tell('abducted by aliens');
  const { status, updates } = await parcel.read();
  assert.equal(status, 'created');
  assert.deepEqual([updates[0].status, updates[0].raw_status], [null, 'abducted by aliens']);
});

test('G-38 news count once by their id and may come in any order', async () => {
  const parcel = await aShipment();
  const start = app.clock.nowMs();
  app.clock.advance(HOUR_MS);
  const at = (minute: number) => new Date(start + minute * MINUTE_MS).toISOString();
  const delivered = { event_id: 'd', occurred_at: at(30) };
  await parcel.tell('delivered', delivered);
  const once = await parcel.read();
  await parcel.tell('delivered', delivered);
  assert.deepEqual(await parcel.read(), once, 'the second time changes nothing at all');
  await parcel.tell('in_transit', { event_id: 't', occurred_at: at(20) });
  await parcel.tell('picked_up', { event_id: 'p', occurred_at: at(10) });
  const { status, left_at, delivered_at, updates } = await parcel.read();
  assert.deepEqual([status, left_at, delivered_at], ['delivered', at(10), at(30)]);
  assert.deepEqual(
    updates.map((update: { status: string }) => update.status),
    ['delivered', 'in_transit', 'picked_up'],
  );
  assert.equal((await parcel.readOrder()).status, 'delivered');
});

test('G-38 thirty messages at once, many of them twice, end where one after the other would', async () => {
  const parcel = await aShipment();
  const statuses = ['picked_up', 'in_transit', 'out_for_delivery', 'failed', 'out_for_delivery', 'delivered'];
  const start = app.clock.nowMs();
  app.clock.advance(HOUR_MS);
  const messages = Array.from({ length: 30 }, (_, index) => {
    const step = (index * 7) % statuses.length;
    const more = { event_id: `same-${step}`, occurred_at: new Date(start + step * MINUTE_MS).toISOString() };
    return shop.tell(parcel.number, statuses[step]!, more);
  });
  for (const { status } of await Promise.all(messages)) assert.equal(status, 202);
  // Jobs that met at the order run again a little later.
  for (let round = 0; round < 5; round++) {
    await app.settle();
    app.clock.advance(MINUTE_MS);
  }
  const { status, updates, order_step } = await parcel.read();
  assert.deepEqual([status, updates.length, order_step], ['delivered', statuses.length, 'delivered']);
});

test('a carrier’s clock that runs ahead does not hide what comes', async () => {
  const parcel = await aShipment();
  await parcel.tell('in_transit', { occurred_at: '2199-01-01T00:00:00Z' });
  app.clock.advance(MINUTE_MS);
  await parcel.tell('delivered');
  assert.equal((await parcel.read()).status, 'delivered');
});

test('G-38 only what the account’s secret signed is taken, and strangers learn nothing', async () => {
  const parcel = await aShipment();
  const raw = JSON.stringify({
    tracking_number: parcel.number,
    event_id: 'x',
    status: 'delivered',
    occurred_at: '2026-01-15T00:00:00Z',
  });
  const other = await shopUnderTest(app);
  const refusals = [
    await shop.send(raw, { secret: 'tcn_wrong' }),
    await shop.send(raw, { account: newId('cac') }),
    await shop.send(raw, { carrier: 'ups' }),
    await shop.send(raw, { headers: { 'x-signature': '' } }),
    await shop.send(`${raw} `, { headers: { 'x-signature': signatureOf(raw) } }),
    await shop.send(raw, { account: other.account.id }),
  ];
  const texts = refusals.map(({ status, body }) => JSON.stringify([status, body.error.code, body.error.message]));
  assert.equal(new Set(texts).size, 1, texts.join('\n'));
  assert.equal(refusals[0]!.status, 401);
  const late = signatureOf(raw);
  app.clock.advance(5 * MINUTE_MS + 1_000);
  assert.equal(
    (await shop.send(raw, { headers: { 'x-signature': late } })).status,
    401,
    'what was caught is worth nothing later',
  );
  assert.equal((await parcel.read()).updates.length, 0);

  const unknown = await shop.tell('NOBODY-KNOWS-IT', 'delivered');
  assert.deepEqual([unknown.status, unknown.body], [202, { received: true }]);
  const foreign = await other.tell(parcel.number, 'delivered');
  assert.deepEqual([foreign.status, foreign.body], [202, { received: true }]);
  assert.equal((await parcel.read()).updates.length, 0, 'the number of another organisation is nobody’s');
});

function signatureOf(raw: string): string {
  const seconds = Math.floor(app.clock.nowMs() / 1_000);
  return `t=${seconds},mac=${createHmac('sha256', shop.account.secret).update(`${seconds}.${raw}`).digest('hex')}`;
}

test('a signed message that is no JSON or no news is refused with what is wrong', async () => {
  const broken = await shop.send('{"a":');
  assert.deepEqual([broken.status, broken.body.error.code], [400, 'ERR_VALIDATION']);
  const empty = await shop.send('{}');
  assert.deepEqual([empty.status, empty.body.error.details[0].field], [422, 'tracking_number']);
  assert.equal((await shop.send('[]')).status, 422);
});

test('each of the other carriers is read in its own shape', async () => {
  const when = new Date(app.clock.nowMs() - HOUR_MS);
  const iso = when.toISOString();
  const compact = iso.replaceAll(/[-:]|\..*/g, '');
  const messages: Record<string, (number: string) => object> = {
    ups: (trackingNumber) => ({
      trackingNumber,
      localActivityDate: compact.slice(0, 8),
      localActivityTime: compact.slice(9),
      activityStatus: { type: 'O' },
    }),
    fedex: (trackingNumber) => ({
      trackingNumberInfo: { trackingNumber },
      scanEvents: [
        { date: iso, eventType: 'PU' },
        { date: iso, eventType: 'OD' },
      ],
    }),
    dhl: (id) => ({
      shipments: [{ id, events: [{ timestamp: iso, statusCode: 'transit', status: 'out-for-delivery' }] }],
    }),
    usps: (trackingNumber) => ({ trackingNumber, eventCode: 'OF', eventTimestamp: iso }),
  };
  for (const [carrier, messageOf] of Object.entries(messages)) {
    const { id: account, secret } = await shop.made('/carrier-accounts', { carrier });
    const parcel = { ...shop.shipmentOf(await shop.order()), carrier, tracking_url_template: undefined };
    const { id } = await shop.made('/shipping', parcel);
    const answer = await shop.send(JSON.stringify(messageOf(parcel.tracking_number)), { account, secret, carrier });
    assert.equal(answer.status, 202, carrier);
    assert.equal((await shop.read(`/shipping/${id}`)).status, 'out_for_delivery', carrier);
  }
});

test('a secret is shown once, and after a rotation the one before is good for a day', async () => {
  const made = await shop.made('/carrier-accounts', { carrier: 'custom', label: 'Contract 4711' });
  const path = `/carrier-accounts/${made.id}`;
  const shown = await shop.read(path);
  assert.deepEqual(
    [shown.secret, shown.label, shown.inbound_path],
    [undefined, 'Contract 4711', `/inbound/carriers/custom?account=${made.id}`],
  );
  assert.ok(!JSON.stringify(await shop.read('/carrier-accounts')).includes(made.secret));
  const { body: rotated } = await shop.call('POST', `${path}/rotate-secret`);
  const raw = JSON.stringify({ tracking_number: 'N-1', status: 'delivered', occurred_at: '2026-01-15T00:00:00Z' });
  const statusWith = async (secret: string) => (await shop.send(raw, { account: made.id, secret })).status;
  assert.deepEqual([await statusWith(made.secret), await statusWith(rotated.secret)], [202, 202]);
  app.clock.advance(DAY_MS);
  assert.deepEqual([await statusWith(made.secret), await statusWith(rotated.secret)], [401, 202]);
  assert.equal((await shop.call('DELETE', path)).status, 204);
  assert.equal(await statusWith(rotated.secret), 401);
  assert.equal((await shop.call('GET', path)).status, 404);
});
