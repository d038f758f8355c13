import type { PriceId, ProductId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';

export const PRODUCT_CATEGORIES = ['software', 'hardware', 'service', 'subscription', 'addon'] as const;
export type ProductCategory = (typeof PRODUCT_CATEGORIES)[number];

export const BILLING_INTERVALS = ['one_time', 'day', 'week', 'month', 'year'] as const;
export type BillingInterval = (typeof BILLING_INTERVALS)[number];

export interface Price {
  id: PriceId;
  productId: ProductId;
  currency: Currency;
  /** Minor units of the currency. */
  unitAmount: number;
  billingInterval: BillingInterval;
  isDefault: boolean;
  createdAt: string;
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
  /** Minor units of `currency`: the default price. */
  price: number;
  currency: Currency;
  priceCount: number;
  metadata: Record<string, string>;
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
  metadata?: Record<string, string>;
}

/** Only the fields to change; `sku: null` makes a new one. */
export type ProductPatch = Partial<Omit<NewProduct, 'metadata'>> & { metadata?: Record<string, string | null> | null };

export interface NewPrice {
  currency: Currency;
  unitAmount: number;
  billingInterval?: BillingInterval;
}

/** Only physical goods have stock (G-36). */
export function tracksStock(category: ProductCategory): boolean {
  return category === 'hardware';
}
