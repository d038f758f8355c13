import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { MINUTE_MS } from '#kernel/clock.ts';
import { testContext, testTenant } from '#test/support/module.ts';
import { recordingReceiver, webhooksUnderTest } from '../webhooks-under-test.ts';
import { LEASE_MS } from './delivery.ts';

test('WHK-07 a delivery verifies with the Standard Webhooks library and continues the trace of its event', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url, received } = await recordingReceiver(t);
  const webhook = await at.createWebhook(url);
  const event = await at.commit('order.created', 'ord_1', 1, { order: { note: 'naïve ✓' } });
  await at.send();
  const [{ headers, body }] = received as [(typeof received)[0]];
  const verified = new Webhook(webhook.secret).verify(body, headers as Record<string, string>) as { data: unknown };
  assert.deepEqual(verified.data, { order: { note: 'naïve ✓' } });
  assert.equal(headers['webhook-id'], event.id);
  assert.equal(headers['content-type'], 'application/json');
  assert.match(String(headers['x-webhook-signature']), /^sha256=[0-9a-f]{64}$/);
  const [, traceId, spanId] = event.metadata.traceparent.split('-');
  assert.match(String(headers.traceparent), new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  assert.notEqual(String(headers.traceparent).split('-')[2], spanId);
});

test('G-21 after a rotation both secrets verify for 24 hours, then the new one alone', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url, received } = await recordingReceiver(t);
  const old = await at.createWebhook(url, { secret: 'an old secret of mine' });
  const fresh = await at.service.rotateSecret(testContext(at.tenant), old.id);
  const signaturesAfter = async (objectId: string) => {
    await at.commit('order.created', objectId, 1);
    await at.send();
    return String(received[received.length - 1]!.headers['webhook-signature']).split(' ');
  };
  const both = await signaturesAfter('ord_1');
  assert.equal(both.length, 2);
  const { body, headers } = received[0]!;
  assert.doesNotThrow(() => new Webhook(fresh.secret).verify(body, headers as Record<string, string>));
  const oldFormat = new Webhook('an old secret of mine', { format: 'raw' });
  assert.doesNotThrow(() => oldFormat.verify(body, headers as Record<string, string>));
  at.clock.advance(24 * 60 * MINUTE_MS - 1);
  assert.equal((await signaturesAfter('ord_2')).length, 2);
  at.clock.advance(1);
  assert.equal((await signaturesAfter('ord_3')).length, 1);
});

test('a process that dies between the call and its record sends the same message again', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url, received } = await recordingReceiver(t);
  const webhook = await at.createWebhook(url);
  await at.commit('order.created', 'ord_1', 1);
  await at.deliverEvents();
  // The record of the first call is lost, as with a killed process: whoever claims it next has another number.
  const claim = {
    text: `update webhooks.deliveries set claims = claims + 1, next_attempt_at = $1`,
    values: [new Date(at.clock.nowMs() + LEASE_MS).toISOString()],
  };
  await at.kit.database.flight({ orgId: '*', livemode: true }, [claim]);
  await at.module.dispatcher.runDue();
  assert.equal(received.length, 0, 'the lease of the dead process still runs');
  at.clock.advance(LEASE_MS);
  await at.module.dispatcher.runDue();
  const { items } = await at.service.listDeliveries(at.tenant, webhook.id, {}, at.page());
  assert.equal(items[0]!.status, 'succeeded');
  assert.equal(received.length, 1);
});

test('ARC-15 the only process on the data sends at its start what a dead one had taken, and no planned retry early', async (t) => {
  const at = await webhooksUnderTest(t);
  let status = 500;
  const { url, received } = await recordingReceiver(t, () => status);
  await at.createWebhook(url);
  await at.commit('order.created', 'ord_1', 1);
  await at.send();
  assert.equal(received.length, 1, 'its retry is planned');
  status = 200;
  await at.commit('order.created', 'ord_2', 1);
  await at.deliverEvents();
  // Taken by a process that was killed before it recorded anything.
  const lost = {
    text: `update webhooks.deliveries set claims = claims + 1, next_attempt_at = $1 where attempt_count = 0`,
    values: [new Date(at.clock.nowMs() + LEASE_MS).toISOString()],
  };
  await at.kit.database.flight({ orgId: '*', livemode: true }, [lost]);
  await at.module.dispatcher.runDue();
  assert.equal(received.length, 1, 'the lease of the dead process still runs');
  await at.module.releaseLeases!();
  await at.module.dispatcher.runDue();
  assert.deepEqual(
    received.map(({ body }) => JSON.parse(body).object_id),
    ['ord_1', 'ord_2'],
  );
});

