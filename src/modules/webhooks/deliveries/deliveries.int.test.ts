import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#kernel/clock.ts';
import { testContext, testTenant } from '#test/support/module.ts';
import { recordingReceiver, webhooksUnderTest } from '../webhooks-under-test.ts';

test('every public event reaches the endpoint, internal ones do not', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url, received } = await recordingReceiver(t);
  await at.createWebhook(url);
  await at.commit('order.created', 'ord_1', 1, { order: { total: 4998 } });
  await at.commit('internal.reserved', 'ord_1', 2);
  await at.commit('order.delivered', 'ord_1', 3, { order: { total: 4998 } });
  await at.commit('payment.succeeded', 'pay_1', 1);
  await at.commit('payment.failed', 'pay_2', 1);
  await at.commit('invoice.paid', 'in_1', 1);
  await at.send();
  const bodies = received.map(({ body }) => JSON.parse(body));
  assert.deepEqual(bodies.map(({ type, object_id, sequence }) => `${type} ${object_id} ${sequence}`).sort(), [
    'invoice.paid in_1 1',
    'order.completed ord_1 3',
    'order.created ord_1 1',
    'order.updated ord_1 3',
    'payment.failed pay_2 1',
    'payment.succeeded pay_1 1',
  ]);
  const created = bodies.find(({ type }) => type === 'order.created');
  assert.deepEqual(created.data, { order: { total: 4998 } });
  assert.equal(created.livemode, true);
  assert.equal(created.created_at, at.clock.now().toISOString());
});

test('WHK-09 WHK-20 any 2xx counts as delivered and the log tells status, response code and timing', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url } = await recordingReceiver(t, () => 204);
  const webhook = await at.createWebhook(url);
  await at.commit('order.created', 'ord_1', 1);
  await at.send();
  const { items } = await at.service.listDeliveries(at.tenant, webhook.id, {}, at.page());
  assert.equal(items.length, 1);
  const [delivery] = items;
  assert.equal(delivery!.status, 'succeeded');
  assert.equal(delivery!.nextAttemptAt, null);
  const [attempt] = delivery!.attempts;
  assert.equal(attempt!.response_status, 204);
  assert.equal(attempt!.error, null);
  assert.ok(attempt!.duration_ms >= 0 && attempt!.duration_ms < 2_000);
});

test('WHK-10 no answer in time, a redirect and an error status are failed attempts', async (t) => {
  const at = await webhooksUnderTest(t, { answerTimeoutMs: 1_500 });
  const never = await recordingReceiver(t, () => new Promise(() => {}));
  const redirect = await recordingReceiver(t, () => 302);
  const broken = await recordingReceiver(t, () => 500);
  const webhooks = [
    await at.createWebhook(never.url),
    await at.createWebhook(redirect.url),
    await at.createWebhook(broken.url),
  ];
  await at.commit('order.created', 'ord_1', 1);
  await at.send();
  const attempts = [];
  for (const { id } of webhooks) {
    const { items } = await at.service.listDeliveries(at.tenant, id, {}, at.page());
    assert.equal(items[0]!.status, 'pending');
    attempts.push(items[0]!.attempts[0]!);
  }
  assert.deepEqual(
    attempts.map(({ response_status }) => response_status),
    [null, 302, 500],
  );
  assert.match(attempts[0]!.error!, /within 30 seconds/);
  assert.match(attempts[1]!.error!, /redirects/);
  assert.match(attempts[2]!.error!, /answered 500/);
});

test('WHK-11 WHK-12 retries come after exactly 1 min, 5 min, 25 min, 2 h and 10 h, and there are five', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url, received } = await recordingReceiver(t, () => 503);
  const webhook = await at.createWebhook(url);
  await at.commit('order.created', 'ord_1', 1);
  await at.send();
  assert.equal(received.length, 1);
  for (const [index, pauseMs] of [MINUTE_MS, 5 * MINUTE_MS, 25 * MINUTE_MS, 2 * HOUR_MS, 10 * HOUR_MS].entries()) {
    at.clock.advance(pauseMs - 1);
    await at.send();
    assert.equal(received.length, index + 1, `one millisecond before retry ${index + 1}`);
    at.clock.advance(1);
    await at.send();
    assert.equal(received.length, index + 2, `retry ${index + 1}`);
  }
  at.clock.advance(3 * DAY_MS);
  await at.send();
  assert.equal(received.length, 6);
  const { items } = await at.service.listDeliveries(at.tenant, webhook.id, {}, at.page());
  assert.equal(items[0]!.status, 'failed');
  assert.deepEqual(
    items[0]!.attempts.map(({ number }) => number),
    [1, 2, 3, 4, 5, 6],
  );
  assert.equal(new Set(received.map(({ body }) => body)).size, 1, 'every attempt sends the same bytes');
  assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 1);
});

test('WHK-12 a retry that succeeds ends the schedule', async (t) => {
  const at = await webhooksUnderTest(t);
  let isDown = true;
  const { url, received } = await recordingReceiver(t, () => (isDown ? 500 : 200));
  const webhook = await at.createWebhook(url);
  await at.commit('order.created', 'ord_1', 1);
  await at.send();
  isDown = false;
  at.clock.advance(MINUTE_MS);
  await at.send();
  at.clock.advance(DAY_MS);
  await at.send();
  assert.equal(received.length, 2);
  const { items } = await at.service.listDeliveries(at.tenant, webhook.id, { status: 'succeeded' }, at.page());
  assert.deepEqual(
    items[0]!.attempts.map(({ response_status }) => response_status),
    [500, 200],
  );
  assert.equal((await at.service.getWebhook(at.tenant, webhook.id)).failingSince, null);
});

