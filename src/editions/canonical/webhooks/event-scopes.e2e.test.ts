import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ALL_EVENT_TYPES, EVENT_TYPES } from '#modules/webhooks/index.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { requireEventScopes } from './event-scopes.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

test('AUTH-11 WHK-01 every event but the test needs a scope that reads what it tells about', () => {
  const nobody = { scopes: new Set<string>() } as never;
  const free = ALL_EVENT_TYPES.filter((type) => {
    try {
      requireEventScopes(nobody, [type]);
      return true;
    } catch {
      return false;
    }
  });
  assert.deepEqual(free, ['webhook.test']);
});

test('AUTH-11 who may register webhooks or list events reads by them only what their scopes let them read', async () => {
  const token = await app.tokenWith(shop, ['webhooks:write', 'webhooks:read', 'events:read', 'shipping:read']);
  const send = (method: string, path: string, body?: unknown, as = token) =>
    app.request(method, path, { token: as, body });
  const url = 'https://hooks.receiver.example/in';
  const refused = await send('POST', '/webhooks', { url, events: ['shipment.created', 'order.created'] });
  assert.equal(refused.status, 403);
  assert.match(refused.body.error.message, /`orders:read`, which the event order.created needs/);
  const own = (await send('POST', '/webhooks', { url, events: ['shipment.created'] })).body;
  assert.equal((await send('PATCH', `/webhooks/${own.id}`, { events: ['payment.succeeded'] })).status, 403);
  assert.equal((await send('PATCH', `/webhooks/${own.id}`, { description: 'Mine' })).status, 200);

  const all = (await send('POST', '/webhooks', { url, events: [...EVENT_TYPES] }, shop.token)).body;
  const elsewhere = { url: 'https://hooks.receiver.example/mine' };
  assert.equal((await send('PATCH', `/webhooks/${all.id}`, elsewhere)).status, 403, 'nor by leading it elsewhere');
  assert.equal((await send('PATCH', `/webhooks/${all.id}`, { paused: true })).status, 200);

  const customer = (await send('POST', '/customers', { type: 'company', name: 'Acme' }, shop.token)).body.id;
  const bolt = { name: 'Manual', description: 'M8', price: 100, category: 'software', active: true };
  const product_id = (await send('POST', '/products', bolt, shop.token)).body.id;
  const items = [{ product_id, quantity: 1, unit_price: 100 }];
  await send('POST', '/orders', { customer_id: customer, currency: 'USD', items, total: 100 }, shop.token);
  await app.settle();
  const [event] = (await send('GET', '/events', undefined, shop.token)).body.data;
  assert.equal(event.type, 'order.created');
  assert.deepEqual((await send('GET', '/events')).body.data, []);
  assert.equal((await send('GET', '/events?type=order.created')).status, 403);
  assert.equal((await send('GET', `/events/${event.id}`)).status, 403);
});
