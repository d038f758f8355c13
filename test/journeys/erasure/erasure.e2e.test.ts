import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { HOUR_MS } from '#kernel/clock.ts';
import { foundIn, foundInTables } from '#test/journeys/scan-database.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
let client: pg.Client;
before(async () => {
  app = await testApp();
  client = new pg.Client(app.database.connection);
  client.on('error', () => undefined);
  await client.connect();
});
beforeEach(async () => {
  shop = await app.organization();
});
after(() => app?.close());

const PERSON = {
  name: 'Wilhelmina Quuxington',
  email: 'wilhelmina@quuxington.example',
  phone: '+4915112345678',
  'tax number': 'DE811907980',
  street: 'Kastanienallee 4711',
  label: 'prefers-to-be-called-Minnie',
  'external id': 'CRM-QUUX-77',
  tag: 'vip-quuxington',
  'name of the contact': 'Bartholomew Zyxwvut',
  'e-mail of the contact': 'barty@quuxington.example',
  'note of the order': 'Ring twice, the dog Rexomatic sleeps',
  'street of the shipment': 'Hinterhofweg 99b',
  'street of the office': 'Ministerialgasse 3',
};

interface Sold {
  customer: string;
  order: string;
  product: string;
  method: string;
  importId: string;
  exportId: string;
  shipment: string;
}

