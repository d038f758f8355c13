import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { after, before, type TestContext, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#kernel/clock.ts';
import { newId } from '#kernel/ids.ts';
import { startReceiver } from '#test/support/https-receiver.ts';
import { type V2UnderTest, v2UnderTest } from '../v2-under-test.ts';
import { V2_EVENT_TYPES, v2DeliveryContract } from './contract.ts';

let v2: V2UnderTest;
before(async () => {
  v2 = await v2UnderTest();
});
after(() => v2?.app.close());

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  event: { type: string; data: Record<string, Record<string, unknown>> };
}

async function receiver(t: TestContext, status = () => 200) {
  const received: Received[] = [];
  const { port } = await startReceiver(t, async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    received.push({ headers: req.headers, body, event: JSON.parse(body) });
    res.writeHead(status()).end();
  });
  return { url: `https://127.0.0.1:${port}/webhooks/techcorp`, received };
}

async function until(isTrue: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (let round = 0; round < 600; round++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(what());
}

/** The verifier as the reference of /v2 prints it. */
function verifyWebhook(rawBody: string, signature: string, secret: string) {
  const expected = createHmac('sha256', secret).update(rawBody).digest('hex');

  return timingSafeEqual(Buffer.from(signature), Buffer.from(`sha256=${expected}`));
}

test('V2-66 V2-67 V2-68 V2-69 V2-70 V2-71 V2-72 V2-73 V2-74 V2-104 every event of the catalogue arrives, signed', async (t) => {
  const { url, received } = await receiver(t);
  const secret = 'whsec_your_signing_secret';
  const webhook = await v2.call('POST', '/webhooks', { url, events: V2_EVENT_TYPES, secret });
  assert.deepEqual([webhook.status, webhook.body.secret], [201, secret]);

  const user = await v2.newUser();
  const { body } = await v2.canonical('GET', `/customers?email=${encodeURIComponent(user.email)}`);
  const card = async (token: string) =>
    (await v2.canonical('POST', '/payment-methods', { customer_id: body.data[0].id, type: 'card', token })).body.id;
  const { id: product_id } = await v2.newProduct({ stock: 1 });
  const order = async (token: string) => {
    const items = [{ product_id, quantity: 1 }];
    return v2.call('POST', '/orders', { user_id: user.id, payment_method_id: await card(token), items });
  };
  assert.equal((await order('tok_declined')).body.status, 'pending');
  const { id } = (await order('tok_visa')).body;
  await v2.canonical('POST', `/orders/${id}/process`, {});
  await v2.canonical('POST', `/orders/${id}/ship`, { carrier: 'ups', tracking_number: '1Z999AA10123456784' });
  await v2.call('DELETE', `/users/${(await v2.newUser()).id}`);

  const types = () => new Set(received.map(({ event }) => event.type));
  const missing = () => V2_EVENT_TYPES.filter((type) => !types().has(type));
  await until(
    () => missing().length === 0,
    () => `missing: ${missing()}`,
  );
  for (const { body: raw, headers } of received) {
    assert.ok(verifyWebhook(raw, String(headers['x-techcorp-signature']), secret));
    assert.equal(headers['x-webhook-signature'], undefined);
    new Webhook(Buffer.from(secret).toString('base64')).verify(raw, headers as Record<string, string>);
  }
  const shipped = received.find(({ event }) => event.type === 'order.shipped')!.event.data.order!;
  assert.deepEqual(
    [shipped.status, shipped.tracking_number, shipped.user_id],
    ['shipped', '1Z999AA10123456784', user.id],
  );
  assert.equal(shipped.total, 44.99);
  const changes = received.filter(({ event }) => event.type === 'order.status_changed');
  const seen = changes.map(({ event }) => `${event.data.previous_status}>${event.data.order!.status}`);
  assert.deepEqual([...new Set(seen)].sort(), ['confirmed>processing', 'pending>confirmed', 'processing>shipped']);
  const personal = [user.email, 'Bob Dupont'];
  assert.ok(
    received.every(({ body: raw }) => personal.every((word) => !raw.includes(word))),
    'ids, never names',
  );
});

test('V2-66 a webhook hears of everything from its creation on, and of nothing before it, while others write all the time', async (t) => {
  const writers = 3;
  for (let round = 0; round < 5; round++) {
    const { url, received } = await receiver(t);
    const [before, meanwhile, after]: [string[], string[], string[]] = [[], [], []];
    let phase: 'before' | 'creating' | 'after' = 'before';
    let [isOver, created] = [false, 0];
    const write = async () => {
      while (!isOver) {
        const began = phase;
        const { id } = await v2.newUser();
        created++;
        // Who began before the creation was sent and ended after that ran beside it: either is right.
        (began === 'before' && phase === 'before' ? before : began === 'after' ? after : meanwhile).push(id);
      }
    };
    const writing = Array.from({ length: writers }, write);
    await until(
      () => before.length >= 5,
      () => 'nobody wrote',
    );
    phase = 'creating';
    const webhook = await v2.call('POST', '/webhooks', { url, events: ['user.created'] });
    assert.equal(webhook.status, 201, JSON.stringify(webhook.body));
    phase = 'after';
    await until(
      () => after.length >= 5,
      () => 'nobody went on',
    );
    isOver = true;
    await Promise.all(writing);
    await v2.app.settle();
    const heard = () => received.map(({ event }) => event.data.user!.id as string);
    await until(
      () => after.every((id) => heard().includes(id)),
      () => `missed ${after.filter((id) => !heard().includes(id))} of ${after.length}`,
    );
    assert.deepEqual(
      before.filter((id) => heard().includes(id)),
      [],
      `round ${round}: told of what was before it`,
    );
    assert.equal(before.length + meanwhile.length + after.length, created);
    await v2.call('DELETE', `/webhooks/${webhook.body.id}`);
  }
});

test('C-87 endpoints of this edition get its events alone, and the canonical ones theirs', async (t) => {
  const { url, received } = await receiver(t);
  const other = await receiver(t);
  const { body: webhook } = await v2.call('POST', '/webhooks', { url, events: ['order.created'] });
  const canonical = await v2.canonical('POST', '/webhooks', { url: other.url, events: ['order.created'] });
  const { id: product_id } = await v2.newProduct();
  const user = await v2.newUser();
  await v2.call('POST', '/orders', { user_id: user.id, items: [{ product_id, quantity: 1 }] });
  await until(
    () => received.length > 0 && other.received.length > 0,
    () => 'not both heard of the order',
  );
  assert.equal(received[0]!.event.data.order!.total, 44.99);
  assert.equal(other.received[0]!.event.data.order!.total, 4499);
  const listed = (await v2.call('GET', '/webhooks')).body.data.map(({ id }: { id: string }) => id);
  assert.ok(listed.includes(webhook.id) && !listed.includes(canonical.body.id));
  assert.equal((await v2.call('GET', `/webhooks/${canonical.body.id}`)).status, 404);
  assert.equal((await v2.call('DELETE', `/webhooks/${canonical.body.id}`)).status, 404);
  assert.equal((await v2.canonical('GET', `/webhooks/${webhook.id}`)).body.edition, 'v2');
  assert.equal((await v2.call('DELETE', `/webhooks/${webhook.id}`)).status, 204);
  assert.equal((await v2.call('GET', `/webhooks/${webhook.id}`)).status, 404);
  assert.equal((await v2.call('GET', `/webhooks/${newId('whk')}`)).status, 404);
});

test('V2-75 V2-76 V2-77 V2-78 five retries after 1 min, 5 min, 30 min, 2 h and 8 h, then failed until it is replayed', async (t) => {
  let status = 500;
  const { url, received } = await receiver(t, () => status);
  const { body: webhook } = await v2.call('POST', '/webhooks', { url, events: ['user.created'] });
  await v2.newUser();
  const deliveries = async () => (await v2.canonicalFresh('GET', `/webhooks/${webhook.id}/deliveries`)).body.data;
  await until(
    () => received.length === 1,
    () => 'no first attempt',
  );
  for (const [index, pause] of [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS].entries()) {
    await until(
      async () => (await deliveries())[0].attempts.length === index + 1,
      () => `attempt ${index + 1} was not recorded`,
    );
    v2.app.clock.advance(pause - 1_000);
    assert.equal(received.length, index + 1, 'too early');
    v2.app.clock.advance(1_000);
    await until(
      () => received.length === index + 2,
      () => `no attempt ${index + 2}`,
    );
  }
  await until(
    async () => (await deliveries())[0].status === 'failed',
    () => 'not given up',
  );
  v2.app.clock.advance(24 * HOUR_MS);
  assert.equal(received.length, 6);
  assert.equal((await v2.canonicalFresh('GET', `/webhooks/${webhook.id}`)).body.status, 'active', 'the event failed');
  status = 200;
  const [{ id }] = await deliveries();
  await v2.canonicalFresh('POST', `/webhooks/${webhook.id}/deliveries/${id}/replay`);
  await until(
    () => received.length === 7,
    () => 'not replayed',
  );
  assert.equal(received[6]!.body, received[0]!.body);
});

test('V2-75 an answer after ten seconds is too late', () => {
  assert.equal(v2DeliveryContract({} as never).answerTimeoutMs, 10 * SECOND_MS);
});

test('what a webhook must be', async () => {
  const refused = async (more: object) => {
    const body = { url: 'https://hooks.receiver.example/in', events: ['order.created'], ...more };
    const answer = await v2.call('POST', '/webhooks', body);
    return [answer.status, answer.body.error.code, answer.body.error.param];
  };
  assert.deepEqual(await refused({ url: 'http://hooks.receiver.example/in' }), [400, 'INVALID_REQUEST', 'url']);
  assert.deepEqual(await refused({ url: 'https://169.254.169.254/' }), [400, 'INVALID_REQUEST', 'url']);
  assert.deepEqual(await refused({ events: ['order.updated'] }), [400, 'INVALID_REQUEST', 'events[0]']);
  assert.deepEqual(await refused({ events: [] }), [400, 'INVALID_REQUEST', 'events']);
});
