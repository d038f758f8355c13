import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, OrderId, PaymentId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { Dispute, DisputeId, DisputeStatus, Payment } from './payment.ts';

/** A dispute with what it belongs to, as lists show it. */
export interface DisputeRecord extends Dispute {
  paymentId: PaymentId;
  customerId: CustomerId | null;
  orderId: OrderId | null;
  currency: Currency;
}

export interface DisputeFilter {
  paymentId?: PaymentId;
  status?: DisputeStatus;
}

const COLUMNS = `id, payment_id, customer_id, order_id, processor_id, amount, fee_amount, currency, reason, status,
  evidence_due_at, evidence_submitted_at, opened_at, updated_at`;

const find = prepared(`select ${COLUMNS} from payments.disputes where id = $1`);
const upsert = prepared(`insert into payments.disputes (org_id, livemode, ${COLUMNS})
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
  on conflict (id) do update set status = excluded.status, evidence_submitted_at = excluded.evidence_submitted_at,
    updated_at = excluded.updated_at`);
const noteRequest = prepared('update payments.disputes set evidence_request = $2 where id = $1');
const findOfRequest = prepared('select id from payments.disputes where id = $1 and evidence_request = $2');

export async function disputeFind(
  database: ModuleDatabase,
  scope: Scope,
  id: DisputeId,
): Promise<DisputeRecord | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toDispute(row) : null;
}

export async function disputesList(
  database: ModuleDatabase,
  scope: Scope,
  filter: DisputeFilter,
  page: PageRequest,
): Promise<Page<DisputeRecord>> {
  const conditions = [equals('payment_id', filter.paymentId), equals('status', filter.status)];
  const query = { from: 'payments.disputes', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toDispute);
}

/** Brings the row of a dispute to what it is in the payment now. */
export function disputeUpsert({ orgId, livemode }: Tenant, payment: Payment, dispute: Dispute): Statement {
  return upsert([
    orgId,
    livemode,
    dispute.id,
    payment.id,
    payment.customerId,
    payment.orderId,
    dispute.processorId,
    dispute.amount,
    dispute.feeAmount,
    payment.currency,
    dispute.reason,
    dispute.status,
    dispute.evidenceDueAt,
    dispute.evidenceSubmittedAt,
    dispute.openedAt,
    dispute.updatedAt,
  ]);
}

/** Which request hands evidence in; null for one that cannot be recognised. */
export function evidenceRequestNote(id: DisputeId, request: Buffer | null): Statement {
  return noteRequest([id, request]);
}

/** Whether the evidence that was handed in is that of this very request. */
export async function evidenceIsOf(
  database: ModuleDatabase,
  scope: Scope,
  id: DisputeId,
  request: Buffer,
): Promise<boolean> {
  return (await database.read(scope, findOfRequest([id, request]))).length === 1;
}

function toDispute(row: Row): DisputeRecord {
  return {
    id: row.id,
    paymentId: row.payment_id,
    customerId: row.customer_id,
    orderId: row.order_id,
    processorId: row.processor_id,
    amount: row.amount,
    feeAmount: row.fee_amount,
    currency: row.currency,
    reason: row.reason,
    status: row.status,
    evidenceDueAt: row.evidence_due_at,
    evidenceSubmittedAt: row.evidence_submitted_at,
    openedAt: row.opened_at,
    updatedAt: row.updated_at,
  };
}
