import type pg from 'pg';
import type { Api } from './api.ts';

/** What orders are made of. */
export interface OrderParts {
  customerId: string;
  productIds: string[];
  paymentMethodId: string | null;
}

interface Made {
  id: string;
}

/** Some products through the API, as a user makes them. */
export async function makeProducts(api: Api, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const product = await api.call<Made>('POST', '/products', {
      name: `Bench bolt ${index}`,
      description: 'A4 stainless steel, M8 × 40 mm, box of 100, made for measuring',
      price: 1_999,
      currency: 'USD',
      category: 'hardware',
      active: true,
    });
    ids.push(product.id);
  }
  return ids;
}

/** A customer and products to order. */
export async function makeOrderParts(api: Api, products = 10): Promise<OrderParts> {
  const email = `bench-${Date.now()}@example.com`;
  const customer = await api.call<Made>('POST', '/customers', {
    type: 'company',
    name: 'Bench Ltd',
    email,
    currency: 'USD',
  });
  return { customerId: customer.id, productIds: await makeProducts(api, products), paymentMethodId: null };
}

/** Puts `quantity` pieces of each product into the organisation's first warehouse. */
export async function putInStock(api: Api, productIds: readonly string[], quantity: number): Promise<void> {
  for (const product_id of productIds) {
    const opening = { product_id, quantity_change: quantity, reason: 'opening', reference_id: `bench ${product_id}` };
    await api.call('POST', '/inventory/adjust', opening);
  }
}

/** The body of an order of three items. */
export function orderBody(parts: OrderParts, turn: number) {
  const at = (offset: number) => parts.productIds[(turn + offset) % parts.productIds.length]!;
  const item = (offset: number) => ({ product_id: at(offset), quantity: offset + 1, unit_price: 1_999 });
  return { customer_id: parts.customerId, currency: 'USD', items: [item(0), item(1), item(2)], total: 6 * 1_999 };
}

/** The id of the n-th seeded product: digits only, so that ids are ordered like their numbers and older than all others. */
export function seededId(position: number): string {
  return `prd_00${String(position).padStart(24, '0')}`;
}

/** Fills the catalogue of an organisation with `count` old products at once; does nothing when they are there. */
export async function fillProducts(database: pg.Client, organizationId: string, count: number): Promise<void> {
  const found = await database.query('select from catalog.products where id = $1', [seededId(count)]);
  if (found.rowCount === 1) return;
  await database.query(
    `insert into catalog.products (id, org_id, livemode, version, name, description, category, active, sku, price_amount,
       currency, price_count, metadata, created_at, updated_at)
     select 'prd_00' || lpad(n::text, 24, '0'), $1, true, 1, 'Seeded product ' || n, 'One of very many', 'hardware', true,
       'SEED-' || n, 1000 + n % 5000, 'USD', 1, '{}', '2025-01-01T00:00:00Z', '2025-01-01T00:00:00Z'
     from generate_series(1, $2::int) as n`,
    [organizationId, count],
  );
  await database.query('vacuum analyze catalog.products');
}

export const SEEDED_CUSTOMERS = 1_000;
export const SEEDED_STATUSES = ['draft', 'confirmed', 'processing', 'shipped', 'delivered', 'canceled'] as const;

/** The id of the n-th seeded customer; only orders name it. */
export function seededCustomer(position: number): string {
  return `cus_00${String(position).padStart(24, '0')}`;
}

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const YEAR_START = '2025-01-01T00:00:00Z';

/** SQL of the time part of an id, its first ten characters: lists of orders take it that no id is older than its order. */
function idTime(instant: string): string {
  const milliseconds = `(extract(epoch from ${instant}) * 1000)::bigint`;
  const digits = Array.from({ length: 10 }, (_, place) => {
    return `substr('${CROCKFORD}', 1 + ((${milliseconds} >> ${45 - 5 * place}) & 31)::int, 1)`;
  });
  return digits.join(' || ');
}

/**
 * Fills an organisation with `count` old orders of one item each, spread evenly over the year 2025, over customers and
 * over statuses, and over totals from 10.00 to 1,010.00.
 */
export async function fillOrders(database: pg.Client, organizationId: string, count: number): Promise<void> {
  const found = await database.query('select from orders.orders where external_id = $1', [`seeded-${count}`]);
  if (found.rowCount === 1) return;
  const statuses = `(array['${SEEDED_STATUSES.join("','")}'])`;
  const made = `timestamptz '${YEAR_START}' + n * (interval '365 days' / $2::int)`;
  const numbers = `(select n, made, ${idTime('made')} || lpad(n::text, 16, '0') as id
    from (select n, ${made} as made from generate_series(1, $2::int) as n) as times) as numbers`;
  await database.query(
    `insert into orders.orders (id, org_id, livemode, version, customer_id, status, payment_status, capture_on, total,
       currency, external_id, metadata, created_at, updated_at)
     select 'ord_' || id, $1, true, 1, 'cus_00' || lpad((n % ${SEEDED_CUSTOMERS})::text, 24, '0'),
       ${statuses}[1 + (n / ${SEEDED_CUSTOMERS}) % ${SEEDED_STATUSES.length}], 'none', 'ship', 1000 + (n::bigint * 7919) % 100000,
       'USD', case when n = $2 then 'seeded-' || n end, '{}', made, made
     from ${numbers}`,
    [organizationId, count],
  );
  await database.query(
    `insert into orders.order_items (order_id, position, id, org_id, livemode, product_id, quantity, unit_price, tracks_stock)
     select 'ord_' || id, 0, 'itm_' || id, $1, true, $3, 1, 1000 + (n::bigint * 7919) % 100000, false
     from ${numbers}`,
    [organizationId, count, seededId(1)],
  );
  await database.query('vacuum analyze orders.orders');
  await database.query('vacuum analyze orders.order_items');
}
