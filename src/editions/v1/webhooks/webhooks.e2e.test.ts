import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { after, before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#kernel/clock.ts';
import { ORGANIZATION_SCOPES } from '#modules/identity/index.ts';
import { defaultContract } from '#modules/webhooks/index.ts';
import { documentedVerifier } from '#test/guides/printed-verifier.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { startReceiver } from '#test/support/https-receiver.ts';
import { v1DeliveryContract } from './contract.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  const authority = fileURLToPath(new URL('../../../../test/support/certificates/authority.pem', import.meta.url));
  app = await testApp({ settings: { WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1', WEBHOOK_CA_FILE: authority } });
  shop = await app.organization();
});
after(() => app?.close());

async function receiver(t: TestContext, status = () => 200) {
  const received: { headers: IncomingHttpHeaders; body: string; type: string }[] = [];
  const { port } = await startReceiver(t, async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    received.push({ headers: req.headers, body, type: JSON.parse(body).type });
    res.writeHead(status()).end();
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

/** By the current API, where endpoints of this edition are made; with a new token, for tests that move the clock. */
async function canonical(method: string, path: string, body?: unknown) {
  const token = await app.tokenWith(shop, [...ORGANIZATION_SCOPES]);
  const answer = await app.request(method, path, { token, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const register = (url: string, more: object = {}) =>
  canonical('POST', '/webhooks', { url, events: ['order.created'], edition: 'v1', ...more });

async function placeOrder(): Promise<string> {
  const product = { name: 'Bolt', description: 'M8', price: 2499, category: 'software', active: true };
  const { id: product_id } = await canonical('POST', '/products', product);
  const { id: customer_id } = await canonical('POST', '/customers', { type: 'company', name: 'Acme' });
  const items = [{ product_id, quantity: 1, unit_price: 2499 }];
  return (await canonical('POST', '/orders', { customer_id, currency: 'USD', items, total: 2499 })).id;
}

test('V1-11 V1-102 V1-103 V1-132 C-88.4 an endpoint of this edition gets the events it chose, signed with HMAC-SHA256 as the guide verifies', async (t) => {
  const { url, received } = await receiver(t, () => 202);
  const secret = 'a secret of ours alone';
  const webhook = await register(url, { secret });
  assert.deepEqual([webhook.edition, webhook.events], ['v1', ['order.created']]);
  const order = await placeOrder();
  await canonical('POST', `/orders/${order}/cancel`, {});
  await app.settle();
  await until(() => received.length > 0, 'nothing arrived');
  const [{ headers, body }] = received as [(typeof received)[0]];
  const expected = createHmac('sha256', secret).update(body).digest('hex');
  assert.equal(headers['x-webhook-signature'], `sha256=${expected}`);
  const verify = await documentedVerifier();
  const event = verify(secret, headers, body) as {
    type: string;
    object_id: string;
  };
  assert.deepEqual([event.type, event.object_id], ['order.created', order]);
  assert.throws(() => verify(secret, headers, body.replace('order.created', 'order.updated')), /does not match/);
  const deliveries = async () => (await canonical('GET', `/webhooks/${webhook.id}/deliveries`)).data;
  await until(async () => (await deliveries())[0]?.status === 'succeeded', 'any 2xx is success');
  assert.deepEqual(
    received.map(({ type }) => type),
    ['order.created'],
    'the order was cancelled too, which it did not choose to hear',
  );
});

test('V1-104 V1-105 no answer within 30 seconds, or another than 2xx, is tried again after pauses that grow', async (t) => {
  const contract = v1DeliveryContract(defaultContract({}));
  assert.equal(contract.answerTimeoutMs, 30 * SECOND_MS);
  const { url, received } = await receiver(t, () => 500);
  const { id } = await register(url);
  await placeOrder();
  await app.settle();
  await until(() => received.length === 1, 'no first attempt');
  const pauses = [MINUTE_MS, 5 * MINUTE_MS, 25 * MINUTE_MS, 2 * HOUR_MS, 10 * HOUR_MS];
  assert.deepEqual(contract.retryDelaysMs, pauses);
  for (const [index, pause] of pauses.entries()) {
    const attempts = async () => (await canonical('GET', `/webhooks/${id}/deliveries`)).data[0].attempts.length;
    await until(async () => (await attempts()) === index + 1, `attempt ${index + 1} was not recorded`);
    app.clock.advance(pause - SECOND_MS);
    assert.equal(received.length, index + 1, 'too early');
    app.clock.advance(SECOND_MS);
    await until(() => received.length === index + 2, `no attempt ${index + 2}`);
  }
});