test('a claimer whose lease ended records nothing over the one that took over', async (t) => {
  const at = await webhooksUnderTest(t);
  let steal = async () => {};
  const { url, received } = await recordingReceiver(t, async () => {
    await steal();
    return 200;
  });
  const webhook = await at.createWebhook(url);
  await at.commit('order.created', 'ord_1', 1);
  await at.deliverEvents();
  steal = async () => {
    steal = async () => {};
    const text = 'update webhooks.deliveries set claims = claims + 1, next_attempt_at = $1';
    const values = [new Date(at.clock.nowMs() + LEASE_MS).toISOString()];
    await at.kit.database.flight({ orgId: '*', livemode: true }, [{ text, values }]);
  };
  await at.module.dispatcher.runDue();
  const list = async () => (await at.service.listDeliveries(at.tenant, webhook.id, {}, at.page())).items[0]!;
  assert.equal((await list()).status, 'pending');
  assert.equal((await list()).attempts.length, 0);
  at.clock.advance(LEASE_MS);
  await at.module.dispatcher.runDue();
  assert.equal((await list()).status, 'succeeded');
  assert.deepEqual(
    received.map(({ headers }) => headers['webhook-id']),
    [received[0]!.headers['webhook-id'], received[0]!.headers['webhook-id']],
  );
});

test('G-22 with ordering per object the next event waits for the one before, other objects do not', async (t) => {
  const at = await webhooksUnderTest(t);
  let refuseFirst = true;
  const { url, received } = await recordingReceiver(t, ({ body }) => {
    const { object_id, sequence } = JSON.parse(body);
    return refuseFirst && object_id === 'ord_1' && sequence === 1 ? 500 : 200;
  });
  await at.createWebhook(url, { ordering: 'per_object' });
  for (const version of [1, 2, 3]) await at.commit('order.updated', 'ord_1', version);
  await at.commit('order.created', 'ord_2', 1);
  await at.send();
  const seen = () => received.map(({ body }) => `${JSON.parse(body).object_id}:${JSON.parse(body).sequence}`);
  assert.deepEqual(seen().sort(), ['ord_1:1', 'ord_2:1']);
  refuseFirst = false;
  at.clock.advance(MINUTE_MS);
  await at.send();
  assert.deepEqual(seen().slice(2), ['ord_1:1', 'ord_1:2', 'ord_1:3']);
});

test('a slow endpoint fills its own lane while the others get their events', async (t) => {
  const at = await webhooksUnderTest(t, { concurrency: 20, answerTimeoutMs: 4_000 });
  let finishSlow: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    finishSlow = resolve;
  });
  const slow = await recordingReceiver(t, async () => {
    await held;
    return 200;
  });
  const quick = await recordingReceiver(t);
  await at.createWebhook(slow.url, { events: ['order.created'] });
  await at.createWebhook(quick.url, { events: ['payment.failed'] });
  for (let index = 0; index < 60; index++) await at.commit('order.created', `ord_${index}`, 1);
  await at.startEverything();
  const until = async (isTrue: () => boolean, what: string) => {
    for (let round = 0; round < 200 && !isTrue(); round++) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(isTrue(), what);
  };
  await until(() => slow.received.length >= 8, 'the slow lane is full');
  await at.commit('payment.failed', 'pay_1', 1);
  await until(() => quick.received.length === 1, 'the quick endpoint is served');
  assert.ok(slow.received.length < 20, `the slow endpoint holds ${slow.received.length} of 20 places`);
  finishSlow();
  await until(() => slow.received.length === 60, 'the slow endpoint catches up');
});

