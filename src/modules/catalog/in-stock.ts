import { prepared } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { Consumer } from '#kernel/events/bus.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { CatalogDependencies } from './dependencies.ts';

const mark = prepared(`update catalog.products product set in_stock = found.in_stock
  from unnest($3::text[], $4::boolean[]) as found (id, in_stock)
  where product.org_id = $1 and product.livemode = $2 and product.id = found.id
    and product.in_stock <> found.in_stock`);

/**
 * Marks products of which the inventory has any, so that lists can be filtered by it. The quantities are asked for, not
 * added up from the events: whatever order those come in, the last one leaves the truth of now.
 */
export function inStockConsumer(inventory: NonNullable<CatalogDependencies['inventory']>): Consumer {
  return {
    name: 'catalog.in-stock',
    sources: ['inventory'],
    wants: (event) => inventory().productsIn(event).length > 0,
    async handle(events, tx) {
      for (const [tenant, productIds] of byTenant(events, (event) => inventory().productsIn(event))) {
        const stock = await inventory().stockOf(tenant, productIds);
        const available = new Map(stock.map((each) => [each.productId, each.available]));
        const flags = productIds.map((id) => (available.get(id) ?? 0) > 0);
        await tx.run([mark([tenant.orgId, tenant.livemode, productIds, flags])]);
      }
    },
  };
}

function byTenant(
  events: readonly StoredEvent[],
  productsIn: (event: StoredEvent) => readonly ProductId[],
): [Tenant, ProductId[]][] {
  const groups = new Map<string, { tenant: Tenant; ids: Set<ProductId> }>();
  for (const event of events) {
    const name = `${event.tenant.orgId}|${event.tenant.livemode}`;
    const group = groups.get(name) ?? { tenant: event.tenant, ids: new Set() };
    groups.set(name, group);
    for (const id of productsIn(event)) group.ids.add(id);
  }
  // Rows are locked in one order whoever updates them.
  return [...groups.values()].map(({ tenant, ids }) => [tenant, [...ids].sort()]);
}
