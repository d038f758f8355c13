import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, OrderId, PaymentId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { Payment, Refund, RefundId } from './payment.ts';

/** A refund with what it belongs to, as lists show it. */
export interface RefundRecord extends Refund {
  paymentId: PaymentId;
  customerId: CustomerId | null;
  orderId: OrderId | null;
  currency: Currency;
}

export interface RefundFilter {
  paymentId?: PaymentId;
  customerId?: CustomerId;
  orderId?: OrderId;
  status?: Refund['status'];
}

const COLUMNS = `id, payment_id, customer_id, order_id, amount, currency, reason, lines, status, failure, created_at,
  updated_at`;

const find = prepared(`select ${COLUMNS} from payments.refunds where id = $1`);
const upsert = prepared(`insert into payments.refunds (org_id, livemode, ${COLUMNS})
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  on conflict (id) do update set status = excluded.status, failure = excluded.failure, updated_at = excluded.updated_at`);

export async function refundFind(database: ModuleDatabase, scope: Scope, id: RefundId): Promise<RefundRecord | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toRefund(row) : null;
}

export async function refundsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: RefundFilter,
  page: PageRequest,
): Promise<Page<RefundRecord>> {
  const conditions = [
    equals('payment_id', filter.paymentId),
    equals('customer_id', filter.customerId),
    equals('order_id', filter.orderId),
    equals('status', filter.status),
  ];
  return mapPage(
    await listPage(database, scope, { from: 'payments.refunds', columns: COLUMNS, conditions, page }),
    toRefund,
  );
}

/** Brings the row of a refund to what it is in the payment now. */
export function refundUpsert({ orgId, livemode }: Tenant, payment: Payment, refund: Refund): Statement {
  return upsert([
    orgId,
    livemode,
    refund.id,
    payment.id,
    payment.customerId,
    payment.orderId,
    refund.amount,
    payment.currency,
    refund.reason,
    JSON.stringify(refund.lines),
    refund.status,
    refund.failure,
    refund.createdAt,
    refund.updatedAt,
  ]);
}

function toRefund(row: Row): RefundRecord {
  return {
    id: row.id,
    paymentId: row.payment_id,
    customerId: row.customer_id,
    orderId: row.order_id,
    amount: row.amount,
    currency: row.currency,
    reason: row.reason,
    lines: row.lines,
    status: row.status,
    failure: row.failure,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
