import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS, HOUR_MS } from '#kernel/clock.ts';
import { type TestApp, testApp } from '../../support/app.ts';
import { dice, openShop, type Shop } from './shop.ts';

const DAYS = 30;
const PRODUCTS = 12;
const CUSTOMERS = 6;

/** The shop's own books, kept on paper beside the product: what must come out. */
interface Books {
  /** Pieces on the shelf that can be sold, by SKU; promised pieces are counted apart. */
  available: Map<string, number>;
  reserved: Map<string, number>;
  damaged: Map<string, number>;
  /** Minor units, by payment. */
  captured: Map<string, number>;
  refunded: Map<string, number>;
  orders: { id: string; status: string; total: number }[];
}

interface Item {
  product_id: string;
  sku: string;
  quantity: number;
  unit_price: number;
}

let app: TestApp;
let shop: Shop;
let roll: (sides: number) => number;
const books: Books = {
  available: new Map(),
  reserved: new Map(),
  damaged: new Map(),
  captured: new Map(),
  refunded: new Map(),
  orders: [],
};
const products = new Map<string, { id: string; price: number }>();
const customers: { id: string; method: string }[] = [];

before(async () => {
  app = await testApp({ start: new Date('2026-03-01T08:00:00Z') });
  shop = await openShop(app);
  roll = dice(20_260_301);
});
after(() => app?.close());

function move(book: Map<string, number>, key: string, change: number): void {
  book.set(key, (book.get(key) ?? 0) + change);
}

/** What the shelf of a product holds, promised or not. */
function onShelf(sku: string): number {
  return (books.available.get(sku) ?? 0) + (books.reserved.get(sku) ?? 0);
}

async function openDoors(): Promise<void> {
  const rows = Array.from({ length: PRODUCTS }, (_, index) => ({ sku: `P-${index}`, price: 199 + index * 350 }));
  const catalogue = ['sku,name,description,price,currency,category,active,weight_grams'];
  for (const { sku, price } of rows) catalogue.push(`${sku},"Part ""${sku}""",Steel,${price},USD,hardware,yes,120`);
  const imported = await shop.imported('products', catalogue.join('\r\n'));
  assert.deepEqual([imported.status, imported.progress.rows_created], ['completed', PRODUCTS]);
  for (const product of await shop.all('/products'))
    products.set(product.sku, { id: product.id, price: product.price });
  const idOf = (sku: string) => products.get(sku)!.id;
  const stock = ['product_id,quantity', ...rows.map(({ sku }, index) => `${idOf(sku)},${20 + index}`)];
  const filled = await shop.imported('stock', stock.join('\n'));
  assert.deepEqual([filled.status, filled.progress.rows_failed], ['completed', 0], JSON.stringify(filled));
  for (const [index, { sku }] of rows.entries()) books.available.set(sku, 20 + index);
  const shipping_address = { line1: '1 Main Street', city: 'Springfield', postal_code: '62701', country: 'US' };
  for (let index = 0; index < CUSTOMERS; index++) {
    const customer = { type: 'company', name: `Buyer ${index}`, email: `b${index}@buyers.example`, shipping_address };
    const { id } = await shop.done('POST', '/customers', customer);
    const card = { customer_id: id, type: 'card', token: index === 5 ? 'tok_declined' : 'tok_visa' };
    customers.push({ id, method: (await shop.done('POST', '/payment-methods', card)).id });
  }
}

