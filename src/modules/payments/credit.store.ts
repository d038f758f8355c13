import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';

const use = prepared(`insert into payments.credit_usage as credit (customer_id, currency, org_id, livemode, used_amount)
  select $1, $2, $3, $4, $5::bigint where $5::bigint <= $6::bigint
  on conflict (customer_id, currency) do update set used_amount = credit.used_amount + excluded.used_amount
    where credit.used_amount + excluded.used_amount <= $6::bigint
  returning used_amount`);
const settle =
  prepared(`insert into payments.credit_usage as credit (customer_id, currency, org_id, livemode, used_amount)
  values ($1, $2, $3, $4, -$5::bigint)
  on conflict (customer_id, currency) do update set used_amount = credit.used_amount - $5::bigint`);
const useOfOthers = prepared(`select coalesce(sum(used_amount), 0)::bigint as used from (select used_amount
  from payments.credit_usage where customer_id = any($1::text[]) and currency = $2 order by customer_id for update) others`);
const lockShared = prepared("select pg_advisory_xact_lock(hashtextextended('payments.credit:' || $1, 0))");
const giveBack = prepared(`update payments.credit_usage set used_amount = used_amount - $3
  where customer_id = $1 and currency = $2`);

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

/** Money that a customer paid without an order settles what they owe on account; a negative amount takes that back. */
export function creditSettle(tenant: Tenant, { customerId, currency, amount }: CreditUse): Statement {
  return settle([customerId, currency, tenant.orgId, tenant.livemode, amount]);
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

export function creditGiveBack({ customerId, currency, amount }: CreditUse): Statement {
  return giveBack([customerId, currency, amount]);
}
