import { DAY_MS } from '#kernel/clock.ts';
import type { CommandContext } from '#kernel/context.ts';
import { everyTenant, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import { DomainError, invalidField, notFound } from '#kernel/errors.ts';
import { newId, type ProductId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import { quoteEvent } from '../events.ts';
import { requiredParcelFor } from '../product-defaults.ts';
import type { Parcel } from './parcel.ts';
import { normalRoute, type Route, ratesFor } from './pricing.ts';
import { fingerprintOf, QUOTE_TTL_MS, type ShippingQuote, type ShippingQuoteId } from './quote.ts';
import * as store from './quotes.store.ts';
import { tablesInForce } from './rate-tables.service.ts';

/** A quote is kept for reading this long after it expired. */
const KEPT_MS = 30 * DAY_MS;

/** What is to be priced: parcels, or products of which one parcel is made. */
export interface RouteRequest extends Omit<Route, 'parcels'> {
  parcels?: Parcel[] | null;
  items?: { productId: ProductId; quantity: number }[] | null;
}

/** What it would cost to ship. Each method names the errors it may raise. */
export interface Quotes {
  /**
   * The prices for a route: those of the same question less than 15 minutes ago, else new ones (SHP-13). Errors:
   * `validation` (no carrier takes it; products that are unknown, or whose size is).
   */
  quote(context: CommandContext, asked: RouteRequest): Promise<{ quote: ShippingQuote; isNew: boolean }>;
  /** Expired ones too, for 30 days. Errors: `not_found`. */
  getQuote(scope: Scope, id: ShippingQuoteId): Promise<ShippingQuote>;
}

export function createQuotes(kit: ModuleKit, { catalog }: Pick<ShippingDependencies, 'catalog'>): Quotes {
  const { database, writes, clock } = kit;

  async function parcelsOf(tenant: Tenant, { parcels, items }: RouteRequest): Promise<Parcel[]> {
    if (parcels && items) throw invalidField('items', 'not_allowed', 'Send `parcels` or `items`, not both.');
    if (parcels) return parcels;
    if (!items) throw invalidField('parcels', 'required', 'Send `parcels`, or `items` to have one made of products.');
    const found = await catalog.getProducts(tenant, [...new Set(items.map(({ productId }) => productId))]);
    const products = new Map(found.map((product) => [product.id, product]));
    const pieces = items.flatMap(({ productId, quantity }, index) => {
      const product = products.get(productId);
      if (!product) throw invalidField(`items[${index}].product_id`, 'not_found', `No such product: ${productId}`);
      return product.tracksStock ? [{ product, quantity }] : [];
    });
    return [requiredParcelFor(pieces)];
  }

  return {
    async getQuote(scope, id) {
      const quote = await store.quoteFind(database, scope, id);
      if (!quote) throw notFound('shipping quote', id);
      return quote;
    },

    async quote(context, asked) {
      const { tenant } = context;
      const { from, to } = asked;
      const route = normalRoute({ from, to, parcels: await parcelsOf(tenant, asked) });
      const fingerprint = fingerprintOf(route);
      const tables = await tablesInForce(kit, tenant);
      return writes.run(context, async (tx) => {
        const now = clock.nowMs();
        const quote: ShippingQuote = {
          id: newId('shq', now),
          ...route,
          rates: ratesFor(route, tables),
          createdAt: new Date(now).toISOString(),
          expiresAt: new Date(now + QUOTE_TTL_MS).toISOString(),
        };
        const [taken] = await tx.query(store.quoteTakeOver(tenant, fingerprint, quote));
        if (!taken) {
          const [row] = await tx.query(store.quoteFindCurrent(tenant, fingerprint));
          return { quote: store.toQuote(row!), isNew: false };
        }
        if (quote.rates.length === 0) throw nobodyTakesIt();
        tx.add(store.quoteInsert(tenant, quote));
        tx.append(quoteEvent(quote));
        return { quote, isNew: true };
      });
    },
  };
}

function nobodyTakesIt(): DomainError {
  const message = 'No carrier takes this: a parcel is too heavy, or no rate table has a zone for the route.';
  return new DomainError('validation', message, { details: [{ field: 'parcels', code: 'not_allowed', message }] });
}

/** Forgets quotes long expired; shipments keep what they cost by themselves. */
export async function removeOldQuotes({ database, clock }: Pick<ModuleKit, 'database' | 'clock'>): Promise<void> {
  await database.flight(everyTenant, store.quotesRemove(new Date(clock.nowMs() - KEPT_MS).toISOString()));
}