/** One sale of a day, as far as the dice take it. */
async function sell(): Promise<void> {
  const customer = customers[roll(CUSTOMERS)]!;
  const skus = [...products.keys()];
  const first = roll(skus.length);
  const items: Item[] = Array.from({ length: 1 + roll(3) }, (_, index) => {
    const sku = skus[(first + index) % skus.length]!;
    const { id, price } = products.get(sku)!;
    return { product_id: id, sku, quantity: 1 + roll(6), unit_price: price };
  });
  const total = items.reduce((sum, { quantity, unit_price }) => sum + quantity * unit_price, 0);
  const lines = items.map(({ sku: _sku, ...item }) => item);
  const body = { customer_id: customer.id, payment_method_id: customer.method, items: lines, total, currency: 'USD' };
  const { id } = await shop.done('POST', '/orders', body);
  const entry = { id, status: 'draft', total };
  books.orders.push(entry);
  const confirmed = await shop.call('POST', `/orders/${id}/confirm`);
  const isShort = items.some(({ sku, quantity }) => (books.available.get(sku) ?? 0) < quantity);
  const isDeclined = customer === customers[5];
  assert.equal(confirmed.status, isShort ? 409 : isDeclined ? 402 : 200, JSON.stringify(confirmed.body));
  if (confirmed.status !== 200) return;
  entry.status = 'confirmed';
  for (const { sku, quantity } of items) {
    move(books.available, sku, -quantity);
    move(books.reserved, sku, quantity);
  }
  if (roll(6) === 0) return cancel(entry, items);
  await shop.done('POST', `/orders/${id}/process`);
  await ship(entry, items, confirmed.body.payment_id);
  if (roll(4) === 0) await takeBack(entry, items[0]!, confirmed.body.payment_id);
}

async function cancel(entry: Books['orders'][number], items: readonly Item[]): Promise<void> {
  await shop.done('POST', `/orders/${entry.id}/cancel`, { reason: 'Changed their mind' });
  entry.status = 'canceled';
  for (const { sku, quantity } of items) {
    move(books.available, sku, quantity);
    move(books.reserved, sku, -quantity);
  }
}

/** In one parcel or two, told by the carrier; the money is taken when the first one leaves. */
async function ship(entry: Books['orders'][number], items: readonly Item[], paymentId: string): Promise<void> {
  const parts = items.length > 1 && roll(2) === 0 ? [[1], items.slice(1).map((_, index) => index + 2)] : [undefined];
  const parcels: string[] = [];
  for (const [index, lines] of parts.entries()) {
    const tracking_number = `PKT-${books.orders.length}-${index}`;
    await shop.done('POST', '/shipping', {
      order_id: entry.id,
      carrier: 'custom',
      tracking_number,
      estimated_delivery: '2026-04-30',
      tracking_url_template: 'https://carrier.example/{tracking_number}',
      ...(lines && { items: lines.map((line) => ({ line, quantity: items[line - 1]!.quantity })) }),
    });
    parcels.push(tracking_number);
  }
  for (const parcel of parcels) await shop.carrierTells(parcel, 'picked_up');
  books.captured.set(paymentId, entry.total);
  for (const { sku, quantity } of items) move(books.reserved, sku, -quantity);
  app.clock.advance(HOUR_MS);
  for (const parcel of parcels) await shop.carrierTells(parcel, 'delivered');
  entry.status = 'delivered';
}

async function takeBack(entry: Books['orders'][number], { sku, quantity }: Item, paymentId: string): Promise<void> {
  const pieces = 1 + roll(quantity);
  const isBroken = roll(2) === 0;
  const wanted = { order_id: entry.id, reason: 'defective', items: [{ line: 1, quantity: pieces }] };
  const { id } = await shop.done('POST', '/returns', wanted);
  await shop.done('POST', `/returns/${id}/approve`);
  const condition = isBroken ? 'damaged' : 'restock';
  await shop.done('POST', `/returns/${id}/receive`, { items: [{ line: 1, quantity: pieces, condition }] });
  const settled = await shop.done('POST', `/returns/${id}/settle`, {});
  assert.equal(settled.refund_amount, pieces * products.get(sku)!.price);
  move(isBroken ? books.damaged : books.available, sku, pieces);
  move(books.refunded, paymentId, settled.refund_amount);
}

