import type { Row } from '#kernel/database/connection.ts';
import {
  atMost,
  type Condition,
  equals,
  listPage,
  mapPage,
  type Page,
  type PageRequest,
} from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, OrderId } from '#kernel/ids.ts';
import type { Quote, QuoteId, QuoteStatus } from './quote.ts';

export interface QuoteFilter {
  customerId?: CustomerId;
  status?: QuoteStatus;
}

const COLUMNS = `id, version, customer_id, status, items, total, discount_total, tax_total, shipping_total, currency,
  po_number, metadata, valid_until, order_id, sent_at, accepted_at, declined_at, created_at, updated_at`;

const find = prepared(`select ${COLUMNS} from orders.quotes where id = $1`);
const lock = prepared(`select ${COLUMNS} from orders.quotes where id = $1 for update`);
const authors = prepared(`select event.metadata -> 'actor' as actor from orders.quotes quote
  join orders.events event on event.stream_id = quote.id
  where quote.order_id = $1 and event.type in ('quote.created', 'quote.updated')`);
const insert = prepared(`insert into orders.quotes (${COLUMNS}, org_id, livemode)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`);
const update = prepared(`with changed as (
    update orders.quotes set version = $2, status = $3, items = $4, total = $5, discount_total = $6, tax_total = $7,
      shipping_total = $8, po_number = $9, metadata = $10, valid_until = $11, order_id = $12, sent_at = $13,
      accepted_at = $14, declined_at = $15, updated_at = $16
    where id = $1 and version = $2 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'quote changed meanwhile')`);

export async function quoteFind(database: ModuleDatabase, scope: Scope, id: QuoteId): Promise<Quote | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toQuote(row) : null;
}

export function quoteLock(id: QuoteId): Statement {
  return lock([id]);
}

/** Rows of `actor`: who made or changed the quote that an order came of; none for an order without one. */
export function quoteAuthorsOf(id: OrderId): Statement {
  return authors([id]);
}

/** `now` decides which open offers are expired. */
export async function quotesList(
  database: ModuleDatabase,
  scope: Scope,
  filter: QuoteFilter & { now: string },
  page: PageRequest,
): Promise<Page<Quote>> {
  const conditions = [equals('customer_id', filter.customerId), ...ofStatus(filter.status, filter.now)];
  const query = { from: 'orders.quotes', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toQuote);
}

function ofStatus(status: QuoteStatus | undefined, now: string): Condition[] {
  if (status === 'expired') return [equals('is_open', true), atMost('valid_until', now)];
  if (status === 'draft' || status === 'sent') {
    return [equals('status', status), { column: 'valid_until', operator: '>', value: now }];
  }
  return [equals('status', status)];
}

export function quoteInsert(tenant: Tenant, quote: Quote): Statement {
  return insert([
    quote.id,
    quote.version,
    quote.customerId,
    quote.status,
    JSON.stringify(quote.items),
    quote.total,
    quote.discountTotal,
    quote.taxTotal,
    quote.shippingTotal,
    quote.currency,
    quote.poNumber,
    quote.metadata,
    quote.validUntil,
    quote.orderId,
    quote.sentAt,
    quote.acceptedAt,
    quote.declinedAt,
    quote.createdAt,
    quote.updatedAt,
    tenant.orgId,
    tenant.livemode,
  ]);
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. */
export function quoteUpdate(quote: Quote): Statement {
  return update([
    quote.id,
    quote.version,
    quote.status,
    JSON.stringify(quote.items),
    quote.total,
    quote.discountTotal,
    quote.taxTotal,
    quote.shippingTotal,
    quote.poNumber,
    quote.metadata,
    quote.validUntil,
    quote.orderId,
    quote.sentAt,
    quote.acceptedAt,
    quote.declinedAt,
    quote.updatedAt,
  ]);
}

export function toQuote(row: Row): Quote {
  return {
    id: row.id,
    version: row.version,
    customerId: row.customer_id,
    status: row.status,
    items: row.items,
    total: row.total,
    discountTotal: row.discount_total,
    taxTotal: row.tax_total,
    shippingTotal: row.shipping_total,
    currency: row.currency,
    poNumber: row.po_number,
    metadata: row.metadata,
    validUntil: row.valid_until,
    orderId: row.order_id,
    sentAt: row.sent_at,
    acceptedAt: row.accepted_at,
    declinedAt: row.declined_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
