import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestAnswer } from '#test/support/app.ts';
import { installation, type ServerProcess } from '#test/support/server/server-process.ts';

const PIECES = 100;
const PRICE = 1_999;
const TOTAL = 2 * PRICE;

type Act = 'ship' | 'news' | 'cancel' | 'cancel a paid order' | 'cancel the rest' | 'refund';

interface Scenario {
  boundary: string;
  act: Act;
}

const around = (saga: string, steps: string[], at: 'before' | 'after', act: Act): Scenario[] =>
  steps.map((step) => ({ boundary: `${saga}:${step}:${at}`, act }));
const SHIP = ['hand-over-parcel', 'ship-order', 'commit-stock', 'capture-payment', 'pack-parcel', 'open-order'];
const CANCEL = ['unpack-parcels', 'reverse-payment', 'release-stock', 'cancel-order', 'open-order'];

/**
 * What ships, and what takes back; each kill is followed by one of the other kind, whose start passes no boundary of it.
 * Every step dies with its effect stored and not noted. Before a step nothing differs from that but the note, so only the
 * first steps and those of money die there too: the orders module's own crash test has all of them, without a process.
 */
const SHIPPING = [
  ...around('order.ship', SHIP, 'after', 'ship'),
  ...around('order.ship', ['capture-payment', 'open-order'], 'before', 'ship'),
  // Between the shipment and its order: the carrier's news are stored, their job is at work.
  { boundary: 'order.ship:open-order:before', act: 'news' as const },
  { boundary: 'order.ship:hand-over-parcel:after', act: 'news' as const },
];
const TAKING_BACK = [
  ...around('order.cancel', CANCEL, 'after', 'cancel a paid order'),
  ...around('order.cancel', ['reverse-payment', 'open-order'], 'before', 'cancel'),
  ...around('payment.refund', ['refund'], 'after', 'refund'),
  ...around('payment.refund', ['refund'], 'before', 'refund'),
  ...around('order.cancel-rest', ['cancel-rest', 'refund-payment'], 'after', 'cancel the rest'),
];
const SCENARIOS = TAKING_BACK.flatMap((each, index) => [each, ...SHIPPING.slice(index, index + 1)]);

/** An order that was being changed when the process was killed. */
interface Interrupted extends Scenario {
  order: string;
  payment: string;
  product: string;
  number: string;
}

const { start } = installation({ after });
/** The process that waits to be killed. */
let server: ServerProcess;
let account: { id: string; secret: string };
let buyer: { customer_id: string; payment_method_id: string };
let count = 0;

before(async () => {
  server = await start({ CRASH_AT: SCENARIOS[0]!.boundary });
  const token = await server.token();
  account = (await call(token, 'POST', '/carrier-accounts', { carrier: 'custom' })).body;
  const { id } = (await call(token, 'POST', '/customers', { type: 'company', name: 'Acme' })).body;
  const method = { customer_id: id, type: 'card', token: 'tok_visa' };
  buyer = { customer_id: id, payment_method_id: (await call(token, 'POST', '/payment-methods', method)).body.id };
});

