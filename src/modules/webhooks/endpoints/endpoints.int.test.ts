import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testContext, testTenant } from '#test/support/module.ts';
import { recordingReceiver, webhooksUnderTest } from '../webhooks-under-test.ts';
import { ENDPOINTS_MAX } from './endpoint.ts';

const URL = 'https://hooks.receiver.test/in';

test('WHK-15 WHK-17 a webhook is registered with a given or a generated secret, which is stored sealed', async (t) => {
  const at = await webhooksUnderTest(t);
  const given = await at.createWebhook(URL, { secret: 'a secret of mine', events: ['order.created'] });
  const made = await at.createWebhook(URL);
  assert.equal(given.secret, 'a secret of mine');
  assert.match(made.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const stored = await at.service.getWebhook(at.tenant, given.id);
  assert.deepEqual(stored.events, ['order.created']);
  assert.ok(!('secret' in stored));
  const rows = await at.kit.database.read(at.tenant, { text: 'select * from webhooks.endpoints', values: [] });
  assert.ok(!JSON.stringify(rows.map((row) => row.secret.toString('latin1'))).includes('a secret of mine'));
  const events = JSON.stringify(at.committed);
  assert.ok(!events.includes('a secret of mine') && !events.includes(made.secret) && !events.includes('/in'));
});

test('WHK-16 the database too refuses a URL without HTTPS', async (t) => {
  const at = await webhooksUnderTest(t, { policy: { allowedPrivateHosts: ['hooks.receiver.test'] } });
  await assert.rejects(at.createWebhook('http://hooks.receiver.test/in'));
  assert.equal((await at.service.listWebhooks(at.tenant, at.page())).items.length, 0);
});

test('another organisation, or the other mode, sees no webhook, delivery or event', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url } = await recordingReceiver(t);
  const webhook = await at.createWebhook(url);
  const event = await at.commit('order.created', 'ord_1', 1);
  await at.send();
  const [delivery] = (await at.service.listDeliveries(at.tenant, webhook.id, {}, at.page())).items;
  for (const stranger of [testTenant(), { ...at.tenant, livemode: false }]) {
    const context = testContext(stranger);
    const missing = { kind: 'not_found' };
    await assert.rejects(at.service.getWebhook(stranger, webhook.id), missing);
    await assert.rejects(at.service.updateWebhook(context, webhook.id, { paused: true }), missing);
    await assert.rejects(at.service.deleteWebhook(context, webhook.id), missing);
    await assert.rejects(at.service.rotateSecret(context, webhook.id), missing);
    await assert.rejects(at.service.sendTest(context, webhook.id), missing);
    await assert.rejects(at.service.replay(context, webhook.id, delivery!.id), missing);
    await assert.rejects(at.service.getDelivery(stranger, webhook.id, delivery!.id), missing);
    await assert.rejects(at.service.getEvent(stranger, event.id), missing);
    assert.deepEqual((await at.service.listWebhooks(stranger, at.page())).items, []);
    assert.deepEqual((await at.service.listEvents(stranger, {}, at.page())).items, []);
  }
});

test('a deleted webhook is gone, without its secret, and gets nothing more', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url, received } = await recordingReceiver(t);
  const webhook = await at.createWebhook(url);
  await at.commit('order.created', 'ord_1', 1);
  await at.deliverEvents();
  await at.service.deleteWebhook(testContext(at.tenant), webhook.id);
  await at.commit('order.created', 'ord_2', 1);
  await at.send();
  assert.equal(received.length, 0);
  await assert.rejects(at.service.getWebhook(at.tenant, webhook.id), { kind: 'not_found' });
  await assert.rejects(at.service.deleteWebhook(testContext(at.tenant), webhook.id), { kind: 'not_found' });
  const text = `select endpoint.secret, delivery.status from webhooks.endpoints as endpoint
    join webhooks.deliveries as delivery on delivery.webhook_id = endpoint.id`;
  const rows = await at.kit.database.read(at.tenant, { text, values: [] });
  assert.deepEqual(rows, [{ secret: null, status: 'canceled' }]);
});

test('a change needs the version that its caller read, and keeps what it does not name', async (t) => {
  const at = await webhooksUnderTest(t);
  const webhook = await at.createWebhook(URL, { description: 'books', events: ['order.created'] });
  const stale = testContext(at.tenant, { expectedVersion: 2 });
  await assert.rejects(at.service.updateWebhook(stale, webhook.id, { paused: true }), { kind: 'precondition_failed' });
  const fresh = testContext(at.tenant, { expectedVersion: 1 });
  const changed = await at.service.updateWebhook(fresh, webhook.id, { events: ['payment.failed'] });
  assert.deepEqual(
    [changed.version, changed.events, changed.description, changed.url],
    [2, ['payment.failed'], 'books', URL],
  );
});

test('an organisation has at most fifty webhooks in a mode', async (t) => {
  const at = await webhooksUnderTest(t);
  for (let index = 0; index < ENDPOINTS_MAX; index++) await at.createWebhook(URL);
  await assert.rejects(at.createWebhook(URL), { kind: 'invalid_state' });
  await at.createWebhook(URL, {}, { ...at.tenant, livemode: false });
});

test('G-21 events are listed newest first whether or not a webhook was there', async (t) => {
  const at = await webhooksUnderTest(t);
  await at.commit('order.created', 'ord_1', 1);
  at.clock.advance(1_000);
  const second = await at.commit('order.delivered', 'ord_1', 2, { order: { total: 5 } });
  await at.send();
  const all = await at.service.listEvents(at.tenant, {}, at.page());
  assert.deepEqual(
    new Set(all.items.map(({ type }) => type)),
    new Set(['order.completed', 'order.updated', 'order.created']),
  );
  const updated = await at.service.getEvent(at.tenant, second.id);
  assert.deepEqual([updated.type, updated.sequence, updated.data], ['order.updated', 2, { order: { total: 5 } }]);
  const filter = { types: ['order.completed'], createdAfter: at.clock.now().toISOString() };
  assert.equal((await at.service.listEvents(at.tenant, filter, at.page())).items.length, 1);
});
