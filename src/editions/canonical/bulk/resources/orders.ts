import {
  currency,
  enumOf,
  id,
  listOf,
  metadata,
  money,
  object,
  optional,
  text,
  timestamp,
} from '#kernel/http/fields.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { Resource } from '#modules/bulk/index.ts';
import {
  IMPORT_STATUSES,
  type Order,
  type OrderImportRow,
  type OrderStatus,
  type Orders,
} from '#modules/orders/index.ts';
import { amountBeside, NewOrderItem } from '../../orders/order-shapes.ts';
import { pagesOf } from './export-pages.ts';
import { rowShape } from './row-shape.ts';

const OrderRow = object({
  external_id: text({ max: 100 }),
  customer_id: id('cus'),
  items: listOf(NewOrderItem, { min: 1 }),
  total: optional(money()),
  currency: currency(),
  status: optional(enumOf(IMPORT_STATUSES, { aliases: { cancelled: 'canceled' } })),
  created_at: optional(timestamp()),
  discount_total: amountBeside('What is taken off the total.'),
  tax_total: amountBeside('Tax on top of the total.'),
  shipping_total: amountBeside('Shipping on top of the total.'),
  po_number: optional(text({ max: 100 })),
  metadata: optional(metadata()),
});

/** Orders of another system: drafts, or history that touches neither stock nor money. */
export function orderResource(orders: Pick<Orders, 'importBatch' | 'listOrders'>): Resource {
  const shape = rowShape(
    OrderRow,
    (row): OrderImportRow => ({
      externalId: row.external_id,
      customerId: row.customer_id,
      items: row.items.map(({ product_id: productId, unit_price: unitPrice, ...item }) => ({
        ...item,
        productId,
        unitPrice,
      })),
      total: row.total,
      currency: row.currency,
      status: row.status,
      createdAt: row.created_at,
      discountTotal: row.discount_total,
      taxTotal: row.tax_total,
      shippingTotal: row.shipping_total,
      poNumber: row.po_number,
      metadata: row.metadata,
    }),
  );
  return {
    readScope: 'orders:read',
    isPersonal: true,
    writeScope: 'orders:write',
    import: {
      ...shape,
      store: (context, rows, { dryRun }) => orders.importBatch(context, rows as OrderImportRow[], { dryRun }),
    },
    export: {
      columns: ['id', ...shape.columns],
      filters: ['status', 'customer_id'],
      page: pagesOf((tenant, { status, customer_id }, page) => {
        const filter = { status: status as OrderStatus | undefined, customerId: customer_id as CustomerId | undefined };
        return orders.listOrders(tenant, filter, page);
      }, recordOf),
    },
  };
}

function recordOf(order: Order) {
  return {
    id: order.id,
    external_id: order.externalId,
    customer_id: order.customerId,
    items: order.items.map(({ productId, quantity, unitPrice }) => ({
      product_id: productId,
      quantity,
      unit_price: unitPrice,
    })),
    total: order.total,
    currency: order.currency,
    status: order.status,
    created_at: order.createdAt,
    discount_total: order.discountTotal,
    tax_total: order.taxTotal,
    shipping_total: order.shippingTotal,
    po_number: order.poNumber,
    metadata: order.metadata,
  };
}