async function call(token: string, method: string, path: string, body?: unknown, key?: string): Promise<TestAnswer> {
  const answer = await server.call(method, path, { token, body, key });
  assert.ok(answer.status < 500, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer;
}

/** An order of two pieces, as far as the act needs it. */
async function prepared(token: string, act: Act): Promise<Omit<Interrupted, keyof Scenario>> {
  const post = async (path: string, body: unknown = {}) => {
    const answer = await call(token, 'POST', path, body);
    assert.ok(answer.status < 300, `POST ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const bolt = { name: 'Bolt', description: 'M8', price: PRICE, category: 'hardware', active: true };
  const { id: product } = await post('/products', bolt);
  const opening = { product_id: product, quantity_change: PIECES, reason: 'opening', reference_id: 'o' };
  await post('/inventory/adjust', opening);
  const items = [{ product_id: product, quantity: 2, unit_price: PRICE }];
  const isPaid = act === 'cancel a paid order' || act === 'refund';
  const capture_on = isPaid ? 'confirm' : 'ship';
  const { id: order } = await post('/orders', { ...buyer, currency: 'USD', items, total: TOTAL, capture_on });
  const { payment_id: payment } = await post(`/orders/${order}/confirm`);
  await post(`/orders/${order}/process`);
  const number = `PKT-${++count}`;
  if (act === 'cancel the rest') await post(`/orders/${order}/ship`, parcel(number, 1));
  if (act === 'news' || act.startsWith('cancel a')) {
    const waiting = {
      estimated_delivery: '2026-12-24',
      tracking_url_template: 'https://velo.example/{tracking_number}',
    };
    await post('/shipping', { order_id: order, carrier: 'custom', tracking_number: number, ...waiting });
  }
  return { order, payment, product, number };
}

const parcel = (tracking_number: string, quantity: number) => ({
  carrier: 'custom',
  tracking_number,
  items: [{ line: 1, quantity }],
});

function perform(token: string, { act, order, payment, number }: Interrupted): Promise<TestAnswer> {
  const key = `${act}-${order}`.replaceAll(' ', '-');
  switch (act) {
    case 'ship':
      return call(token, 'POST', `/orders/${order}/ship`, parcel(number, 2), key);
    case 'news':
      return tell(number);
    case 'cancel':
    case 'cancel a paid order':
      return call(token, 'POST', `/orders/${order}/cancel`, {}, key);
    case 'cancel the rest':
      return call(token, 'POST', `/orders/${order}/cancel-rest`, {}, key);
    case 'refund':
      return call(token, 'POST', `/payments/${payment}/refund`, { amount: 500 }, key);
    default:
      return act satisfies never;
  }
}

/** The carrier has the parcel. Its message is answered before the order hears of it. */
async function tell(tracking_number: string): Promise<TestAnswer> {
  const news = {
    event_id: tracking_number,
    tracking_number,
    status: 'picked_up',
    occurred_at: new Date().toISOString(),
  };
  const body = JSON.stringify(news);
  const seconds = Math.floor(Date.now() / 1_000);
  const mac = createHmac('sha256', account.secret).update(`${seconds}.${body}`).digest('hex');
  const response = await fetch(`${server.baseUrl}/inbound/carriers/custom?account=${account.id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-signature': `t=${seconds},mac=${mac}` },
    body,
  });
  return { status: response.status, headers: {}, body: undefined } as unknown as TestAnswer;
}

interface World {
  order: string[];
  stock: number[];
  payments: [string, number, number][];
  parcels: string[];
  shipments: number;
}

/** The same for every boundary: after the next start nothing is half done, twice done or lost. */
const EXPECTED: Record<Act, World> = {
  ship: world(['shipped', 'captured'], [98, 0], ['succeeded', 0, 0], ['picked_up shipped'], 1),
  news: world(['shipped', 'captured'], [98, 0], ['succeeded', 0, 0], ['picked_up shipped'], 1),
  cancel: world(['canceled', 'none'], [100, 0], ['canceled', 0, 0], [], 0),
  'cancel a paid order': world(['canceled', 'refunded'], [100, 0], ['refunded', TOTAL, 1], ['failed none'], 0),
  'cancel the rest': world(['shipped', 'captured'], [99, 0], ['succeeded', PRICE, 1], ['picked_up shipped'], 1),
  refund: world(['processing', 'captured'], [98, 2], ['succeeded', 500, 1], [], 0),
};

function world(
  order: string[],
  stock: number[],
  payment: [string, number, number],
  parcels: string[],
  shipments: number,
): World {
  return { order, stock, payments: [payment], parcels, shipments };
}

async function found(token: string, { order, product }: Interrupted): Promise<World> {
  const get = async (path: string) => (await call(token, 'GET', path)).body;
  const [{ status, payment_status, shipments }, levels, payments, parcels] = await Promise.all([
    get(`/orders/${order}`),
    get(`/inventory/levels?product_id=${product}`),
    get(`/payments?order_id=${order}`),
    get(`/shipping?order_id=${order}`),
  ]);
  return {
    order: [status, payment_status],
    stock: [levels.data[0].available, levels.data[0].reserved],
    payments: payments.data.map((each: { status: string; refunded_amount: number; refunds: unknown[] }) => [
      each.status,
      each.refunded_amount,
      each.refunds.length,
    ]),
    parcels: parcels.data.map((each: Record<string, string>) => `${each.status} ${each.order_step}`),
    shipments: shipments.length,
  };
}

/** The client repeats its request as the answer tells it to; the saga goes on by itself meanwhile. */
async function assertAgreed(token: string, interrupted: Interrupted): Promise<void> {
  const { act, boundary } = interrupted;
  const startedMs = performance.now();
  for (let attempt = 1; act !== 'news'; attempt++) {
    const answer = await perform(token, interrupted);
    if (answer.body.error?.code === 'ERR_IDEMPOTENCY_IN_PROGRESS' && attempt < 40) {
      await delay(50);
      continue;
    }
    assert.ok(answer.status < 300, `${boundary}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.headers['idempotent-replayed'], 'true', boundary);
    break;
  }
  const expected = EXPECTED[act];
  for (let attempt = 1; ; attempt++) {
    const now = await found(token, interrupted);
    // Nobody waits for an answer to a carrier's news, so they may take a moment.
    if (act === 'news' && JSON.stringify(now) !== JSON.stringify(expected) && attempt < 50) {
      await delay(200);
      continue;
    }
    assert.deepEqual(now, expected, `after SIGKILL at ${boundary}`);
    break;
  }
  assert.ok(performance.now() - startedMs < 10_000, `${boundary}: somebody waited for a lease`);
}

for (const [index, scenario] of SCENARIOS.entries()) {
  const { act, boundary } = scenario;
  test(`ARC-10 ARC-14 ARC-15 C-52 C-68 the server killed at ${boundary} (${act}): after the next start order, stock, payment and shipment agree`, async () => {
    const token = await server.token();
    const interrupted = { ...scenario, ...(await prepared(token, act)) };
    // The process is gone in the middle of the request, or of what follows from it.
    const asked = perform(token, interrupted);
    if (act === 'news') assert.equal((await asked).status, 202);
    else await assert.rejects(asked, boundary);
    assert.equal(await server.ended, 'SIGKILL');
    const next = SCENARIOS[index + 1]?.boundary;
    server = await start(next ? { CRASH_AT: next } : {});
    await assertAgreed(await server.token(), interrupted);
  });
}

test('ARC-15 after all of it every stock level is the sum of its movements', async () => {
  const { body } = await call(await server.token(), 'GET', '/health/ready');
  assert.equal(body.status, 'ready', JSON.stringify(body));
});
