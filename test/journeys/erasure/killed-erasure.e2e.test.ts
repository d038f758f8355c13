import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { installation, type ServerProcess } from '#test/support/server/server-process.ts';

/** Between modules, and at the ends. */
const BOUNDARIES = ['close-customer:after', 'erase-orders:after', 'erase-payments:after', 'forget-customer:before'];

async function done(server: ServerProcess, token: string, method: string, path: string, body?: unknown) {
  const answer = await server.call(method, path, { token, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function sold(
  server: ServerProcess,
  token: string,
): Promise<{ customer: string; order: string; method: string }> {
  const post = async (path: string, body: unknown) => (await done(server, token, 'POST', path, body)).id as string;
  const customer = await post('/customers', { type: 'person', name: 'Ada Lovelace', email: 'ada@lovelace.example' });
  const method = await post('/payment-methods', { customer_id: customer, type: 'card', token: 'tok_visa' });
  const bolt = { name: 'Bolt', description: 'M8', price: 1999, category: 'software', active: true };
  const items = [{ product_id: await post('/products', bolt), quantity: 1, unit_price: 1999 }];
  const order = await post('/orders', { customer_id: customer, currency: 'USD', items, total: 1999, notes: 'Ring' });
  return { customer, order, method };
}

test('ARC-15 GDPR-05 a server killed in the middle of an erasure erases the rest when it is started again', async (t) => {
  const place = installation(t);
  let server = await place.start();
  for (const boundary of BOUNDARIES) {
    const token = await server.token();
    const { customer, order, method } = await sold(server, token);
    await server.kill('SIGTERM');
    server = await place.start({ CRASH_AT: `customer.erase:${boundary}` });
    await server.call('POST', `/customers/${customer}/erase`, { token: await server.token(), key: boundary }).then(
      () => assert.fail(`${boundary}: the server answered`),
      () => undefined,
    );
    assert.equal(await server.ended, 'SIGKILL', boundary);
    server = await place.start();
    const again = await server.token();
    const read = (path: string) => done(server, again, 'GET', path);
    for (let round = 0; (await read(`/customers/${customer}`)).erased_at === null; round++) {
      assert.ok(round < 200, `${boundary}: the erasure did not go on`);
      await delay(25);
    }
    const found = {
      name: (await read(`/customers/${customer}`)).name,
      notes: (await read(`/orders/${order}`)).notes,
      last4: (await read(`/payment-methods/${method}`)).last4,
      repeated: (await server.call('POST', `/customers/${customer}/erase`, { token: again, key: boundary })).status,
    };
    assert.deepEqual(found, { name: 'Erased customer', notes: null, last4: '0000', repeated: 200 }, boundary);
  }
});
