import { violatedCheck } from '#kernel/database/database-errors.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { invalidField } from '#kernel/errors.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { Payment } from './payment.ts';

const use = prepared(`insert into payments.credit_usage as credit (customer_id, currency, org_id, livemode, used_amount)
  select $1, $2, $3, $4, $5::bigint where $5::bigint <= $6::bigint
  on conflict (customer_id, currency) do update set used_amount = credit.used_amount + excluded.used_amount
    where credit.used_amount + excluded.used_amount <= $6::bigint
  returning used_amount`);
const move = prepared(`insert into payments.credit_usage as credit
  (customer_id, currency, org_id, livemode, used_amount, open_amount) values ($1, $2, $3, $4, $5, $6)
  on conflict (customer_id, currency) do update set used_amount = credit.used_amount + excluded.used_amount,
    open_amount = credit.open_amount + excluded.open_amount`);
const useOfOthers = prepared(`select coalesce(sum(used_amount), 0)::bigint as used from (select used_amount
  from payments.credit_usage where customer_id = any($1::text[]) and currency = $2 order by customer_id for update) others`);
const lockShared = prepared("select pg_advisory_xact_lock(hashtextextended('payments.credit:' || $1, 0))");

export interface CreditUse {
  customerId: CustomerId;
  currency: Currency;
  amount: number;
}

/**
 * Uses credit when the rest of the limit, which others may use as well, allows it; the row is locked until the transaction
 * ends. False when it does not.
 */
export async function creditUse(
  tx: WriteTransaction,
  tenant: Tenant,
  { customerId, currency, amount }: CreditUse,
  rest: number,
): Promise<boolean> {
  const rows = await tx.query(use([customerId, currency, tenant.orgId, tenant.livemode, amount, rest]));
  return rows.length === 1;
}

/** What a payment means for its customer, minor units. */
export interface AccountShare {
  /** The credit that it uses; below zero for money that settles what is owed. */
  used: number;
  /** What their books may have of it, owed or paid. */
  open: number;
}

/**
 * On account a payment uses credit until it is released or given back. Money without an order that stays with us settles
 * what its customer owes on account, as their statement says.
 */
export function accountShareOf(payment: Payment): AccountShare {
  const { customerId, orderId, methodType, status, amount, capturedAmount, refundedAmount } = payment;
  if (customerId === null || status === 'failed' || status === 'canceled') return { used: 0, open: 0 };
  const isTaken = status === 'succeeded' || status === 'refunded';
  const open = (isTaken ? capturedAmount : amount) - refundedAmount;
  if (methodType === 'on_account') return { used: open, open };
  return { used: orderId === null ? refundedAmount - capturedAmount : 0, open };
}

/** Brings what a customer's payments add up to from one state of a payment to another; no statement when that is the same. */
export function accountMove(tenant: Tenant, before: AccountShare, after: AccountShare, payment: Payment): Statement[] {
  const [used, open] = [after.used - before.used, after.open - before.open];
  if (used === 0 && open === 0) return [];
  return [move([payment.customerId, payment.currency, tenant.orgId, tenant.livemode, used, open])];
}

/** The refusal, when the payments of a customer would add up to more than can be told exactly; else the error as it is. */
export function tooMuchOf(error: unknown, { currency }: Payment): unknown {
  if (violatedCheck(error) !== 'credit_usage_open_amount_check') return error;
  const message = `With this amount the payments of this customer in ${currency} would add up to more than can be kept exactly; refund or cancel what is not wanted any more, or use another customer.`;
  return invalidField('amount', 'too_large', message);
}

/**
 * What others use of the limit of `limited`, into whom they were merged. One at a time: who never used any has no row that
 * could be locked, so that two of them would use the same rest.
 */
export async function creditUsedBy(
  tx: WriteTransaction,
  limited: CustomerId,
  others: readonly CustomerId[],
  currency: Currency,
): Promise<number> {
  if (others.length === 0) return 0;
  const [, found] = await tx.run([lockShared([limited]), useOfOthers([others, currency])]);
  return found!.rows[0]!.used;
}
