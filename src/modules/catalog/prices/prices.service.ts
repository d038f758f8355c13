import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, invalidField, notFound, wrongReference } from '#kernel/errors.ts';
import { type CustomerId, newId, type PriceId, type ProductId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Currency } from '#kernel/money.ts';
import { productUpdate } from '../catalog.store.ts';
import type { CatalogDependencies } from '../dependencies.ts';
import { priceEvent, productEvent } from '../events.ts';
import type { Product } from '../product.ts';
import { refuseArchived, refuseDuplicate } from '../refusals.ts';
import {
  type BillingInterval,
  choosePrice,
  type NewPrice,
  type Price,
  type PricePatch,
  type PriceQuestion,
  type PriceVersion,
  type ResolvedPrice,
  requireSoundTerms,
} from './price.ts';
import * as store from './prices.store.ts';

export interface PriceQuestions {
  currency: Currency;
  customerId?: CustomerId | null;
  /** `one_time` unless given. */
  interval?: BillingInterval;
  lines: readonly { productId: ProductId; quantity: number }[];
}

/** Prices with their versions, and which of them applies. Each method names the errors it may raise. */
export interface Prices {
  /** Errors: `not_found`, `gone` (archived), `duplicate` (currency, interval and customer), `validation`, `resource_locked`. */
  addPrice(context: CommandContext, productId: ProductId, input: NewPrice): Promise<Price>;
  /** Everybody's and contract prices that are not archived, the oldest first. Errors: `not_found`. */
  listPrices(scope: Scope, productId: ProductId): Promise<Price[]>;
  findPrices(scope: Scope, filter: store.PriceFilter, page: PageRequest): Promise<Page<Price>>;
  /** Errors: `not_found`. */
  getPrice(scope: Scope, id: PriceId): Promise<Price>;
  /** The present version first, then what was before. Errors: `not_found`. */
  listPriceVersions(scope: Scope, id: PriceId): Promise<PriceVersion[]>;
  /**
   * Makes the next version; whoever was sold at an older one stays on it (G-05). The product follows its default price.
   * Errors: `not_found`, `gone`, `validation`, `precondition_failed`, `resource_locked`.
   */
  updatePrice(context: CommandContext, id: PriceId, patch: PricePatch): Promise<Price>;
  /** Takes a price off sale. Errors: `not_found`, `gone`, `invalid_state` (the default price), `precondition_failed`, `resource_locked`. */
  archivePrice(context: CommandContext, id: PriceId): Promise<Price>;
  /**
   * What one costs now: the customer's contract price before everybody's, at the tier of the quantity. Null when the
   * product has no price in this currency and interval, or does not exist. Does not look whether it is active.
   */
  resolvePrice(tenant: Tenant, question: PriceQuestion): Promise<ResolvedPrice | null>;
  /** The same for many lines in one look-up; the answers are in the order of the lines. */
  resolvePrices(tenant: Tenant, questions: PriceQuestions): Promise<(ResolvedPrice | null)[]>;
}

interface PriceParts extends CatalogDependencies {
  getProduct(scope: Scope, id: ProductId): Promise<Product>;
}

export function createPrices(kit: ModuleKit, parts: PriceParts): Prices {
  const { database } = kit;

  async function getPrice(scope: Scope, id: PriceId): Promise<Price> {
    const price = await store.priceFind(database, scope, id);
    if (!price) throw notFound('price', id);
    return price;
  }

  return {
    getPrice,
    findPrices: (scope, filter, page) => store.pricesList(database, scope, filter, page),
    addPrice: (context, productId, input) =>
      kit.writes.orStored(context, () => addPrice(kit, parts, context, productId, input)),
    ...priceChanges(kit, parts, getPrice),
    ...priceChoice(kit, parts),

    async listPrices(scope, productId) {
      await parts.getProduct(scope, productId);
      return store.pricesOfProduct(database, scope, productId);
    },

    async listPriceVersions(scope, id) {
      const { version, currency, unitAmount, tiers, validFrom, validUntil, updatedAt } = await getPrice(scope, id);
      const present = { priceId: id, version, currency, unitAmount, tiers, validFrom, validUntil, since: updatedAt };
      return [present, ...(await store.priceVersionsFind(database, scope, id))];
    },
  };
}

async function addPrice(
  { writes, clock }: ModuleKit,
  { getProduct, customers }: PriceParts,
  context: CommandContext,
  productId: ProductId,
  input: NewPrice,
): Promise<Price> {
  const current = await getProduct(context.tenant, productId);
  refuseArchived('product', current);
  const customerId = input.customerId ?? null;
  if (customerId !== null) await requireCustomer(customers, context.tenant, customerId);
  const now = clock.now();
  const at = now.toISOString();
  const price: Price = {
    id: newId('pri', now.getTime()),
    productId,
    version: 1,
    currency: input.currency,
    unitAmount: input.unitAmount,
    tiers: input.tiers ?? [],
    validFrom: input.validFrom ?? null,
    validUntil: input.validUntil ?? null,
    billingInterval: input.billingInterval ?? 'one_time',
    isDefault: false,
    customerId,
    archivedAt: null,
    createdAt: at,
    updatedAt: at,
  };
  requireSoundTerms(price);
  const product = counted(current, 1, at);
  const statements = [productUpdate(context.tenant, product), store.priceInsert(context.tenant, price)];
  const events = [productEvent('product.updated', product), priceEvent('price.created', price)];
  return writes.store(context, { statements, events, result: price }).catch(refuseDuplicate);
}

