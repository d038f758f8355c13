import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestAnswer } from '#test/support/app.ts';
import { installation, type ServerProcess } from '#test/support/server/server-process.ts';

const PIECES = 100;
const QUANTITY = 2;

interface Scenario {
  boundary: string;
  token: 'tok_visa' | 'tok_declined';
}

/**
 * Every boundary of the saga, in an order in which the work that the next start takes over does not pass the boundary at
 * which that start is to die: it goes on at the step that was interrupted, which is a later one.
 */
const STEPS = ['confirm-order', 'capture-payment', 'authorize-payment', 'reserve-stock', 'open-order'];
const SCENARIOS: Scenario[] = [
  { boundary: 'order.confirm:authorize-payment:compensate', token: 'tok_declined' },
  ...STEPS.map((step): Scenario => ({ boundary: `order.confirm:${step}:after`, token: 'tok_visa' })),
  { boundary: 'order.confirm:reserve-stock:compensate', token: 'tok_declined' },
  ...STEPS.map((step): Scenario => ({ boundary: `order.confirm:${step}:before`, token: 'tok_visa' })),
];

/** An order that was being confirmed when the process was killed. */
interface Interrupted extends Scenario {
  order: string;
  product: string;
}

async function call(server: ServerProcess, token: string, method: string, path: string, body?: unknown, key?: string) {
  const answer = await server.call(method, path, { token, body, key });
  assert.ok(answer.status < 500, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer;
}

async function draft(server: ServerProcess, token: string, card: string): Promise<{ order: string; product: string }> {
  const post = async (path: string, body: unknown): Promise<string> =>
    (await call(server, token, 'POST', path, body)).body.id;
  const bolt = { name: 'Bolt', description: 'M8', price: 1999, category: 'hardware', active: true };
  const product = await post('/products', bolt);
  await post('/inventory/adjust', {
    product_id: product,
    quantity_change: PIECES,
    reason: 'opening',
    reference_id: 'o',
  });
  const customer = await post('/customers', { type: 'company', name: 'Acme', email: 'a@acme.example' });
  const method = await post('/payment-methods', { customer_id: customer, type: 'card', token: card });
  const order = await post('/orders', {
    customer_id: customer,
    currency: 'USD',
    items: [{ product_id: product, quantity: QUANTITY, unit_price: 1999 }],
    total: QUANTITY * 1999,
    payment_method_id: method,
  });
  return { order, product };
}

const confirm = (server: ServerProcess, token: string, order: string) =>
  call(server, token, 'POST', `/orders/${order}/confirm`, undefined, `confirm-${order}`);

/** The client repeats its request as the answer tells it to; the saga goes on by itself meanwhile. */
async function confirmAgain(server: ServerProcess, token: string, order: string): Promise<TestAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await confirm(server, token, order);
    if (answer.body.error?.code !== 'ERR_IDEMPOTENCY_IN_PROGRESS' || attempt === 20) return answer;
    await delay(100);
  }
}

/** What the world looks like from outside after the restart: the same for every boundary. */
async function assertAgreed(server: ServerProcess, token: string, interrupted: Interrupted): Promise<void> {
  const { boundary, order, product, token: card } = interrupted;
  const get = async (path: string) => (await call(server, token, 'GET', path)).body;
  const startedMs = performance.now();
  const again = await confirmAgain(server, token, order);
  assert.ok(performance.now() - startedMs < 5_000, `${boundary}: the repeated request waited for a lease`);
  const { status, payment_status } = await get(`/orders/${order}`);
  const level = (await get(`/inventory/levels?product_id=${product}`)).data[0];
  const payments = (await get(`/payments?order_id=${order}`)).data;
  const moved = (await get(`/inventory/movements?reference_id=${order}`)).data;
  const history = (await get(`/orders/${order}/history`)).data;
  const count = (kind: string) => moved.filter((movement: { kind: string }) => movement.kind === kind).length;
  const confirmations = history.filter((event: { type: string }) => event.type === 'order.confirmed').length;
  const found = {
    answer: again.status,
    order: [status, payment_status],
    stock: [level.available, level.reserved],
    payments: payments.map((payment: { status: string; amount: number }) => [payment.status, payment.amount]),
    reservations: count('reservation') - count('release'),
    confirmations,
  };
  const total = QUANTITY * 1999;
  const expected =
    card === 'tok_visa'
      ? {
          answer: 200,
          order: ['confirmed', 'authorized'],
          stock: [PIECES - QUANTITY, QUANTITY],
          payments: [['authorized', total]],
          reservations: 1,
          confirmations: 1,
        }
      : {
          answer: 402,
          order: ['draft', 'failed'],
          stock: [PIECES, 0],
          payments: [['failed', total]],
          reservations: 0,
          confirmations: 0,
        };
  assert.deepEqual(found, expected, `after SIGKILL at ${boundary}`);
  assert.equal(again.headers['idempotent-replayed'], 'true', boundary);
  await assertPublished(
    server,
    token,
    interrupted,
    history.map(({ type }: { type: string }) => type),
  );
}

/** Every event that was committed before the crash or after it has reached its consumer, here the audit trail, once. */
async function assertPublished(
  server: ServerProcess,
  token: string,
  { boundary, order }: Interrupted,
  types: string[],
) {
  for (let attempt = 1; ; attempt++) {
    const { body } = await call(server, token, 'GET', `/audit-logs?object_id=${order}&limit=100`);
    const told = body.data.map((entry: { event_type: string | null }) => entry.event_type).filter(Boolean);
    if (attempt < 100 && told.length < types.length) {
      await delay(50);
      continue;
    }
    assert.deepEqual(told.sort(), types.sort(), `published after SIGKILL at ${boundary}`);
    return;
  }
}

const { start } = installation({ after });
/** The process that waits to be killed. */
let server: ServerProcess;
before(async () => {
  server = await start({ CRASH_AT: SCENARIOS[0]!.boundary });
});

for (const [index, scenario] of SCENARIOS.entries()) {
  test(`ARC-10 ARC-14 ARC-15 C-52 the server killed at ${scenario.boundary}: after the next start order, stock and payment agree, nothing twice, nothing lost`, async () => {
    const token = await server.token();
    const made = await draft(server, token, scenario.token);
    // The process is gone in the middle of the request.
    await assert.rejects(confirm(server, token, made.order), scenario.boundary);
    assert.equal(await server.ended, 'SIGKILL');
    const next = SCENARIOS[index + 1]?.boundary;
    server = await start(next ? { CRASH_AT: next } : {});
    await assertAgreed(server, await server.token(), { ...scenario, ...made });
  });
}
