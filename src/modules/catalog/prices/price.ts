import { invalidField } from '#kernel/errors.ts';
import type { CustomerId, PriceId, ProductId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';

export const BILLING_INTERVALS = ['one_time', 'day', 'week', 'month', 'year'] as const;
export type BillingInterval = (typeof BILLING_INTERVALS)[number];

/** From this quantity on, every unit costs `unitAmount`. */
export interface PriceTier {
  minQuantity: number;
  unitAmount: number;
}

export const TIERS_MAX = 50;

/** What a price costs, as one of its versions says. */
export interface PriceTerms {
  currency: Currency;
  /** Minor units of the currency, from quantity 1 on. */
  unitAmount: number;
  /** Ascending by quantity, all above 1. */
  tiers: PriceTier[];
  /** Applies from this instant on, ISO 8601 UTC; null means always. */
  validFrom: string | null;
  /** Does not apply any more from this instant on. */
  validUntil: string | null;
}

export interface Price extends PriceTerms {
  id: PriceId;
  productId: ProductId;
  /** Moves on with every change of the terms; older versions stay readable (G-05). */
  version: number;
  billingInterval: BillingInterval;
  /** The price that the product repeats. */
  isDefault: boolean;
  /** Whose contract price it is; null means everybody's. */
  customerId: CustomerId | null;
  archivedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** What a price cost from `since` until the next version. */
export interface PriceVersion extends PriceTerms {
  priceId: PriceId;
  version: number;
  since: string;
}

export interface NewPrice {
  currency: Currency;
  unitAmount: number;
  billingInterval?: BillingInterval;
  tiers?: PriceTier[] | null;
  customerId?: CustomerId | null;
  validFrom?: string | null;
  validUntil?: string | null;
}

/** Only the fields to change; null clears. */
export type PricePatch = Pick<Partial<NewPrice>, 'unitAmount' | 'tiers' | 'validFrom' | 'validUntil'>;

/** Errors: `validation` naming the tier, or the end of the window. */
export function requireSoundTerms({ tiers, validFrom, validUntil }: PriceTerms): void {
  tiers.forEach(({ minQuantity }, index) => {
    if (minQuantity > (index === 0 ? 1 : tiers[index - 1]!.minQuantity)) return;
    const message = index === 0 ? 'The first tier begins above 1.' : 'Each tier begins above the one before.';
    throw invalidField(`tiers[${index}].min_quantity`, 'not_allowed', message);
  });
  if (validFrom !== null && validUntil !== null && validUntil <= validFrom) {
    throw invalidField('valid_until', 'not_allowed', 'A price ends after it begins.');
  }
}

/** The unit price for a quantity: that of the highest tier that begins at it or below. */
export function unitAmountFor(
  { unitAmount, tiers }: Pick<PriceTerms, 'unitAmount' | 'tiers'>,
  quantity: number,
): number {
  let amount = unitAmount;
  for (const tier of tiers) {
    if (tier.minQuantity > quantity) break;
    amount = tier.unitAmount;
  }
  return amount;
}

/** Whether the price applies at an instant (ISO 8601 UTC with milliseconds, so that texts compare as times do). */
export function isValidAt(
  { validFrom, validUntil }: Pick<PriceTerms, 'validFrom' | 'validUntil'>,
  at: string,
): boolean {
  return (validFrom === null || validFrom <= at) && (validUntil === null || at < validUntil);
}

/** What is sold at: enough to refer to and to compute with. */
export interface ResolvedPrice {
  productId: ProductId;
  priceId: PriceId;
  version: number;
  currency: Currency;
  billingInterval: BillingInterval;
  /** Minor units for each, at the asked quantity. */
  unitAmount: number;
  source: 'contract' | 'list';
}

export interface PriceQuestion {
  productId: ProductId;
  currency: Currency;
  quantity: number;
  customerId?: CustomerId | null;
  /** `one_time` unless given. */
  interval?: BillingInterval;
}

/**
 * The price that applies: the contract price of the first of these customers who has one, before everybody's; null when
 * there is none. They are one buyer and whoever was merged into it.
 */
export function choosePrice(
  prices: readonly Price[],
  question: Omit<PriceQuestion, 'customerId'> & { customerIds?: readonly CustomerId[] },
  at: string,
): ResolvedPrice | null {
  const { productId, currency, quantity, customerIds = [], interval = 'one_time' } = question;
  const fitting = prices.filter(
    (price) =>
      price.productId === productId &&
      price.currency === currency &&
      price.billingInterval === interval &&
      price.archivedAt === null &&
      isValidAt(price, at),
  );
  const ofCustomer = (id: CustomerId | null) => fitting.find((price) => price.customerId === id);
  const [chosen] = [...customerIds, null].flatMap((id) => ofCustomer(id) ?? []);
  if (!chosen) return null;
  return {
    productId,
    priceId: chosen.id,
    version: chosen.version,
    currency,
    billingInterval: interval,
    unitAmount: unitAmountFor(chosen, quantity),
    source: chosen.customerId === null ? 'list' : 'contract',
  };
}
