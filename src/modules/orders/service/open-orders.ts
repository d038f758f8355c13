import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, OrderId, ProductId } from '#kernel/ids.ts';
import type { Order, OrderStatus } from '../order.ts';
import { requireShippable } from '../order-decisions.ts';

export interface OpenOrder {
  id: OrderId;
  status: OrderStatus;
}

export interface OpenOrders {
  /** The newest orders with the product that are not delivered or canceled yet (C-75). */
  openOrdersWith(tenant: Tenant, productId: ProductId, limit: number): Promise<OpenOrder[]>;
  /** The newest orders of these customers that are confirmed and not delivered or canceled yet. */
  ordersUnderWay(tenant: Tenant, customerIds: readonly CustomerId[], limit: number): Promise<OpenOrder[]>;
  /** Errors: `invalid_state` (not in processing, or its money is not there any more), saying what to do first. */
  requireShippable(order: Order): void;
}

// From the index of statuses: open orders are few beside all orders, and an index of products would cost on every line.
const find = prepared(`select id, status from orders.orders
  where org_id = $1 and livemode = $2 and status in ('draft', 'confirmed', 'processing', 'shipped')
    and exists (select from orders.order_items item where item.order_id = orders.id and item.product_id = $3)
  order by id desc limit $4`);

const findUnderWay = prepared(`select id, status from orders.orders
  where org_id = $1 and livemode = $2 and customer_id = any($3::text[])
    and status in ('confirmed', 'processing', 'shipped') order by id desc limit $4`);

export function createOpenOrders(database: ModuleDatabase): OpenOrders {
  return {
    requireShippable,
    async openOrdersWith({ orgId, livemode }, productId, limit) {
      const rows = await database.read({ orgId, livemode }, find([orgId, livemode, productId, limit]));
      return rows.map((row) => ({ id: row.id, status: row.status }));
    },
    async ordersUnderWay({ orgId, livemode }, customerIds, limit) {
      const rows = await database.read({ orgId, livemode }, findUnderWay([orgId, livemode, customerIds, limit]));
      return rows.map((row) => ({ id: row.id, status: row.status }));
    },
  };
}
