import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import { type Catalog, createCatalogService } from './catalog.service.ts';
import type { CatalogDependencies } from './dependencies.ts';
import { PRODUCTS_IMPORTED } from './events.ts';
import { inStockConsumer } from './in-stock.ts';

export type { Catalog } from './catalog.service.ts';
export type { CatalogDependencies } from './dependencies.ts';
export { CATALOG_EVENTS } from './events.ts';
export type { PriceImportRow } from './import/price-import.ts';
export {
  BILLING_INTERVALS,
  type BillingInterval,
  type NewPrice,
  type Price,
  type PricePatch,
  type PriceQuestion,
  type PriceTier,
  type PriceVersion,
  type ResolvedPrice,
  TIERS_MAX,
} from './prices/price.ts';
export type { PriceQuestions } from './prices/prices.service.ts';
export type { PriceFilter } from './prices/prices.store.ts';
export * from './product.ts';
export type { ProductSearch } from './search/search.service.ts';

export const catalogSchema: SchemaSource = {
  schema: 'catalog',
  directory: new URL('./migrations/', import.meta.url),
  personalData: { 'products.name': { open: 'the name of a thing for sale, not of a person' } },
};

export function createCatalog(kit: ModuleKit, dependencies: CatalogDependencies): Module<Catalog> {
  const service = 'catalog';
  /** Every list of products of the tenant. */
  const products = ({ tenant }: { tenant: Tenant }) => {
    return [{ service, resource: 'products', id: `${tenant.orgId}|${tenant.livemode}` }];
  };
  const product = (event: { streamId: string; tenant: Tenant }) => [
    { service, resource: 'product', id: event.streamId },
    ...products(event),
  ];
  const price = (event: { streamId: string }) => [{ service, resource: 'price', id: event.streamId }];
  return {
    service: createCatalogService(kit, dependencies),
    consumers: dependencies.inventory ? [inStockConsumer(dependencies.inventory)] : [],
    locate: {
      prd: locateIn(kit.database, 'catalog.products'),
      pri: locateIn(kit.database, 'catalog.prices'),
    },
    invalidates: {
      'product.created': product,
      'product.updated': product,
      'product.archived': product,
      'product.restored': product,
      'price.created': price,
      'price.updated': price,
      'price.archived': price,
      [PRODUCTS_IMPORTED]: products,
    },
  };
}
