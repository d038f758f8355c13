import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Stripe from 'stripe';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { type StripeServer, startStripeServer } from '#test/support/stripe/stripe-server.ts';

const SECRET = 'whsec_inbound_test';
let server: StripeServer;
let app: TestApp;
let shop: TestOrganization;
before(async () => {
  server = await startStripeServer(() => Math.floor(app.clock.nowMs() / 1_000));
  app = await testApp({
    settings: {
      PAYMENT_PROCESSOR: 'stripe',
      STRIPE_SECRET_KEY: 'sk_test_e2e',
      STRIPE_WEBHOOK_SECRET: SECRET,
      STRIPE_API_BASE: server.url.href,
      RATE_LIMIT_INBOUND: '60',
    },
  });
  shop = await app.organization();
});
after(async () => {
  await app?.close();
  await server?.close();
});

let number = 0;

async function pay(token: string, more: object = {}) {
  const call = (method: string, path: string, body: object) => app.request(method, path, { token: shop.token, body });
  const customer = await call('POST', '/customers', { type: 'company', name: 'Acme', email: 'a@acme.example' });
  const type = token.startsWith('pm_sepa') ? 'bank_transfer' : 'card';
  const body = { customer_id: customer.body.id, type, token: `${token}_${++number}` };
  const method = await call('POST', '/payment-methods', body);
  assert.equal(method.status, 201, JSON.stringify(method.body));
  const charge = { amount: 10_000, currency: 'USD', method_id: method.body.id, description: 'x', ...more };
  return call('POST', '/payments', charge);
}

const read = async (id: string) => (await app.request('GET', `/payments/${id}`, { token: shop.token })).body;

/** A message as Stripe signs it; `object` is what it is about. */
function news(
  type: string,
  object: object,
  options: { id?: string; secret?: string; at?: number; body?: string } = {},
) {
  const id = options.id ?? `evt_${++number}`;
  const created = Math.floor(app.clock.nowMs() / 1_000);
  const payload = JSON.stringify({ id, object: 'event', api_version: '2026-10-28', created, type, data: { object } });
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload,
    secret: options.secret ?? SECRET,
    timestamp: options.at ?? created,
  });
  return app.request('POST', '/inbound/payments/stripe', {
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    raw: options.body ?? payload,
  });
}

async function settled(): Promise<void> {
  app.clock.advance(1_000);
  await app.settle();
}

test('PAY-16 C-80 a bank transfer is processing until Stripe tells that it settled', async () => {
  const { body: payment, status } = await pay('pm_sepa');
  assert.deepEqual([status, payment.status], [202, 'processing']);
  server.settle(payment.transaction_id, true);
  assert.equal((await news('payment_intent.succeeded', server.intent(payment.transaction_id))).status, 200);
  await settled();
  const after = await read(payment.id);
  assert.deepEqual([after.status, after.captured_amount, after.fee_amount], ['succeeded', 10_000, 80]);
});

test('C-09 a message that Stripe did not sign, an old one and a changed one are refused and have no effect', async () => {
  const { body: payment } = await pay('pm_sepa');
  server.settle(payment.transaction_id, true);
  const intent = server.intent(payment.transaction_id);
  const tooOld = Math.floor(app.clock.nowMs() / 1_000) - 301;
  const changed = JSON.stringify({ id: 'evt_x', object: 'event', type: 'x', data: { object: intent } });
  const bare = await app.request('POST', '/inbound/payments/stripe', { body: { data: { object: intent } } });
  for (const refused of [
    await news('payment_intent.succeeded', intent, { secret: 'whsec_other' }),
    await news('payment_intent.succeeded', intent, { at: tooOld }),
    await news('payment_intent.succeeded', intent, { body: changed }),
    bare,
  ]) {
    assert.equal(refused.status, 400);
  }
  await settled();
  assert.equal((await read(payment.id)).status, 'processing');
});

test('C-09 repeated and swapped news: each once, and the payment is what Stripe says now', async () => {
  const { body: payment } = await pay('pm_3ds');
  assert.deepEqual(payment.next_action.type, 'redirect_to_url');
  const before = { ...server.intent(payment.transaction_id) };
  server.authenticate(payment.transaction_id, true);
  // The newer message comes first, three times at once, and the older one last.
  const intent = server.intent(payment.transaction_id);
  const repeated = [1, 2, 3].map(() => news('payment_intent.succeeded', intent, { id: 'evt_once' }));
  for (const { status } of await Promise.all(repeated)) assert.equal(status, 200);
  await news('payment_intent.requires_action', before);
  await news('payment_intent.created', { ...before, status: 'requires_confirmation' });
  await settled();
  assert.equal((await read(payment.id)).status, 'succeeded');
  const asked = server.calls.filter(({ call }) => call === `GET /v1/payment_intents/${payment.transaction_id}`);
  assert.ok(asked.length >= 1);
  const history = await app.request('GET', `/payments/${payment.id}/history`, { token: shop.token });
  const types = history.body.data.map(({ type }: { type: string }) => type);
  assert.deepEqual(types, ['payment.created', 'payment.requires_action', 'payment.succeeded']);
  assert.equal((await news('payment_intent.succeeded', { id: 'pi_of_nobody', object: 'payment_intent' })).status, 200);
});

test('G-13 disputes and refunds at Stripe come by news', async () => {
  const { body: payment } = await pay('pm_refund_pends');
  const refund = await app.request('POST', '/refunds', {
    token: shop.token,
    body: { payment_id: payment.id, amount: 1_000 },
  });
  assert.equal(refund.body.status, 'pending');
  server.settleRefunds(payment.transaction_id);
  await news('refund.updated', { id: 're_1', object: 'refund', payment_intent: payment.transaction_id });
  await settled();
  assert.equal((await read(payment.id)).refunded_amount, 1_000);
  const disputeId = server.dispute(payment.transaction_id);
  await news('charge.dispute.created', { id: disputeId, object: 'dispute', payment_intent: payment.transaction_id });
  await settled();
  const disputed = await read(payment.id);
  assert.deepEqual([disputed.disputed_amount, disputed.dispute_fee_amount], [9_000, 1_500]);
  server.decide(disputeId, 'won');
  await news('charge.dispute.closed', { id: disputeId, object: 'dispute', payment_intent: payment.transaction_id });
  await settled();
  assert.deepEqual([(await read(payment.id)).disputed_amount, (await read(payment.id)).disputes[0].status], [0, 'won']);
});

test('PCI-04 with Stripe, live card numbers go to the form of Stripe; test data stays with the simulator', async () => {
  const card = { number: '4242 4242 4242 4242', exp_month: 12, exp_year: 2034, cvc: '123' };
  const live = await app.request('POST', '/payment-methods/tokenize', { token: shop.token, body: card });
  assert.equal(live.status, 409);
  const sandbox = await app.organization({ livemode: false });
  const made = await app.request('POST', '/payment-methods/tokenize', { token: sandbox.token, body: card });
  assert.equal(made.status, 201, JSON.stringify(made.body));
});

test('C-09 news have a bucket of their own, which does not touch the limits of anybody else', async () => {
  const answers = [];
  for (let index = 0; index < 70; index++) {
    answers.push(await news('payment_intent.created', { id: 'pi_of_nobody', object: 'payment_intent' }));
  }
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 10, String(refused.length));
  assert.match(refused[0]!.body.error.message, /of this source/);
  assert.equal((await app.request('GET', '/payments', { token: shop.token })).status, 200);
});
