import { invalidField } from '#kernel/errors.ts';
import { mergeMetadata } from '#kernel/http/fields.ts';
import { newId } from '#kernel/ids.ts';
import {
  type Dimensions,
  generatedSku,
  type NewProduct,
  type Product,
  type ProductPatch,
  tracksStock,
} from './product.ts';

export function newProduct(input: NewProduct, now: Date): Product {
  const id = newId('prd', now.getTime());
  const createdAt = now.toISOString();
  return {
    id,
    version: 1,
    name: input.name,
    description: input.description,
    category: input.category,
    tracksStock: tracksStock(input.category),
    active: input.active,
    sku: input.sku ?? generatedSku(id),
    externalId: input.externalId ?? null,
    collection: input.collection ?? null,
    tags: input.tags ?? [],
    price: input.price,
    currency: input.currency ?? 'USD',
    priceCount: 1,
    weightGrams: input.weightGrams ?? null,
    dimensions: input.dimensions ?? null,
    hsCode: input.hsCode ?? null,
    countryOfOrigin: input.countryOfOrigin ?? null,
    metadata: input.metadata ?? {},
    archivedAt: null,
    createdAt,
    updatedAt: createdAt,
  };
}

/** The next version after a merge patch. Errors: `validation` when a side of the dimensions is missing. */
export function patchedProduct(current: Product, patch: ProductPatch, now: Date): Product {
  const { metadata, sku, tags, dimensions, ...changes } = patch;
  const category = changes.category ?? current.category;
  return {
    ...current,
    ...definedOf(changes),
    category,
    tracksStock: tracksStock(category),
    sku: sku === null ? generatedSku(current.id) : (sku ?? current.sku),
    tags: tags === undefined ? current.tags : (tags ?? []),
    dimensions: mergeDimensions(current.dimensions, dimensions),
    metadata: mergeMetadata(current.metadata, metadata),
    version: current.version + 1,
    updatedAt: now.toISOString(),
  };
}

/** Without the fields that were not sent, so that they do not hide the present ones. */
function definedOf<Changes extends object>(changes: Changes): Changes {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Changes;
}

function mergeDimensions(current: Dimensions | null, patch: Partial<Dimensions> | null | undefined): Dimensions | null {
  if (patch === undefined) return current;
  if (patch === null) return null;
  const merged = { ...current, ...definedOf(patch) };
  for (const [side, field] of [
    ['lengthMm', 'length_mm'],
    ['widthMm', 'width_mm'],
    ['heightMm', 'height_mm'],
  ] as const) {
    if (!merged[side]) throw invalidField(`dimensions.${field}`, 'required', 'A size needs all three sides.');
  }
  return merged as Dimensions;
}
