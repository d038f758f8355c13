import type { Json, NewEvent } from '#kernel/events/event.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { Price } from './prices/price.ts';
import type { Product } from './product.ts';

/** What the catalogue announces. Products hold no personal data, so the whole state travels. */
export type CatalogEventType = 'product.created' | 'product.updated' | 'product.archived' | 'product.restored';

export type PriceEventType = 'price.created' | 'price.updated' | 'price.archived';

/** Of a whole batch of an import; `data.products` names the products that it created. */
export const PRODUCTS_IMPORTED = 'products.imported';

export const CATALOG_EVENTS: readonly (CatalogEventType | PriceEventType | typeof PRODUCTS_IMPORTED)[] = [
  'product.created',
  'product.updated',
  'product.archived',
  'product.restored',
  'price.created',
  'price.updated',
  'price.archived',
  PRODUCTS_IMPORTED,
];

export function productEvent(type: CatalogEventType, product: Product): NewEvent {
  const dimensions = product.dimensions && { ...product.dimensions };
  return { type, streamId: product.id, streamVersion: product.version, data: { product: { ...product, dimensions } } };
}

export function priceEvent(type: PriceEventType, price: Price): NewEvent {
  const tiers = price.tiers as unknown as Json;
  return { type, streamId: price.id, streamVersion: price.version, data: { price: { ...price, tiers } } };
}

export function productsImportedEvent(batchId: string, products: readonly ProductId[]): NewEvent {
  return { type: PRODUCTS_IMPORTED, streamId: batchId, streamVersion: 1, data: { products: [...products] } };
}
