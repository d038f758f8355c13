import type { Row } from '#kernel/database/connection.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { ShippingQuote, ShippingQuoteId } from './quote.ts';

const COLUMNS = 'q.id, q.route, q.rates, q.created_at, q.expires_at';

const find = prepared(`select ${COLUMNS} from shipping.quotes q where q.id = $1`);
const findCurrent =
  prepared(`select ${COLUMNS} from shipping.current_quotes c join shipping.quotes q on q.id = c.quote_id
  where c.org_id = $1 and c.livemode = $2 and c.fingerprint = $3`);
// Two who ask at once meet at this row: the second waits for the first and then finds its quote.
const takeOver =
  prepared(`insert into shipping.current_quotes as c (org_id, livemode, fingerprint, quote_id, expires_at)
  values ($1, $2, $3, $4, $5) on conflict (org_id, livemode, fingerprint) do update
    set quote_id = excluded.quote_id, expires_at = excluded.expires_at where c.expires_at <= $6::timestamptz
  returning c.quote_id`);
const insert = prepared(`insert into shipping.quotes (id, org_id, livemode, route, rates, created_at, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7)`);
const removeCurrent = prepared('delete from shipping.current_quotes where expires_at < $1');
const remove = prepared('delete from shipping.quotes where expires_at < $1');

export async function quoteFind(
  database: ModuleDatabase,
  scope: Scope,
  id: ShippingQuoteId,
): Promise<ShippingQuote | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toQuote(row) : null;
}

/** Answers a row when this quote is the one for the route from now on, and none while another one holds. */
export function quoteTakeOver({ orgId, livemode }: Tenant, fingerprint: Buffer, quote: ShippingQuote): Statement {
  return takeOver([orgId, livemode, fingerprint, quote.id, quote.expiresAt, quote.createdAt]);
}

/** The quote that answers a route; read the row with `toQuote`. */
export function quoteFindCurrent({ orgId, livemode }: Tenant, fingerprint: Buffer): Statement {
  return findCurrent([orgId, livemode, fingerprint]);
}

export function quoteInsert({ orgId, livemode }: Tenant, quote: ShippingQuote): Statement {
  const { id, from, to, parcels, rates, createdAt, expiresAt } = quote;
  return insert([id, orgId, livemode, { from, to, parcels }, JSON.stringify(rates), createdAt, expiresAt]);
}

/** Quotes that expired before an instant, of every organisation. */
export function quotesRemove(before: string): Statement[] {
  return [removeCurrent([before]), remove([before])];
}

export function toQuote(row: Row): ShippingQuote {
  return { id: row.id, ...row.route, rates: row.rates, createdAt: row.created_at, expiresAt: row.expires_at };
}
