import { violatedUnique } from '#kernel/database/database-errors.ts';
import { DomainError } from '#kernel/errors.ts';

/** Errors: `gone` when the product or price was archived. */
export function refuseArchived(object: 'product' | 'price', { archivedAt }: { archivedAt: string | null }): void {
  if (archivedAt === null) return;
  const hint = object === 'product' ? 'restore it with POST /products/:id/restore to change it' : 'add a new price';
  throw new DomainError('gone', `The ${object} is archived; ${hint}.`);
}

/** Makes `duplicate` of a violated unique index; throws everything else on. */
export function refuseDuplicate(error: unknown): never {
  const constraint = violatedUnique(error);
  const message = messageFor(constraint);
  if (message === null) throw error;
  const field =
    constraint === 'products_sku_key' ? 'sku' : constraint === 'products_external_id_key' ? 'external_id' : '';
  const details = field === '' ? [] : [{ field, code: 'duplicate', message }];
  throw new DomainError('duplicate', message, { cause: error, details });
}

function messageFor(constraint: string | null): string | null {
  switch (constraint) {
    case 'products_sku_key':
      return 'A product with this SKU exists; choose another SKU.';
    case 'products_external_id_key':
      return 'A product with this external id exists; use it, or choose another id.';
    case 'prices_product_currency_interval_key':
      return 'The product already has a price in this currency and billing interval.';
    default:
      return null;
  }
}