/** Every week somebody counts the shelf, finds a difference, and somebody else lets it count. */
async function count(): Promise<void> {
  const sku = `P-${roll(PRODUCTS)}`;
  const product_id = products.get(sku)!.id;
  const started = await shop.done('POST', '/inventory/count', { product_ids: [product_id] });
  const found = onShelf(sku) + 1;
  await shop.done('POST', `/inventory/counts/${started.id}/entries`, { entries: [{ product_id, counted: found }] });
  const submitted = await shop.done('POST', `/inventory/counts/${started.id}/submit`);
  assert.equal(submitted.discrepancy_count, 1);
  assert.equal((await levelOf(product_id)).available, books.available.get(sku), 'nothing moves before the approval');
  await shop.byAnother('POST', `/inventory/counts/${started.id}/approve`, {});
  move(books.available, sku, 1);
}

async function restock(): Promise<void> {
  for (const [sku, { id: product_id }] of products) {
    if ((books.available.get(sku) ?? 0) >= 6) continue;
    const delivery = { product_id, quantity_change: 15, reason: 'restock', reference_id: `D-${app.clock.nowMs()}` };
    await shop.done('POST', '/inventory/adjust', delivery);
    move(books.available, sku, 15);
  }
}

async function levelOf(productId: string) {
  const { data } = await shop.done('GET', `/inventory/levels?product_id=${productId}`);
  return data[0];
}

test('a month of a small shop reconciles: money, stock and events agree with the books to the last piece and cent', async () => {
  await openDoors();
  for (let day = 1; day <= DAYS; day++) {
    for (let sale = 0; sale < 2; sale++) await sell();
    if (day % 7 === 0) await count();
    if (day % 5 === 0) await restock();
    app.clock.advance(DAY_MS);
    await app.settle();
  }
  await reconcileStock();
  await reconcileMoney();
  await reconcileOrders();
});

async function reconcileStock(): Promise<void> {
  for (const [sku, { id }] of products) {
    const level = await levelOf(id);
    const expected = [books.available.get(sku), books.reserved.get(sku) ?? 0, books.damaged.get(sku) ?? 0];
    assert.deepEqual([level.available, level.reserved, level.damaged], expected, sku);
  }
  const { body } = await app.request('GET', '/health/ready');
  assert.equal(body.status, 'ready', JSON.stringify(body));
}

async function reconcileMoney(): Promise<void> {
  const payments = await shop.all('/payments');
  const taken = new Map<string, number>();
  const given = new Map<string, number>();
  for (const { id, captured_amount, refunded_amount } of payments) {
    if (captured_amount > 0) taken.set(id, captured_amount);
    if (refunded_amount > 0) given.set(id, refunded_amount);
  }
  const sorted = (book: Map<string, number>) => [...book].sort();
  assert.deepEqual(sorted(taken), sorted(books.captured));
  assert.deepEqual(sorted(given), sorted(books.refunded));
  assert.ok(taken.size > 10 && given.size > 2, `the dice were dull: ${taken.size} paid, ${given.size} refunded`);
}

/** Each order as the API shows it, as its events tell it, and as the books have it. */
async function reconcileOrders(): Promise<void> {
  const shown = new Map((await shop.all('/orders')).map((order) => [order.id, order]));
  assert.equal(shown.size, books.orders.length);
  const seen = new Set<string>();
  for (const { id, status, total } of books.orders) {
    const order = shown.get(id);
    assert.deepEqual([order.status, order.total], [status, total], id);
    const folded = await shop.done('GET', `/orders/${id}?as_of=${app.clock.now().toISOString()}`);
    assert.deepEqual(folded, order, `the events of ${id} tell another story than its row`);
    const { data: history } = await shop.done('GET', `/orders/${id}/history`);
    assert.deepEqual(
      history.map(({ version }: { version: number }) => version),
      history.map((_: unknown, index: number) => index + 1),
      `the events of ${id} have no gap`,
    );
    seen.add(status);
  }
  assert.deepEqual([...seen].sort(), ['canceled', 'delivered', 'draft']);
}
