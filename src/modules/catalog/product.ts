import type { ProductId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';

export const PRODUCT_CATEGORIES = ['software', 'hardware', 'service', 'subscription', 'addon'] as const;
export type ProductCategory = (typeof PRODUCT_CATEGORIES)[number];

/** The outer size of the packed product. */
export interface Dimensions {
  lengthMm: number;
  widthMm: number;
  heightMm: number;
}

export interface Product {
  id: ProductId;
  version: number;
  name: string;
  description: string;
  category: ProductCategory;
  /** Follows from the category: whether the inventory keeps levels of it. */
  tracksStock: boolean;
  active: boolean;
  sku: string;
  /** The seller's own id of the product; unique in an organisation and mode. */
  externalId: string | null;
  /** A slug of the seller's own order of things, beside the fixed categories (C-70). */
  collection: string | null;
  tags: string[];
  /** Minor units of `currency`: the default price. */
  price: number;
  currency: Currency;
  priceCount: number;
  weightGrams: number | null;
  dimensions: Dimensions | null;
  /** Harmonised System code for customs: 6 to 10 digits. */
  hsCode: string | null;
  /** ISO 3166-1 alpha-2. */
  countryOfOrigin: string | null;
  metadata: Record<string, string>;
  /** Set when the product was deleted: it is kept for what refers to it. */
  archivedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface NewProduct {
  name: string;
  description: string;
  category: ProductCategory;
  active: boolean;
  price: number;
  currency?: Currency;
  sku?: string | null;
  externalId?: string | null;
  collection?: string | null;
  tags?: string[] | null;
  weightGrams?: number | null;
  dimensions?: Dimensions | null;
  hsCode?: string | null;
  countryOfOrigin?: string | null;
  metadata?: Record<string, string>;
}

/** Only the fields to change; null clears an optional one, and `sku: null` makes a new one. */
export type ProductPatch = Partial<Omit<NewProduct, 'metadata' | 'dimensions'>> & {
  dimensions?: Partial<Dimensions> | null;
  metadata?: Record<string, string | null> | null;
};

/** Only physical goods have stock (G-36). */
export function tracksStock(category: ProductCategory): boolean {
  return category === 'hardware';
}

/** A product without a SKU gets one that cannot clash: the random end of its id (C-73). */
export function generatedSku(id: ProductId): string {
  return `SKU-${id.slice(-12).toUpperCase()}`;
}
