import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import { type Catalog, createCatalogService } from './catalog.service.ts';

export type { Catalog } from './catalog.service.ts';
export type { ProductFilter } from './catalog.store.ts';
export { CATALOG_EVENTS } from './events.ts';
export * from './product.ts';

export const catalogSchema: SchemaSource = {
  schema: 'catalog',
  directory: new URL('./migrations/', import.meta.url),
  personalData: { 'products.name': { open: 'the name of a thing for sale, not of a person' } },
};

export function createCatalog(kit: ModuleKit): Module<Catalog> {
  const product = (event: { streamId: string }) => ({ service: 'catalog', resource: 'product', id: event.streamId });
  return {
    service: createCatalogService(kit),
    locate: { prd: locateIn(kit.database, 'catalog.products') },
    invalidates: { 'product.created': product, 'product.updated': product },
  };
}
