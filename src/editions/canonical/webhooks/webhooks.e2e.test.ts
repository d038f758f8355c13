import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { simpleParser } from 'mailparser';
import { Webhook } from 'standardwebhooks';
import { HOUR_MS, MINUTE_MS } from '#kernel/clock.ts';
import { type TestAnswer, type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { startReceiver } from '#test/support/https-receiver.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  const authority = fileURLToPath(new URL('../../../../test/support/certificates/authority.pem', import.meta.url));
  app = await testApp({ settings: { WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1', WEBHOOK_CA_FILE: authority } });
  shop = await app.organization();
});
after(() => app?.close());

function call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer> {
  return app.request(method, path, { token: shop.token, body, headers });
}

async function made(path: string, body: unknown): Promise<string> {
  const answer = await call('POST', path, body);
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body.id;
}

async function receiver(t: TestContext, status = () => 200) {
  const received: {
    headers: IncomingHttpHeaders;
    body: string;
    event: { type: string; object_id: string } & Record<string, unknown>;
  }[] = [];
  const { port } = await startReceiver(t, async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    received.push({ headers: req.headers, body, event: JSON.parse(body) });
    res.writeHead(status()).end('thank you');
  });
  return { url: `https://127.0.0.1:${port}/in`, received };
}

async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let round = 0; round < 400; round++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(what);
}

async function orderOf(card: string) {
  const product = await made('/products', {
    name: 'Bolt',
    description: 'M8',
    price: 2499,
    category: 'software',
    active: true,
  });
  const customer = await made('/customers', { type: 'company', name: 'Acme', email: 'a@acme.example' });
  const method = await made('/payment-methods', { customer_id: customer, type: 'card', token: card });
  const items = [{ product_id: product, quantity: 2, unit_price: 2499 }];
  const body = { customer_id: customer, currency: 'USD', items, total: 4998, payment_method_id: method };
  return { id: await made('/orders', body), customer, method };
}

/** Every path of an object, so that shapes are compared and values are not. */
function shapeOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((each) => shapeOf(each, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, each]) => shapeOf(each, `${path}.${key}`));
}

test('WHK-01 WHK-02 WHK-03 WHK-04 WHK-05 an order and its payment tell their whole story to an endpoint', async (t) => {
  const { url, received } = await receiver(t);
  const events = ['order.created', 'order.updated', 'order.completed', 'payment.succeeded', 'payment.failed'];
  const webhook = await call('POST', '/webhooks', { url, events });
  assert.equal(webhook.status, 201);
  const { id } = await orderOf('tok_visa');
  for (const [action, body] of [
    ['confirm', undefined],
    ['process', undefined],
    ['ship', { carrier: 'ups', tracking_number: '1Z999AA10123456784' }],
    ['deliver', undefined],
  ] as const) {
    const answer = await call('POST', `/orders/${id}/${action}`, body);
    assert.equal(answer.status, 200, `${action}: ${JSON.stringify(answer.body)}`);
  }
  const declined = await orderOf('tok_declined');
  const charge = { amount: 100, currency: 'USD', method_id: declined.method, description: 'Workshop' };
  assert.equal((await call('POST', '/payments', charge)).status, 402);
  const seen = () => new Set(received.map(({ event }) => event.type));
  await until(() => events.every((type) => seen().has(type)), `only ${[...seen()]} came`);
  for (const { headers, body } of received) {
    new Webhook(webhook.body.secret).verify(body, headers as Record<string, string>);
  }
  const { data: types } = (await call('GET', '/event-types')).body;
  for (const type of events) {
    const { event } = received.find((each) => each.event.type === type)!;
    const { sample } = types.find((each: { name: string }) => each.name === type);
    const leaves = (value: unknown) =>
      shapeOf(value)
        .filter((path) => !/\.(?:shipment|failure|metadata|refunds|changed)\b/.test(path))
        .sort();
    assert.deepEqual(leaves(event), leaves(sample), `the sample of ${type}`);
  }
  const completed = received.find(({ event }) => event.type === 'order.completed')!;
  assert.deepEqual((await call('GET', `/events/${completed.event.id}`)).body, completed.event);
});

test('WHK-15 WHK-16 WHK-17 WHK-18 what a registration must look like', async () => {
  const good = { url: 'https://hooks.receiver.example/in', events: ['order.created'] };
  const refused = async (body: object) => {
    const answer = await call('POST', '/webhooks', body);
    assert.equal(answer.status, 422, JSON.stringify(answer.body));
    return answer.body.error.details.map((detail: { field: string }) => detail.field).sort();
  };
  assert.deepEqual(await refused({}), ['events', 'url']);
  assert.deepEqual(await refused({ ...good, url: 'http://hooks.receiver.example/in' }), ['url']);
  assert.deepEqual(await refused({ ...good, url: 'https://10.0.0.1/in' }), ['url']);
  assert.deepEqual(await refused({ ...good, url: 'https://169.254.169.254/latest' }), ['url']);
  assert.deepEqual(await refused({ ...good, events: [] }), ['events']);
  assert.deepEqual(await refused({ ...good, events: ['order.exploded'] }), ['events[0]']);
  assert.deepEqual(await refused({ ...good, secret: 'short' }), ['secret']);
  assert.deepEqual(await refused({ ...good, secret: 'whsec_dGlueQ==' }), ['secret']);
  const given = await call('POST', '/webhooks', { ...good, secret: 'a secret of my own' });
  assert.deepEqual([given.status, given.body.secret, given.body.status], [201, 'a secret of my own', 'active']);
  assert.match((await call('POST', '/webhooks', good)).body.secret, /^whsec_/);
  const read = await call('GET', `/webhooks/${given.body.id}`);
  assert.ok(!('secret' in read.body));
  assert.ok(read.headers.etag);
});