test('WHK-13 WHK-14 after the last attempt the webhook is failing and owner and admins get one mail each', async (t) => {
  const at = await webhooksUnderTest(t);
  let isDown = true;
  const { url } = await recordingReceiver(t, () => (isDown ? 500 : 200));
  const webhook = await at.createWebhook(url);
  await at.commit('order.created', 'ord_1', 1);
  await at.commit('order.created', 'ord_2', 1);
  const giveUp = async () => {
    await at.send();
    for (const pauseMs of [MINUTE_MS, 5 * MINUTE_MS, 25 * MINUTE_MS, 2 * HOUR_MS, 10 * HOUR_MS]) {
      assert.equal((await at.service.getWebhook(at.tenant, webhook.id)).failingSince, null);
      assert.equal(at.mails.length, 0);
      at.clock.advance(pauseMs);
      await at.send();
    }
    await at.worker.runDue();
  };
  await giveUp();
  const failing = await at.service.getWebhook(at.tenant, webhook.id);
  assert.equal(failing.failingSince, at.clock.now().toISOString());
  assert.deepEqual(
    at.mails.map(({ to }) => to),
    ['owner@example.com', 'admin@example.com'],
  );
  assert.match(at.mails[0]!.text, new RegExp(webhook.id));
  // Two deliveries were given up, but the endpoint turned failing once.
  const types = at.committed.filter(({ source }) => source === 'webhooks').map(({ type }) => type);
  assert.deepEqual(types, ['webhook.created', 'webhook.failing']);
  isDown = false;
  await at.service.sendTest(testContext(at.tenant), webhook.id);
  await at.send();
  assert.equal((await at.service.getWebhook(at.tenant, webhook.id)).failingSince, null);
  assert.equal(at.committed[at.committed.length - 1]!.type, 'webhook.recovered');
});

test('WHK-18 only subscribed events of the same organisation and mode are delivered', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url, received } = await recordingReceiver(t);
  await at.createWebhook(url, { events: ['payment.failed'] });
  await at.createWebhook(`${url}/test`, {}, { ...at.tenant, livemode: false });
  await at.createWebhook(`${url}/stranger`, {}, testTenant());
  await at.commit('order.created', 'ord_1', 1);
  await at.commit('payment.failed', 'pay_1', 1);
  await at.commit('order.created', 'ord_2', 1, {}, { ...at.tenant, livemode: false });
  await at.send();
  assert.deepEqual(
    received.map(({ path, body }) => `${path} ${JSON.parse(body).type} ${JSON.parse(body).livemode}`).sort(),
    ['/hooks payment.failed true', '/hooks/test order.created false'],
  );
});

test('WHK-19 deliveries of the last 30 days are served, older ones are not and get deleted', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url } = await recordingReceiver(t);
  const webhook = await at.createWebhook(url);
  await at.module.start!();
  await at.module.stop!();
  const event = await at.commit('order.created', 'ord_1', 1);
  await at.send();
  at.clock.advance(30 * DAY_MS);
  await at.commit('order.created', 'ord_2', 1);
  await at.send();
  const list = async () => (await at.service.listDeliveries(at.tenant, webhook.id, {}, at.page())).items;
  assert.equal((await list()).length, 2, 'exactly 30 days old');
  at.clock.advance(1);
  const kept = await list();
  assert.deepEqual(
    kept.map(({ attempts }) => attempts.length),
    [1],
  );
  await assert.rejects(at.service.getEvent(at.tenant, event.id), { kind: 'not_found' });
  at.clock.advance(DAY_MS);
  await at.worker.runDue();
  const count = { text: 'select count(*) as rows from webhooks.deliveries', values: [] };
  assert.deepEqual(await at.kit.database.read({ orgId: '*', livemode: true }, count), [{ rows: 1 }]);
  const next = { text: `select run_at from webhooks.jobs where kind = 'webhooks.retention'`, values: [] };
  const [job] = await at.kit.database.read({ orgId: '*', livemode: true }, next);
  assert.ok(Date.parse(job!.run_at) > at.clock.nowMs(), 'the next clean-up is planned');
});

test('a delivery that is replayed is the same message with the same id, and a pause holds back without losing', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url, received } = await recordingReceiver(t);
  const webhook = await at.createWebhook(url);
  await at.commit('order.created', 'ord_1', 1);
  await at.send();
  const [first] = (await at.service.listDeliveries(at.tenant, webhook.id, {}, at.page())).items;
  await at.service.updateWebhook(testContext(at.tenant), webhook.id, { paused: true });
  await at.service.replay(testContext(at.tenant), webhook.id, first!.id);
  await at.commit('order.created', 'ord_2', 1);
  await at.service.sendTest(testContext(at.tenant), webhook.id);
  await at.send();
  assert.deepEqual(
    received.slice(1).map(({ body }) => JSON.parse(body).type),
    ['webhook.test'],
  );
  await at.service.updateWebhook(testContext(at.tenant), webhook.id, { paused: false });
  await at.send();
  const later = received.slice(2).map(({ body, headers }) => ({ body, id: headers['webhook-id'] }));
  assert.equal(later.length, 2);
  const replayed = later.find(({ id }) => id === received[0]!.headers['webhook-id']);
  assert.equal(replayed?.body, received[0]!.body);
});
