import {
  atLeast,
  before,
  equals,
  isIn,
  listPage,
  mapPage,
  type Page,
  type PageRequest,
} from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { insertMany, prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import type { CustomerId, OrderId, PaymentId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { LedgerEntry } from './ledger.ts';

export interface StatementFilter {
  currency: Currency;
  /** ISO 8601 UTC; entries at it or later. */
  from?: string;
  /** Entries before it. */
  until?: string;
}

/** Two consumers book at once; each waits for the other, so that what one reads is what the other has stored. */
const lockBooks = prepared("select pg_advisory_xact_lock(hashtext('customers.ledger'))");
const findOrders = prepared('select * from customers.ledger_orders where order_id = any($1::text[])');
const findPayments = prepared('select * from customers.ledger_payments where payment_id = any($1::text[])');
const tenantColumns = { org_id: 'text', livemode: 'boolean', customer_id: 'text', currency: 'text' };
const putOrders = insertMany(
  'customers.ledger_orders',
  { order_id: 'text', ...tenantColumns, due_amount: 'bigint', refunded_amount: 'bigint' },
  `on conflict (order_id) do update set customer_id = excluded.customer_id, currency = excluded.currency,
    due_amount = excluded.due_amount, refunded_amount = excluded.refunded_amount`,
);
const putPayments = insertMany(
  'customers.ledger_payments',
  { payment_id: 'text', ...tenantColumns, captured_amount: 'bigint', refunded_amount: 'bigint' },
  `on conflict (payment_id) do update set captured_amount = excluded.captured_amount,
    refunded_amount = excluded.refunded_amount`,
);
export const entriesInsert = insertMany('customers.ledger_entries', {
  id: 'text',
  ...tenantColumns,
  kind: 'text',
  direction: 'text',
  amount: 'bigint',
  order_id: 'text',
  payment_id: 'text',
  event_id: 'text',
  occurred_at: 'timestamptz',
});
const SIGNED = "sum(case direction when 'debit' then amount else -amount end)";
const balances = prepared(`select currency, ${SIGNED}::text as balance from customers.ledger_entries
  where org_id = $1 and livemode = $2 and customer_id = any($3::text[]) group by currency order by currency`);
const sums = prepared(`select coalesce(${SIGNED} filter (where occurred_at < $5::timestamptz), 0)::text as opening,
    coalesce(${SIGNED} filter (where occurred_at < $6::timestamptz), 0)::text as closing
  from customers.ledger_entries
  where org_id = $1 and livemode = $2 and customer_id = any($3::text[]) and currency = $4`);

export { findOrders as ledgerOrdersFind, findPayments as ledgerPaymentsFind, putOrders, putPayments };

export function booksLock(): Statement {
  return lockBooks([]);
}

/** The payments of one customer never add up to so much; those of several who were merged may. Errors: `invalid_state`. */
function exactly(sum: string): number {
  const amount = Number(sum);
  if (Number.isSafeInteger(amount)) return amount;
  const message = `These merged customers together have a balance of ${sum}, which is too large to be told exactly; restore one of them, and ask for each.`;
  throw new DomainError('invalid_state', message);
}

/** What each currency adds up to: above zero the customer owes. */
export async function balancesFind(
  database: ModuleDatabase,
  { orgId, livemode }: Tenant,
  customerIds: readonly CustomerId[],
): Promise<{ currency: Currency; balance: number }[]> {
  const rows = await database.read({ orgId, livemode }, balances([orgId, livemode, customerIds]));
  return rows.map((row) => ({ currency: row.currency, balance: exactly(row.balance) }));
}

/** The balance at the beginning and at the end of a statement. */
export async function sumsFind(
  database: ModuleDatabase,
  { orgId, livemode }: Tenant,
  customerIds: readonly CustomerId[],
  { currency, from, until }: StatementFilter,
): Promise<{ opening: number; closing: number }> {
  const values = [orgId, livemode, customerIds, currency, from ?? '-infinity', until ?? 'infinity'];
  const [row] = await database.read({ orgId, livemode }, sums(values));
  return { opening: exactly(row!.opening), closing: exactly(row!.closing) };
}

export async function entriesList(
  database: ModuleDatabase,
  tenant: Tenant,
  customerIds: readonly CustomerId[],
  filter: StatementFilter,
  page: PageRequest,
): Promise<Page<LedgerEntry>> {
  const conditions = [
    isIn('customer_id', customerIds),
    equals('currency', filter.currency),
    atLeast('occurred_at', filter.from),
    before('occurred_at', filter.until),
  ];
  const query = { from: 'customers.ledger_entries', columns: '*', conditions, page };
  return mapPage(await listPage(database, tenant, query), (row) => ({
    id: row.id as string,
    customerId: row.customer_id as CustomerId,
    currency: row.currency as Currency,
    kind: row.kind,
    direction: row.direction,
    amount: row.amount as number,
    orderId: row.order_id as OrderId | null,
    paymentId: row.payment_id as PaymentId | null,
    occurredAt: row.occurred_at as string,
  }));
}
