import type { Json, NewEvent } from '#kernel/events/event.ts';
import type { Price } from './prices/price.ts';
import type { Product } from './product.ts';

/** What the catalogue announces. Products hold no personal data, so the whole state travels. */
export type CatalogEventType = 'product.created' | 'product.updated' | 'product.archived' | 'product.restored';

export type PriceEventType = 'price.created' | 'price.updated' | 'price.archived';

export const CATALOG_EVENTS: readonly (CatalogEventType | PriceEventType)[] = [
  'product.created',
  'product.updated',
  'product.archived',
  'product.restored',
  'price.created',
  'price.updated',
  'price.archived',
];

export function productEvent(type: CatalogEventType, product: Product): NewEvent {
  const dimensions = product.dimensions && { ...product.dimensions };
  return { type, streamId: product.id, streamVersion: product.version, data: { product: { ...product, dimensions } } };
}

export function priceEvent(type: PriceEventType, price: Price): NewEvent {
  const tiers = price.tiers as unknown as Json;
  return { type, streamId: price.id, streamVersion: price.version, data: { price: { ...price, tiers } } };
}
