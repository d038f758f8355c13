import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { newId, type ProductId } from '#kernel/ids.ts';

export const FILL_BACKORDERS_JOB = 'inventory.fill_backorders';

/** Orders that one run looks at; a run that used them up plans another. */
export const MOST_ORDERS = 100;

const waiting = prepared(`select order_id from inventory.reservations
  where org_id = $1 and livemode = $2 and status = 'reserved' and backordered <> '[]'
    and backordered @> jsonb_build_array(jsonb_build_object('productId', $3::text))
  order by id limit ${MOST_ORDERS}`);
const planFill = prepared(`insert into inventory.jobs (id, kind, org_id, livemode, payload, run_at, created_at)
  select 'job_' || job.id, '${FILL_BACKORDERS_JOB}', $1, $2, jsonb_build_object('product_id', job.product_id), $5, $5
  from unnest($3::text[], $4::text[]) as job (id, product_id)
  where exists (select 1 from inventory.reservations
    where org_id = $1 and livemode = $2 and status = 'reserved' and backordered <> '[]'
      and backordered @> jsonb_build_array(jsonb_build_object('productId', job.product_id)))`);

/** Plans to give these products, of which some came in, to the orders that wait for them; nothing when none does. */
export function fillPlan(tenant: Tenant, productIds: readonly ProductId[], now: Date): Statement {
  const ids = productIds.map(() => newId('job', now.getTime()).slice('job_'.length));
  return planFill([tenant.orgId, tenant.livemode, ids, productIds, now.toISOString()]);
}

/** The orders that wait for a product, oldest first: rows of order_id. */
export function ordersWaiting(tenant: Tenant, productId: ProductId): Statement {
  return waiting([tenant.orgId, tenant.livemode, productId]);
}
