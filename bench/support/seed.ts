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
export async function makeOrderParts(api: Api): Promise<OrderParts> {
  const email = `bench-${Date.now()}@example.com`;
  const customer = await api.call<Made>('POST', '/customers', {
    type: 'company',
    name: 'Bench Ltd',
    email,
    currency: 'USD',
  });
  return { customerId: customer.id, productIds: await makeProducts(api, 10), paymentMethodId: null };
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
