import type { NewEvent } from '#kernel/events/event.ts';
import type { Product } from './product.ts';

/** What the catalogue announces. Products hold no personal data, so the whole state travels. */
export type CatalogEventType = 'product.created' | 'product.updated';

export const CATALOG_EVENTS: readonly CatalogEventType[] = ['product.created', 'product.updated'];

export function productEvent(type: CatalogEventType, product: Product): NewEvent {
  return { type, streamId: product.id, streamVersion: product.version, data: { product: { ...product } } };
}
