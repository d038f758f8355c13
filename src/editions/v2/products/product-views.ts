import { type Static, type TSchema, Type } from 'typebox';
import { idView, MetadataView, Timestamp } from '#kernel/http/shapes.ts';
import { PRODUCT_CATEGORIES, type Product, type ProductCategory } from '#modules/catalog/index.ts';
import { DecimalView, decimalOf } from '../common/decimal.ts';

export const ProductView = Type.Object(
  {
    id: idView('prd'),
    name: Type.String(),
    description: Type.String(),
    sku: Type.String(),
    price: DecimalView as TSchema & { static: number },
    currency: Type.String({ examples: ['USD'] }),
    category: Type.String({
      description: 'A slug of your own, or one of the fixed categories.',
      examples: ['widgets'],
    }),
    stock: Type.Integer({ description: 'Available, over all warehouses.' }),
    status: Type.Enum(['active', 'inactive']),
    metadata: MetadataView,
    created_at: Timestamp,
  },
  { $id: 'Product' },
);

export function productView(product: Product, stock: number): Static<typeof ProductView> {
  return {
    id: product.id,
    name: product.name,
    description: product.description,
    sku: product.sku,
    price: decimalOf(product.price, product.currency),
    currency: product.currency,
    // One word for two fields (C-70): the seller's own order of things comes first.
    category: product.collection ?? product.category,
    stock,
    status: product.active ? 'active' : 'inactive',
    metadata: product.metadata,
    created_at: product.createdAt,
  };
}

/** The two fields behind this edition's `category`. */
export function categoryFields(slug: string | null | undefined): {
  category: ProductCategory;
  collection: string | null;
} {
  const fixed = PRODUCT_CATEGORIES.find((category) => category === slug);
  if (fixed) return { category: fixed, collection: null };
  return { category: 'hardware', collection: slug ?? null };
}