test('many slow endpoints of one organisation leave room for those of another', async (t) => {
  const at = await webhooksUnderTest(t, { concurrency: 20, answerTimeoutMs: 4_000 });
  const held = Promise.withResolvers<void>();
  const slow = await recordingReceiver(t, async () => {
    await held.promise;
    return 200;
  });
  const quick = await recordingReceiver(t);
  const neighbour = testTenant();
  for (let index = 0; index < 5; index++) await at.createWebhook(`${slow.url}/${index}`, { events: ['order.created'] });
  await at.createWebhook(quick.url, { events: ['order.created'] }, neighbour);
  for (let index = 0; index < 12; index++) await at.commit('order.created', `ord_${index}`, 1);
  await at.startEverything();
  const until = async (isTrue: () => boolean, what: string) => {
    for (let round = 0; round < 200 && !isTrue(); round++) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(isTrue(), what);
  };
  await until(() => slow.received.length >= 15, 'the organisation has its share');
  await at.commit('order.created', 'ord_100', 1, {}, neighbour);
  await until(() => quick.received.length === 1, 'the other organisation is served');
  assert.equal(slow.received.length, 15, 'three quarters of 20');
  held.resolve();
  await until(() => slow.received.length === 60, 'the slow endpoints catch up');
});

test('WHK-21 an event is received within 100 ms of its commit at the median', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url, received } = await recordingReceiver(t);
  await at.createWebhook(url);
  const bus = await at.startEverything();
  const delays: number[] = [];
  for (let index = 0; index < 25; index++) {
    await at.commit('order.created', `ord_${index}`, 1);
    const committedMs = performance.now();
    bus.wake('orders');
    for (let round = 0; round < 500 && received.length <= index; round++) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.equal(received.length, index + 1);
    delays.push(received[index]!.atMs - committedMs);
  }
  delays.sort((left, right) => left - right);
  t.diagnostic(`median ${delays[12]!.toFixed(1)} ms, slowest ${delays[24]!.toFixed(1)} ms`);
  assert.ok(delays[12]! < 100, `median ${delays[12]} ms`);
});

test('G-23 a private target is a clear failed attempt, and a literal one is refused at registration', async (t) => {
  const resolve = async () => [{ address: '10.0.0.7', family: 4 as const }];
  const at = await webhooksUnderTest(t, { policy: { resolve } });
  await assert.rejects(at.createWebhook('https://10.0.0.7/hooks'), { kind: 'validation' });
  const webhook = await at.createWebhook('https://inside.receiver.test/hooks');
  await at.commit('order.created', 'ord_1', 1);
  await at.send();
  const [delivery] = (await at.service.listDeliveries(at.tenant, webhook.id, {}, at.page())).items;
  assert.equal(delivery!.status, 'pending');
  assert.equal(delivery!.attempts[0]!.response_status, null);
  assert.match(delivery!.attempts[0]!.error!, /private or forbidden address/);
});

test('ARC-12 an open breaker is a failed attempt of the schedule and belongs to one endpoint alone', async (t) => {
  const at = await webhooksUnderTest(t);
  const { url, received } = await recordingReceiver(t, ({ path }) => (path === '/hooks' ? 503 : 200));
  const dead = await at.createWebhook(url);
  const alive = await at.createWebhook(`${url}/alive`);
  for (let index = 0; index < 12; index++) {
    await at.commit('order.created', `ord_${index}`, 1);
    await at.send();
  }
  const calls = received.filter(({ path }) => path === '/hooks').length;
  assert.equal(calls, 5);
  const failed = (await at.service.listDeliveries(at.tenant, dead.id, {}, at.page())).items;
  assert.equal(failed.filter(({ attempts }) => /rests for some seconds/.test(attempts[0]!.error!)).length, 7);
  for (const { nextAttemptAt } of failed) assert.equal(Date.parse(nextAttemptAt!), at.clock.nowMs() + MINUTE_MS);
  const fine = (await at.service.listDeliveries(at.tenant, alive.id, { status: 'succeeded' }, at.page())).items;
  assert.equal(fine.length, 12);
});