async function call(method: string, path: string, body?: unknown, headers = {}, token = shop.token) {
  return app.request(method, path, { token, body, headers });
}
async function post(path: string, body?: unknown, key?: string) {
  const answer = await call('POST', path, body, key ? { 'idempotency-key': key } : {});
  assert.ok(answer.status < 300, `POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
const address = (line1: string) => ({ line1, city: 'Oberammergau', postal_code: '82487', country: 'DE' });

const newCustomer = (external = PERSON['external id']) => ({
  type: 'person',
  name: PERSON.name,
  email: PERSON.email,
  phone: PERSON.phone,
  tax_ids: [{ type: 'eu_vat', value: PERSON['tax number'] }],
  billing_address: address(PERSON.street),
  metadata: { label: PERSON.label },
  tags: [PERSON.tag],
  external_id: external,
});

/** Sells to the person, and leaves what a life with a customer leaves in every corner. */
async function sell(external?: string): Promise<Sold> {
  const bolt = { name: 'Bolt', description: 'M8', price: 2499, category: 'hardware', active: true };
  const product = (await post('/products', bolt)).id;
  await post('/inventory/adjust', {
    product_id: product,
    quantity_change: 5,
    reason: 'opening',
    reference_id: 'count',
  });
  const customer = (await post('/customers', newCustomer(external), `customer-${product}`)).id;
  await post(`/customers/${customer}/contacts`, {
    name: PERSON['name of the contact'],
    email: PERSON['e-mail of the contact'],
    roles: ['buyer'],
  });
  await post(`/customers/${customer}/addresses`, {
    types: ['office'],
    address: address(PERSON['street of the office']),
  });
  const card = { number: '4242424242424242', exp_month: 12, exp_year: 2031, cvc: '123' };
  const { token } = await post('/payment-methods/tokenize', card);
  const method = (await post('/payment-methods', { customer_id: customer, type: 'card', token }, `m-${product}`)).id;
  const order = (
    await post(
      '/orders',
      {
        customer_id: customer,
        currency: 'USD',
        items: [{ product_id: product, quantity: 2, unit_price: 2499 }],
        total: 4998,
        notes: PERSON['note of the order'],
        shipping_address: address(PERSON['street of the shipment']),
      },
      `order-${product}`,
    )
  ).id;
  const { id: importId, job } = await importAgain(external);
  await until(job);
  const exported = await post('/exports', { resource: 'customers', format: 'csv' });
  await until(exported.id);
  return { customer, order, product, method, importId, exportId: exported.subject_id, shipment: '' };
}

/** The same customer once more as a file, and a row that is refused and kept. */
async function importAgain(external = PERSON['external id']): Promise<{ id: string; job: string }> {
  const rows = ['type,name,email,external_id', `person,${PERSON.name},${PERSON.email},${external}`];
  rows.push(`robot,${PERSON.name},${PERSON.email},other-${external}`);
  const answer = await app.request('POST', '/imports?resource=customers', {
    token: shop.token,
    raw: rows.join('\n'),
    headers: { 'content-type': 'text/csv' },
  });
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return { id: answer.body.subject_id, job: answer.body.id };
}

async function until(job: string): Promise<void> {
  for (;;) {
    await app.settle();
    const { status } = (await call('GET', `/jobs/${job}`)).body;
    if (!['queued', 'running'].includes(status)) return assert.equal(status, 'completed');
  }
}

async function deliver(sold: Sold): Promise<void> {
  await post(`/orders/${sold.order}/confirm`);
  await post(`/orders/${sold.order}/process`);
  const tracking = { carrier: 'ups', tracking_number: `1Z${sold.order.slice(-16)}` };
  await post(`/orders/${sold.order}/ship`, tracking);
  sold.shipment = (await call('GET', `/shipping?order_id=${sold.order}`)).body.data[0].id;
  await post(`/orders/${sold.order}/deliver`);
  await app.settle();
}

/** Everything that the API tells about the sale. */
async function told(sold: Sold): Promise<string[]> {
  const { customer, order, method, importId, exportId, shipment } = sold;
  const paths = [
    `/customers/${customer}`,
    `/customers?limit=100`,
    `/customers/${customer}/contacts`,
    `/customers/${customer}/addresses`,
    `/customers/${customer}/statement`,
    `/orders/${order}`,
    `/orders/${order}/history`,
    `/shipping/${shipment}`,
    `/payment-methods/${method}`,
    `/payments?order_id=${order}`,
    `/events?limit=100`,
    `/audit-logs?limit=100`,
    `/imports/${importId}/errors`,
    `/exports/${exportId}/download`,
  ];
  const answers = await Promise.all(paths.map((path) => call('GET', path)));
  return answers.map(({ body }) => (typeof body === 'string' ? body : JSON.stringify(body ?? '')));
}

async function mails(): Promise<string[]> {
  const folder = join(app.dataDirectory, 'outbox');
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

const keysOf = async (ids: readonly string[]) => {
  const schemas = ['customers', 'orders', 'shipping'].map((schema) => `select subject_id from ${schema}.subject_keys`);
  const { rows } = await client.query(
    `select * from (${schemas.join(' union all ')}) as keys where subject_id = any($1)`,
    [ids],
  );
  return rows.length;
};

test('GDPR-05 C-89 an erased customer is found nowhere: not in a table, an answer, a mail, a file, a replayed answer', async () => {
  const sold = await sell();
  await deliver(sold);
  const readBefore = foundIn(PERSON, await told(sold)).length;
  assert.equal(readBefore, Object.keys(PERSON).length, 'all of it can be read before');
  assert.ok(foundIn(PERSON, await mails()).length > 0, 'the person was written to');
  const contact = (await call('GET', `/customers/${sold.customer}/contacts`)).body.data[0].id;
  const owners = [sold.customer, contact, sold.order, sold.shipment];
  assert.equal(await keysOf(owners), 4);

  const erased = await call('POST', `/customers/${sold.customer}/erase`);
  assert.equal(erased.status, 200, JSON.stringify(erased.body));
  assert.partialDeepStrictEqual(erased.body, {
    status: 'archived',
    name: 'Erased customer',
    email: null,
    tags: [],
    metadata: {},
    external_id: null,
    erased_at: app.clock.now().toISOString(),
  });
  await app.settle();

  assert.deepEqual(await foundInTables(client, PERSON), []);
  assert.deepEqual(foundIn(PERSON, await told(sold)), []);
  assert.deepEqual(foundIn(PERSON, await mails()), []);
  assert.deepEqual(foundIn(PERSON, app.logLines), []);
  assert.equal(await keysOf(owners), 0);
  const method = (await call('GET', `/payment-methods/${sold.method}`)).body;
  assert.deepEqual([method.status, method.last4, method.fingerprint], ['detached', '0000', '']);
  assert.equal((await client.query('select 1 from vault.cards')).rowCount, 0);
  assert.equal((await call('GET', `/exports/${sold.exportId}/download`)).status, 410);
  const replayed = await call('POST', '/customers', newCustomer(), { 'idempotency-key': `customer-${sold.product}` });
  const { code } = replayed.body.error;
  assert.deepEqual([replayed.status, code], [422, 'ERR_IDEMPOTENCY_MISMATCH'], 'no second customer, and no answer');

  const money = (await call('GET', `/orders/${sold.order}`)).body;
  assert.deepEqual([money.total, money.status, money.notes], [4998, 'delivered', null], 'the books stay');
});

test('an erasure is audited, repeating it changes nothing, and an erased customer takes nothing any more', async () => {
  const sold = await sell('CRM-again');
  const first = await call('POST', `/customers/${sold.customer}/erase`);
  assert.equal(first.status, 200);
  app.clock.advance(1_000);
  const again = await call('POST', `/customers/${sold.customer}/erase`);
  assert.deepEqual(again.body, first.body);
  await app.settle();
  const { data } = (await call('GET', `/audit-logs?object_id=${sold.customer}&limit=100`)).body;
  const erasures = data.filter((entry: { event_type: string }) => entry.event_type === 'customer.erased');
  assert.equal(erasures.length, 1, JSON.stringify(data));
  for (const [method, path, body] of [
    ['PATCH', '', { name: 'Minnie' }],
    ['POST', '/restore', undefined],
    ['POST', '/contacts', { name: 'Minnie', roles: [] }],
    ['POST', '/addresses', { types: ['office'], address: address('Anywhere 1') }],
  ] as const) {
    const refused = await call(method, `/customers/${sold.customer}${path}`, body);
    assert.deepEqual([refused.status, refused.body.error.code], [410, 'ERR_GONE'], path);
  }
});

test('what was on its way during an erasure is looked for again a day later', async () => {
  const { id } = await post('/customers', { type: 'person', name: PERSON.name, external_id: 'CRM-late' });
  await post(`/customers/${id}/erase`);
  const late = await importAgain('CRM-late-import');
  await until(late.job);
  const before = await call('GET', `/imports/${late.id}/failed-rows`);
  assert.ok(foundIn({ name: PERSON.name }, [JSON.stringify(before.body)]).length > 0);
  app.clock.advance(25 * HOUR_MS);
  await app.settle();
  const token = await app.tokenWith(shop, ['imports:read', 'customers:read']);
  const after = await call('GET', `/imports/${late.id}/failed-rows`, undefined, {}, token);
  assert.equal(after.status, 410);
});

test('a customer with an order under way is not erased, is told which, and stays as it was', async () => {
  const sold = await sell('CRM-open');
  await post(`/orders/${sold.order}/confirm`);
  const before = (await call('GET', `/customers/${sold.customer}`)).body;
  const refused = await call('POST', `/customers/${sold.customer}/erase`);
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'ERR_INVALID_STATE']);
  assert.ok(refused.body.error.message.includes(sold.order));
  assert.deepEqual((await call('GET', `/customers/${sold.customer}`)).body, before);
});

test('erasing needs a right of its own, and another organisation finds nobody', async () => {
  const { id } = await post('/customers', { type: 'person', name: 'Ada' });
  const writer = await app.tokenWith(shop, ['customers:write']);
  assert.equal((await call('POST', `/customers/${id}/erase`, undefined, {}, writer)).status, 403);
  const other = await app.organization();
  assert.equal((await call('POST', `/customers/${id}/erase`, undefined, {}, other.token)).status, 404);
  assert.equal((await call('GET', `/customers/${id}`)).body.name, 'Ada');
});

test('merged duplicates are erased together, whichever is named', async () => {
  const make = async (name: string) => (await post('/customers', { type: 'person', name, email: PERSON.email })).id;
  const [stays, goes] = [await make('Minnie'), await make('Wilhelmina')];
  await post(`/customers/${stays}/merge`, { from: goes });
  const { body } = await call('POST', `/customers/${goes}/erase`);
  assert.deepEqual([body.id, body.name], [stays, 'Erased customer']);
  const names = await Promise.all([stays, goes].map(async (id) => (await call('GET', `/customers/${id}`)).body.name));
  assert.deepEqual(names, ['Erased customer', 'Erased customer']);
  assert.equal((await call('POST', `/customers/${goes}/restore`)).status, 410);
});

test('V2-39 C-56 C-59 a person deleted in /v2 is erased after 30 days with the customer they bought as, once no order is under way', async () => {
  const key = await app.key(shop, { edition: 'v2', family: 'tc_live_sk' });
  const user = await call('POST', '/v2/users', { name: PERSON.name, email: PERSON.email }, {}, key);
  assert.equal(user.status, 201, JSON.stringify(user.body));
  const { tenant } = shop;
  const customer = (await app.platform.modules.customers.findCustomerOfUser(tenant, user.body.id))!;
  const bolt = { name: 'Bolt', description: 'M8', price: 2499, category: 'hardware', active: true };
  const product = (await post('/products', bolt)).id;
  await post('/inventory/adjust', {
    product_id: product,
    quantity_change: 5,
    reason: 'opening',
    reference_id: 'count',
  });
  await post('/payment-methods', { customer_id: customer, type: 'card', token: 'tok_visa' });
  const items = [{ product_id: product, quantity: 1, unit_price: 2499 }];
  const order = await post('/orders', { customer_id: customer, currency: 'USD', items, total: 2499 });
  await post(`/orders/${order.id}/confirm`);
  assert.equal((await call('DELETE', `/v2/users/${user.body.id}`, undefined, {}, key)).status, 204);

  const days = async (count: number) => {
    app.clock.advance(count * 24 * HOUR_MS + 60_000);
    await app.settle();
    const token = await app.tokenWith(shop, ['customers:read', 'orders:write']);
    return { token, name: (await call('GET', `/customers/${customer}`, undefined, {}, token)).body.name };
  };
  const waiting = await days(30);
  assert.equal(waiting.name, PERSON.name, 'the parcel still needs its address');
  await call('POST', `/orders/${order.id}/cancel`, undefined, {}, waiting.token);
  let seen = await days(1);
  // Jobs also run by themselves, so that one may be under way while we look.
  for (let round = 0; seen.name === PERSON.name && round < 50; round++) {
    await delay(20);
    seen = await days(0);
  }
  assert.equal(seen.name, 'Erased customer');
  const { rows } = await client.query('select 1 from audit.subject_keys where subject_id = $1', [user.body.id]);
  assert.deepEqual(rows, []);
  assert.deepEqual(await foundInTables(client, { name: PERSON.name, email: PERSON.email }), []);
});
