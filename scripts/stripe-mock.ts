import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { type CustomerId, newId } from '#kernel/ids.ts';
import { paymentsSchema } from '#modules/payments/index.ts';
import type { PaymentProcessor } from '#modules/payments/processor.ts';
import { createStripeProcessor } from '#modules/payments/stripe/stripe-processor.ts';
import { type TestKits, testKits, testTenant } from '#test/support/module.ts';

/**
 * What we send, held against Stripe's own description of their API: their stripe-mock refuses parameters that Stripe does
 * not know. It keeps nothing, so what became of a payment is not looked at. It runs by hand only; see the README of payments.
 */
const address = process.env.STRIPE_MOCK_URL;
if (!address) throw new Error('Set STRIPE_MOCK_URL to the address of a running stripe-mock, http://127.0.0.1:12111');

let kits: TestKits;
let stripe: PaymentProcessor;
/** What the mock refused, which our processor takes for an answer of the bank. */
const refused: string[] = [];
const between = createServer(async (req, res) => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  const { authorization = '', 'content-type': type = '' } = req.headers;
  const headers = { authorization, ...(type && { 'content-type': type }) };
  const body = chunks.length > 0 ? Buffer.concat(chunks) : undefined;
  const answer = await fetch(new URL(req.url!, address), { method: req.method, headers, body });
  const text = await answer.text();
  if (!answer.ok) refused.push(`${req.method} ${req.url} ${text}`);
  res.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
});
before(async () => {
  kits = await testKits([paymentsSchema]);
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  const { port } = between.address() as AddressInfo;
  const settings = { secretKey: 'sk_test_123', apiBase: new URL(`http://127.0.0.1:${port}`) };
  stripe = createStripeProcessor(kits.kit('payments').database, kits.clock, settings, () => 'https://shop.example');
});
after(async () => {
  between.close();
  between.closeAllConnections();
  await kits?.close();
});
afterEach(() => assert.deepEqual(refused.splice(0), []));

const tenant = testTenant();
const key = () => `${newId('pay')}:charge`;
const kept = () => stripe.keepToken(tenant, newId('cus') as CustomerId, 'pm_123');
const transactionId = 'pi_123';

test('a token is described, kept and given up', async () => {
  assert.ok(await stripe.describeToken(tenant, 'pm_123'));
  const token = await kept();
  assert.match(token, /^cus_\w+\/pm_\w+\/\w+$/);
  await stripe.forgetTokens(tenant, [token]);
});

test('a payment is made, held, taken, released and looked up with parameters that Stripe knows', async () => {
  const call = { tenant, token: await kept(), amount: 1_000, currency: 'USD' as const };
  await stripe.charge({ ...call, idempotencyKey: key() });
  await stripe.authorize({ ...call, idempotencyKey: key(), returnUrl: 'https://shop.example/back' });
  const debit = call.token.replace(/[^/]+$/, 'sepa_debit');
  await stripe.charge({ ...call, token: debit, idempotencyKey: key() });
  await stripe.capture({ tenant, idempotencyKey: key(), transactionId, amount: 500 });
  await stripe.void({ tenant, idempotencyKey: key(), transactionId });
  await stripe.lookup({ tenant, idempotencyKey: key(), kind: 'charge', transactionId });
});

test('a refund is made and looked up, a dispute is listed and answered', async () => {
  const refunded = await stripe.refund({ tenant, idempotencyKey: newId('ref'), transactionId, amount: 100 });
  assert.notEqual(refunded.status, 'failed', JSON.stringify(refunded));
  await stripe.lookup({ tenant, idempotencyKey: newId('ref'), kind: 'refund', transactionId });
  assert.ok(Array.isArray(await stripe.disputes(tenant, transactionId)));
  const evidence = { processorId: 'dp_123', evidence: 'signed for', transactionId };
  await stripe.answerDispute({ tenant, idempotencyKey: newId('dsp'), ...evidence });
});
