import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

function send(method: string, path: string, body?: unknown, more: object = {}) {
  return app.request(method, path, { token: shop.token, body, ...more });
}

const aCustomer = async () => (await send('POST', '/customers', { type: 'company', name: 'Ada' })).body.id;
const aMethod = async (customer_id: string, token = 'tok_visa') =>
  (await send('POST', '/payment-methods', { customer_id, type: 'card', token })).body.id;
const read = async (id: string) => (await send('GET', `/customers/${id}`)).body;

test('G-02 C-86 a customer names the method that orders are paid with, and hears of it whoever changes it', async () => {
  const id = await aCustomer();
  assert.equal((await read(id)).default_payment_method_id, null);
  const [first, second] = [await aMethod(id), await aMethod(id, 'tok_mastercard')];
  await app.settle();
  const before = await read(id);
  assert.equal(before.default_payment_method_id, first, 'the first method is the default');

  const changed = await send('PATCH', `/customers/${id}`, { default_payment_method_id: second });
  assert.deepEqual([changed.status, changed.body.default_payment_method_id], [200, second]);
  assert.equal((await read(id)).default_payment_method_id, second);
  assert.equal((await send('GET', `/payment-methods/${second}`)).body.default, true);
  assert.equal((await send('GET', `/payment-methods/${first}`)).body.default, false);
  await app.settle();
  assert.equal((await read(id)).updated_at, changed.body.updated_at, 'the event says nothing new');

  await send('POST', `/payment-methods/${first}/set-default`);
  await app.settle();
  assert.equal((await read(id)).default_payment_method_id, first);
  await send('DELETE', `/payment-methods/${first}`);
  await app.settle();
  assert.equal((await read(id)).default_payment_method_id, null);

  await send('PATCH', `/customers/${id}`, { default_payment_method_id: second });
  const cleared = await send('PATCH', `/customers/${id}`, { default_payment_method_id: null });
  assert.equal(cleared.body.default_payment_method_id, null);
  assert.equal((await send('GET', `/payment-methods/${second}`)).body.default, false);
});

test('G-02 C-26 a method of another customer or tenant, a detached one and a stale If-Match change nothing', async () => {
  const [id, other] = [await aCustomer(), await aCustomer()];
  const own = await aMethod(id);
  const stranger = await app.organization();
  const far = await app.request('POST', '/customers', { token: stranger.token, body: { type: 'person', name: 'Eve' } });
  const farMethod = await app.request('POST', '/payment-methods', {
    token: stranger.token,
    body: { customer_id: far.body.id, type: 'card', token: 'tok_visa' },
  });
  const gone = await aMethod(id, 'tok_amex');
  await send('DELETE', `/payment-methods/${gone}`);
  for (const method of [await aMethod(other), farMethod.body.id, gone, 'pmt_01m85bzpp3e00a29fhn388ttx7']) {
    const refused = await send('PATCH', `/customers/${id}`, { default_payment_method_id: method });
    assert.deepEqual([refused.status, refused.body.error.details[0].field], [422, 'default_payment_method_id']);
  }
  const second = await aMethod(id, 'tok_mastercard');
  const stale = { headers: { 'if-match': '"99"' } };
  assert.equal((await send('PATCH', `/customers/${id}`, { default_payment_method_id: second }, stale)).status, 412);
  await app.settle();
  assert.equal((await read(id)).default_payment_method_id, own);
  assert.equal((await send('GET', `/payment-methods/${own}`)).body.default, true);
});
