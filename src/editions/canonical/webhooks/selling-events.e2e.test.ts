import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS, MINUTE_MS } from '#kernel/clock.ts';
import { ORGANIZATION_SCOPES } from '#modules/identity/index.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { EVENT_SAMPLES } from './event-samples.ts';

let app: TestApp;
let shop: TestOrganization;
let token: string;
before(async () => {
  app = await testApp();
  shop = await app.organization();
  token = shop.token;
});
after(() => app?.close());

async function post(path: string, body?: unknown, status = 201) {
  const answer = await app.request('POST', path, { token, body });
  assert.equal(answer.status, status, `${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
const act = (path: string, body?: unknown) => post(path, body, 200);

/** Moves the clock, lets everything happen that is due, and goes on with a new token. */
async function later(ms: number): Promise<void> {
  app.clock.advance(ms);
  await app.settle();
  token = await app.tokenWith(shop, [...ORGANIZATION_SCOPES]);
}

/** A customer with a card, and something to sell without stock. */
async function buyer(card: string) {
  const bolt = { name: 'Manual', description: 'M8', price: 2499, category: 'software', active: true };
  const product = (await post('/products', bolt)).id;
  const customer = (await post('/customers', { type: 'company', name: 'Acme' })).id;
  const method = (await post('/payment-methods', { customer_id: customer, type: 'card', token: card })).id;
  return { product, customer, method };
}

async function delivered(card: string): Promise<string> {
  const { product, customer, method } = await buyer(card);
  const items = [{ product_id: product, quantity: 2, unit_price: 2499 }];
  const order = { customer_id: customer, currency: 'USD', items, total: 4998, payment_method_id: method };
  const { id } = await post('/orders', order);
  await act(`/orders/${id}/confirm`);
  await act(`/orders/${id}/process`);
  await act(`/orders/${id}/ship`, { carrier: 'ups', tracking_number: id.slice(-18) });
  return id;
}

async function returned(order: string, resolution: 'refund' | 'exchange') {
  const items = [{ line: 1, quantity: 1 }];
  const back = await post('/returns', { order_id: order, reason: 'defective', resolution, items });
  await act(`/returns/${back.id}/approve`);
  await act(`/returns/${back.id}/receive`);
  return act(`/returns/${back.id}/settle`);
}

async function sellAndTakeBack(): Promise<void> {
  const order = await delivered('tok_visa');
  const items = [{ line: 1, quantity: 1 }];
  const announced = { order_id: order, reason: 'other', resolution: 'refund', items };
  await act(`/returns/${(await post('/returns', announced)).id}/reject`);
  await returned(order, 'refund');
  await returned(order, 'exchange');
}

async function quote(): Promise<void> {
  const { product, customer } = await buyer('tok_visa');
  const items = [{ product_id: product, quantity: 2 }];
  for (const end of ['accept', 'decline']) {
    const { id } = await post('/quotes', { customer_id: customer, currency: 'USD', items });
    await app.request('PATCH', `/quotes/${id}`, { token, body: { po_number: 'PO-1' } });
    await act(`/quotes/${id}/send`);
    const answer = await app.request('POST', `/quotes/${id}/${end}`, { token });
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
  }
}

async function charge(card: string): Promise<string> {
  const { method } = await buyer(card);
  return (await act('/payments', { amount: 10_000, currency: 'USD', method_id: method, description: 'Workshop' })).id;
}

async function dispute(): Promise<void> {
  const payments = [await charge('tok_dispute'), await charge('tok_dispute')];
  await later(2 * MINUTE_MS);
  for (const [index, evidence] of ['winning_evidence', 'none'].entries()) {
    const path = `/disputes?payment_id=${payments[index]}`;
    const { id } = (await app.request('GET', path, { token })).body.data[0];
    await act(`/disputes/${id}/evidence`, { evidence });
  }
  await later(2 * DAY_MS);
}

/** Every path that is no list of something else's, so that shapes are compared and values are not. */
function shapeOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((each) => shapeOf(each, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, each]) => shapeOf(each, `${path}.${key}`));
}

const TYPES = Object.keys(EVENT_SAMPLES).filter((type) => /^(?:return|quote|refund|dispute)\./.test(type));

test('WHK-18 WHK-21 C-87 G-24 endpoints hear of returns, quotes, refunds and disputes, in the shape that is documented', async () => {
  assert.equal(TYPES.length, 18);
  const webhook = (await post('/webhooks', { url: 'https://hooks.receiver.example/in', events: TYPES })).id;
  await sellAndTakeBack();
  await quote();
  const stubborn = await charge('tok_refund_fails');
  assert.equal((await app.request('POST', '/refunds', { token, body: { payment_id: stubborn } })).status, 402);
  // A day later the refund of this one comes back.
  await returned(await delivered('tok_refund_returned'), 'refund');
  await dispute();
  await app.settle();
  const rows = await events(webhook);
  for (const type of TYPES) {
    const told = rows.find((each) => each.type === type);
    assert.ok(told, `nobody heard of ${type}`);
    const leaves = (value: unknown) =>
      [
        ...new Set(
          shapeOf(value).filter((path) => !/\.(?:payment\.(?:refunds|disputes)|failure|received)\b/.test(path)),
        ),
      ].sort();
    assert.deepEqual(leaves(told), leaves(EVENT_SAMPLES[type as keyof typeof EVENT_SAMPLES]), type);
  }
  const refund = rows.find(({ type }) => type === 'refund.failed')!.data;
  assert.deepEqual([refund.refund.status, refund.refund.failure.code], ['failed', 'refund_returned']);
});

/** What was made for the endpoint, with the event of each delivery. */
async function events(webhook: string) {
  const found = [];
  for (const type of TYPES) {
    const path = `/webhooks/${webhook}/deliveries?event_type=${type}`;
    const [delivery] = (await app.request('GET', path, { token })).body.data;
    if (delivery) found.push((await app.request('GET', `/events/${delivery.event_id}`, { token })).body);
  }
  return found;
}