function counted(product: Product, more: number, at: string): Product {
  return { ...product, priceCount: product.priceCount + more, version: product.version + 1, updatedAt: at };
}

async function requireCustomer(
  customers: CatalogDependencies['customers'],
  tenant: Tenant,
  id: CustomerId,
): Promise<void> {
  const terms = await customers.getCustomerTerms(tenant, id).catch(wrongReference('customer_id'));
  if (terms.status === 'active' && terms.id === id) return;
  throw invalidField(
    'customer_id',
    'archived',
    `The customer ${id} is archived or was merged; name an active customer.`,
  );
}

function priceChanges(
  { writes, clock }: ModuleKit,
  { getProduct }: PriceParts,
  getPrice: Prices['getPrice'],
): Pick<Prices, 'updatePrice' | 'archivePrice'> {
  return {
    updatePrice: (context, id, patch) =>
      writes.orStored(context, async () => {
        const before = await current(context, id);
        const at = clock.now().toISOString();
        const { unitAmount = before.unitAmount, tiers, validFrom, validUntil } = patch;
        const price: Price = {
          ...before,
          version: before.version + 1,
          unitAmount,
          tiers: tiers === undefined ? before.tiers : (tiers ?? []),
          validFrom: validFrom === undefined ? before.validFrom : validFrom,
          validUntil: validUntil === undefined ? before.validUntil : validUntil,
          updatedAt: at,
        };
        requireSoundTerms(price);
        const statements = store.priceReplace(context.tenant, before, price);
        const events = [priceEvent('price.updated', price)];
        if (price.isDefault) {
          if (price.validFrom !== null || price.validUntil !== null) {
            throw invalidField('valid_from', 'not_allowed', 'The default price applies always; add another price.');
          }
          const product = await getProduct(context.tenant, price.productId);
          const next = { ...counted(product, 0, at), price: unitAmount };
          statements.push(productUpdate(context.tenant, next));
          events.push(productEvent('product.updated', next));
        }
        return writes.store(context, { statements, events, result: price });
      }),

    archivePrice: (context, id) =>
      writes.orStored(context, async () => {
        const before = await current(context, id);
        if (before.isDefault) {
          throw new DomainError('invalid_state', 'The default price stays; change its amount, or archive the product.');
        }
        const at = clock.now().toISOString();
        const price = { ...before, version: before.version + 1, archivedAt: at, updatedAt: at };
        const product = counted(await getProduct(context.tenant, price.productId), -1, at);
        const statements = [
          ...store.priceReplace(context.tenant, before, price),
          productUpdate(context.tenant, product),
        ];
        const events = [priceEvent('price.archived', price), productEvent('product.updated', product)];
        return writes.store(context, { statements, events, result: price });
      }),
  };

  async function current(context: CommandContext, id: PriceId): Promise<Price> {
    const price = await getPrice(context.tenant, id);
    refuseArchived('price', price);
    expectVersion(context, 'price', price.version);
    return price;
  }
}

function priceChoice(
  { database, clock }: ModuleKit,
  { customers }: PriceParts,
): Pick<Prices, 'resolvePrice' | 'resolvePrices'> {
  async function resolvePrices(tenant: Tenant, questions: PriceQuestions): Promise<(ResolvedPrice | null)[]> {
    const { currency, customerId = null, interval = 'one_time', lines } = questions;
    const productIds = [...new Set(lines.map((line) => line.productId))];
    const buyer = customerId === null ? null : await customers.getCustomerTerms(tenant, customerId);
    // Whose price comes first: the own one before those of the customers that were merged into it.
    const customerIds = buyer === null ? [] : [buyer.id, ...buyer.mergedIds];
    const prices = await store.pricesFor(database, tenant, { productIds, currency, interval, customerIds });
    const at = clock.now().toISOString();
    const byProduct = Map.groupBy(prices, (price) => price.productId);
    return lines.map(({ productId, quantity }) =>
      choosePrice(byProduct.get(productId) ?? [], { productId, currency, quantity, customerIds, interval }, at),
    );
  }

  return {
    resolvePrices,
    async resolvePrice(tenant, { productId, quantity, ...rest }) {
      const [answer] = await resolvePrices(tenant, { ...rest, lines: [{ productId, quantity }] });
      return answer!;
    },
  };
}
