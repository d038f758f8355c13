import type { Row } from '#kernel/database/connection.ts';
import { equals, isIn, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, OrderId, PaymentId } from '#kernel/ids.ts';
import type { Payment, PaymentStatus } from './payment.ts';

export interface PaymentFilter {
  customerId?: CustomerId;
  orderId?: OrderId;
  status?: PaymentStatus;
}

const COLUMNS = `id, version, intent, method_type, method_id, customer_id, order_id, amount, currency, status,
  description, metadata, transaction_id, captured_amount, refunded_amount, fee_amount, failure, next_action, settles_at,
  refunds, created_at, updated_at, return_url, disputed_amount, dispute_fee_amount, disputes`;

const find = prepared(`select ${COLUMNS} from payments.payments where id = $1`);
const findAnywhere = prepared(`select id, org_id, livemode from payments.payments where id = $1
  union all select id, org_id, livemode from payments.payments where transaction_id = $2 limit 1`);
const lock = prepared('select 1 from payments.payments where id = $1 for update');
const eventsOfStream = prepared('select * from payments.events where stream_id = $1 order by stream_version');
const insert = prepared(`insert into payments.payments (org_id, livemode, ${COLUMNS}) values ($1, $2, $3, $4, $5, $6,
  $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27,
  $28)`);
const update = prepared(`update payments.payments set version = $2, status = $3, transaction_id = $4,
  captured_amount = $5, refunded_amount = $6, fee_amount = $7, failure = $8, next_action = $9, settles_at = $10,
  refunds = $11, updated_at = $12, disputed_amount = $13, dispute_fee_amount = $14, disputes = $15 where id = $1`);

export async function paymentFind(database: ModuleDatabase, scope: Scope, id: PaymentId): Promise<Payment | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toPayment(row) : null;
}

/** The payment that news from outside name, by our id or by the processor's, and whose it is. */
export async function paymentFindAnywhere(
  database: ModuleDatabase,
  paymentId: PaymentId | null,
  transactionId: string | null,
): Promise<{ paymentId: PaymentId; tenant: Tenant } | null> {
  const [row] = await database.read(everyTenant, findAnywhere([paymentId, transactionId]));
  return row ? { paymentId: row.id, tenant: { orgId: row.org_id, livemode: row.livemode } } : null;
}

export async function paymentsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: PaymentFilter & { customerIds?: readonly CustomerId[] },
  page: PageRequest,
): Promise<Page<Payment>> {
  const conditions = [
    isIn('customer_id', filter.customerIds),
    equals('order_id', filter.orderId),
    equals('status', filter.status),
  ];
  const query = { from: 'payments.payments', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toPayment);
}

/** The row lock comes first, so that the events which follow in the same flight are the newest. */
export function paymentLock(id: PaymentId): Statement[] {
  return [lock([id]), paymentEventsFind(id)];
}

export function paymentEventsFind(id: PaymentId): Statement {
  return eventsOfStream([id]);
}

export function paymentInsert(tenant: Tenant, payment: Payment): Statement {
  return insert([
    tenant.orgId,
    tenant.livemode,
    payment.id,
    payment.version,
    payment.intent,
    payment.methodType,
    payment.methodId,
    payment.customerId,
    payment.orderId,
    payment.amount,
    payment.currency,
    payment.status,
    payment.description,
    payment.metadata,
    payment.transactionId,
    payment.capturedAmount,
    payment.refundedAmount,
    payment.feeAmount,
    payment.failure,
    payment.nextAction,
    payment.settlesAt,
    JSON.stringify(payment.refunds),
    payment.createdAt,
    payment.updatedAt,
    payment.returnUrl,
    payment.disputedAmount,
    payment.disputeFeeAmount,
    JSON.stringify(payment.disputes),
  ]);
}

/** The parts that events after the first can change. */
export function paymentUpdate(payment: Payment): Statement {
  return update([
    payment.id,
    payment.version,
    payment.status,
    payment.transactionId,
    payment.capturedAmount,
    payment.refundedAmount,
    payment.feeAmount,
    payment.failure,
    payment.nextAction,
    payment.settlesAt,
    JSON.stringify(payment.refunds),
    payment.updatedAt,
    payment.disputedAmount,
    payment.disputeFeeAmount,
    JSON.stringify(payment.disputes),
  ]);
}

function toPayment(row: Row): Payment {
  return {
    id: row.id,
    version: row.version,
    intent: row.intent,
    methodType: row.method_type,
    methodId: row.method_id,
    customerId: row.customer_id,
    orderId: row.order_id,
    amount: row.amount,
    currency: row.currency,
    status: row.status,
    description: row.description,
    metadata: row.metadata,
    transactionId: row.transaction_id,
    capturedAmount: row.captured_amount,
    refundedAmount: row.refunded_amount,
    feeAmount: row.fee_amount,
    failure: row.failure,
    nextAction: row.next_action,
    settlesAt: row.settles_at,
    refunds: row.refunds,
    returnUrl: row.return_url,
    disputedAmount: row.disputed_amount,
    disputeFeeAmount: row.dispute_fee_amount,
    disputes: row.disputes,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
