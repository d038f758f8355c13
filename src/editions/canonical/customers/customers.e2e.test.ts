import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

const ada = { type: 'person', name: 'Ada Lovelace', email: 'ada@example.com', phone: '+441234567890' };
const address = { line1: '12 St James Square', city: 'London', postal_code: 'SW1Y 4JH', country: 'GB' };

const post = (body: unknown, token = shop.token) => app.request('POST', '/customers', { token, body });
const get = (path: string, token = shop.token) => app.request('GET', path, { token });
const patch = (id: string, body: unknown) => app.request('PATCH', `/customers/${id}`, { token: shop.token, body });

async function findings(body: unknown): Promise<string[]> {
  const answer = await post(body);
  assert.deepEqual([answer.status, answer.body.error.code], [422, 'ERR_VALIDATION']);
  return answer.body.error.details.map((detail: { field: string; code: string }) => `${detail.field} ${detail.code}`);
}

test('a customer is created, read, listed and changed (G-02)', async () => {
  const made = await post({
    ...ada,
    billing_address: address,
    credit_limit: 0,
    payment_terms: 'NET-30',
    tags: ['vip'],
  });
  assert.equal(made.status, 201);
  assert.equal(made.headers.location, `/customers/${made.body.id}`);
  assert.partialDeepStrictEqual(made.body, {
    ...ada,
    status: 'active',
    billing_address: { ...address, line2: null, state: null },
    shipping_address: null,
    credit_limit: 0,
    payment_terms: 'net-30',
    currency: 'USD',
  });
  const { body: changed } = await patch(made.body.id, { billing_address: { city: 'Bath' }, phone: '', tags: null });
  assert.deepEqual(changed, {
    ...made.body,
    billing_address: { ...made.body.billing_address, city: 'Bath' },
    phone: null,
    tags: [],
    updated_at: changed.updated_at,
  });
  assert.deepEqual((await get(`/customers/${made.body.id}`)).body, changed);
  assert.deepEqual((await get('/customers?limit=1')).body.data, [changed]);
});

test('VAL-01 VAL-02 e-mail and phone are checked by RFC 5322 and E.164', async () => {
  for (const email of ['ada', 'ada@', 'ada@example', 'Ada <ada@example.com>', 'a..b@example.com']) {
    assert.deepEqual(await findings({ ...ada, email }), ['email format']);
  }
  for (const phone of ['0123', '+0123', '+44 123', '+44abc', '441234']) {
    assert.deepEqual(await findings({ ...ada, phone }), ['phone format']);
  }
});

test('VAL-03 a credit limit is a whole number of minor units, zero included', async () => {
  assert.deepEqual(await findings({ ...ada, credit_limit: -1 }), ['credit_limit too_small']);
  assert.deepEqual(await findings({ ...ada, credit_limit: 1.5 }), ['credit_limit not_integer']);
  assert.deepEqual(await findings({ ...ada, credit_limit: '10' }), ['credit_limit type']);
});

test('VAL-10 a list takes 100 entries and refuses 101', async () => {
  const tags = (count: number) => Array.from({ length: count }, (_, index) => `tag-${index}`);
  assert.equal((await post({ ...ada, tags: tags(100) })).body.tags.length, 100);
  assert.deepEqual(await findings({ ...ada, tags: tags(101) }), ['tags too_many']);
});

test('VAL-12 VAL-13 texts are trimmed, and empty ones are null', async () => {
  const { body } = await post({ ...ada, name: '  Ada  ', email: ' ', external_id: '' });
  assert.deepEqual([body.name, body.email, body.external_id], ['Ada', null, null]);
  assert.deepEqual(await findings({ ...ada, name: ' ' }), ['name required']);
});

test('VAL-16 VAL-17 enums in any case are kept in lower case; codes are kept in upper case', async () => {
  const { body } = await post({
    ...ada,
    type: 'COMPANY',
    currency: 'eur',
    billing_address: { ...address, country: 'gb' },
  });
  assert.deepEqual([body.type, body.currency, body.billing_address.country], ['company', 'EUR', 'GB']);
  assert.deepEqual(await findings({ ...ada, type: 'robot' }), ['type not_allowed']);
  assert.deepEqual(await findings({ ...ada, payment_terms: 'net-45' }), ['payment_terms not_allowed']);
});

test('an address needs its line, city and country, also when a patch begins one', async () => {
  assert.deepEqual(await findings({ ...ada, billing_address: { city: 'Bath' } }), [
    'billing_address.line1 required',
    'billing_address.country required',
  ]);
  const { body } = await post(ada);
  const begun = await patch(body.id, { shipping_address: { line1: 'Quay 1', city: 'Bath' } });
  assert.deepEqual([begun.status, begun.body.error.details[0].field], [422, 'shipping_address.country']);
});

test('customers are found by e-mail without case and by external id, and an external id exists once', async () => {
  const { body } = await post({ ...ada, email: 'Grace@Example.com', external_id: 'CRM-7' });
  for (const query of ['email=grace@example.COM', 'external_id=CRM-7', 'email=grace@example.com&type=person']) {
    assert.deepEqual(
      (await get(`/customers?${query}`)).body.data.map(({ id }: { id: string }) => id),
      [body.id],
    );
  }
  assert.deepEqual((await get('/customers?email=nobody@example.com')).body.data, []);
  const twice = await post({ ...ada, external_id: 'CRM-7' });
  assert.deepEqual([twice.status, twice.body.error.code], [409, 'ERR_CONFLICT']);
});

test('deleting archives, deleting again is 410, and restoring brings the customer back (C-33, C-56)', async () => {
  const { body } = await post(ada);
  const archive = () => app.request('DELETE', `/customers/${body.id}`, { token: shop.token });
  const restore = () => app.request('POST', `/customers/${body.id}/restore`, { token: shop.token });
  assert.equal((await restore()).status, 409);
  assert.equal((await archive()).body.status, 'archived');
  const again = await archive();
  assert.deepEqual([again.status, again.body.error.code], [410, 'ERR_GONE']);
  assert.equal((await patch(body.id, { name: 'X' })).status, 410);
  assert.equal((await get(`/customers/${body.id}`)).body.status, 'archived');
  assert.equal((await restore()).body.status, 'active');
  assert.equal((await get(`/customers/${body.id}`)).body.status, 'active');
});

test('no log line of a request names the customer', async () => {
  const { body } = await post({ ...ada, name: 'Zebulon Quartermain', email: 'zebulon@example.com' });
  await get(`/customers?email=zebulon@example.com`);
  await patch(body.id, { phone: '+15551234567' });
  const logged = app.logLines.join('\n').toLowerCase();
  for (const secret of ['quartermain', 'zebulon', '5551234567']) assert.equal(logged.includes(secret), false, secret);
});

test('another organisation gets the same 404 for a customer as for one that never was', async () => {
  const { body } = await post(ada);
  const stranger = await app.organization();
  for (const id of [body.id, newId('cus')]) {
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/restore'],
    ] as const) {
      const options = { token: stranger.token, ...(method === 'PATCH' && { body: { name: 'Mine' } }) };
      const answer = await app.request(method, `/customers/${id}${path}`, options);
      assert.deepEqual([answer.status, answer.body.error.message], [404, `No such customer: ${id}`]);
    }
  }
});