test('a repeated registration with one idempotency key gives the same webhook with the same secret', async () => {
  const body = { url: 'https://hooks.receiver.example/in', events: ['order.created'] };
  const headers = { 'idempotency-key': 'register-once' };
  const [first, second] = [
    await call('POST', '/webhooks', body, headers),
    await call('POST', '/webhooks', body, headers),
  ];
  assert.deepEqual(second.body, first.body);
  assert.equal(second.status, 201);
});

test('G-21 a webhook is changed, paused, resumed, given a new secret, tested and deleted', async (t) => {
  const { url, received } = await receiver(t);
  const { body: webhook } = await call('POST', '/webhooks', { url, events: ['invoice.paid'] });
  const path = `/webhooks/${webhook.id}`;
  const paused = await call('PATCH', path, { paused: true, description: 'Books' });
  assert.deepEqual([paused.status, paused.body.status, paused.body.description], [200, 'paused', 'Books']);
  const stale = await call('PATCH', path, { paused: false }, { 'if-match': '"1"' });
  assert.equal(stale.status, 412);
  assert.equal((await call('PATCH', path, { paused: false, description: null })).body.status, 'active');
  const rotated = await call('POST', `${path}/rotate-secret`);
  assert.equal(rotated.status, 200);
  assert.notEqual(rotated.body.secret, webhook.secret);
  assert.ok(Date.parse(rotated.body.previous_secret_until) > app.clock.nowMs());
  const sent = await call('POST', `${path}/test`);
  assert.equal(sent.status, 202);
  const read = () => call('GET', `${path}/deliveries/${sent.body.id}`);
  await until(async () => (await read()).body.status === 'succeeded', 'the test arrives');
  const delivery = (await read()).body;
  assert.deepEqual([delivery.response_status, delivery.attempts[0].response_body], [200, 'thank you']);
  for (const secret of [webhook.secret, rotated.body.secret]) {
    new Webhook(secret).verify(received[0]!.body, received[0]!.headers as Record<string, string>);
  }
  const replayed = await call('POST', `${path}/deliveries/${sent.body.id}/replay`);
  assert.equal(replayed.status, 202);
  await until(() => received.length === 2, 'the replay arrives');
  assert.equal(received[1]!.headers['webhook-id'], received[0]!.headers['webhook-id']);
  assert.equal((await call('DELETE', path)).status, 204);
  assert.equal((await call('GET', path)).status, 404);
  assert.equal((await call('GET', `${path}/deliveries`)).status, 404);
});

test('WHK-11 WHK-12 WHK-13 WHK-14 WHK-19 WHK-20 an endpoint that stays away fails by the schedule and its owner gets a mail', async (t) => {
  const { url, received } = await receiver(t, () => 500);
  const earlier = shop;
  shop = await app.organization();
  t.after(() => {
    shop = earlier;
  });
  const people = await call('POST', '/users', { email: 'owner@shop.example', name: 'Olga', role: 'admin' });
  assert.ok(people.status < 300, JSON.stringify(people.body));
  const { body: webhook } = await call('POST', '/webhooks', { url, events: ['order.created'] });
  const { id } = await orderOf('tok_visa');
  await until(() => received.length === 1, 'the first attempt');
  for (const [index, pauseMs] of [MINUTE_MS, 5 * MINUTE_MS, 25 * MINUTE_MS, 2 * HOUR_MS, 10 * HOUR_MS].entries()) {
    await until(
      async () => {
        const { data } = (await call('GET', `/webhooks/${webhook.id}/deliveries`)).body;
        return data[0].attempts.length === index + 1;
      },
      `attempt ${index + 1} is recorded`,
    );
    app.clock.advance(pauseMs);
    shop.token = await app.tokenWith(shop, ['webhooks:read', 'webhooks:write', 'orders:read', 'users:read']);
    await until(() => received.length === index + 2, `retry ${index + 1}`);
  }
  await until(async () => (await call('GET', `/webhooks/${webhook.id}`)).body.status === 'failing', 'it is failing');
  const { data } = (await call('GET', `/webhooks/${webhook.id}/deliveries?status=failed`)).body;
  assert.equal(data.length, 1);
  assert.deepEqual([data[0].event_type, data[0].response_status, data[0].attempts.length], ['order.created', 500, 6]);
  assert.equal(received[0]!.event.object_id, id);
  const outbox = join(app.dataDirectory, 'outbox');
  const mails = async () =>
    Promise.all(
      (existsSync(outbox) ? readdirSync(outbox) : []).map((name) => simpleParser(readFileSync(join(outbox, name)))),
    );
  await until(
    async () => (await mails()).some(({ subject }) => /failing/.test(subject ?? '')),
    'the owner gets a mail',
  );
  const mail = (await mails()).find(({ subject }) => /failing/.test(subject ?? ''))!;
  assert.equal([mail.to].flat()[0]!.text, 'owner@shop.example');
  assert.match(mail.text!, new RegExp(webhook.id));
});

test('RATE-15 deliveries move no counter: what remains goes down by the requests alone', async (t) => {
  shop = await app.organization();
  const endpoints = await Promise.all(Array.from({ length: 5 }, () => receiver(t)));
  for (const { url } of endpoints) await made('/webhooks', { url, events: ['order.created', 'order.updated'] });
  const remaining = async () => Number((await call('GET', '/webhooks')).headers['x-ratelimit-remaining']);
  const before = await remaining();
  // Product, customer, method, order and confirmation: five requests, ten deliveries.
  const { id } = await orderOf('tok_visa');
  assert.equal((await call('POST', `/orders/${id}/confirm`)).status, 200);
  await until(() => endpoints.every(({ received }) => received.length >= 2), 'the deliveries arrive');
  assert.equal(await remaining(), before - 6);
});
