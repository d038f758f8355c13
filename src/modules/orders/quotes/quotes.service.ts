import { refuseCardNumbers } from '#kernel/card-number.ts';
import { DAY_MS } from '#kernel/clock.ts';
import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { notFound } from '#kernel/errors.ts';
import { mergeMetadata } from '#kernel/http/fields.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { OrdersDependencies } from '../dependencies.ts';
import { orderEvents } from '../events.ts';
import { decide } from '../order-decisions.ts';
import { requirePayable, totalOf } from '../order-total.ts';
import { orderInsert } from '../orders.store.ts';
import { amountsOf, draftOf } from '../service/drafts.ts';
import { itemsOf, productIdsOf, requireCustomer } from '../service/item-checks.ts';
import type { Pricing } from '../service/pricing.ts';
import {
  changedQuote,
  type NewQuote,
  type Quote,
  type QuoteId,
  type QuotePatch,
  quoteEvent,
  requireFuture,
  requireQuoteStatus,
  type SeenQuote,
  statusOf,
} from './quote.ts';
import * as store from './quotes.store.ts';

const VALID_DAYS = 30;

/**
 * Offers (G-33). Besides the errors named, every method that takes an id may raise `not_found`, and every method that
 * changes something `precondition_failed` (stale If-Match) and `resource_locked`.
 */
export interface Quotes {
  /** Errors: `validation` (products, prices, customer, amounts, `validUntil` in the past). */
  createQuote(context: CommandContext, input: NewQuote): Promise<SeenQuote>;
  getQuote(scope: Scope, id: QuoteId): Promise<SeenQuote>;
  listQuotes(scope: Scope, filter: store.QuoteFilter, page: PageRequest): Promise<Page<SeenQuote>>;
  /** A draft; its items are priced anew when they are sent. Errors: `invalid_state`, `validation`. */
  updateQuote(context: CommandContext, id: QuoteId, patch: QuotePatch): Promise<SeenQuote>;
  /** draft → sent: from here on it does not change. Errors: `invalid_state`. */
  sendQuote(context: CommandContext, id: QuoteId): Promise<SeenQuote>;
  /**
   * sent → accepted: the draft order with the offered prices is made in the same transaction, once. Errors:
   * `invalid_state` (not sent, answered, expired), `validation` (a product or the customer is not active any more).
   */
  acceptQuote(context: CommandContext, id: QuoteId, poNumber?: string | null): Promise<SeenQuote>;
  /** sent → declined. Errors: `invalid_state`. */
  declineQuote(context: CommandContext, id: QuoteId): Promise<SeenQuote>;
}

export function createQuotes(kit: ModuleKit, dependencies: OrdersDependencies, pricing: Pricing): Quotes {
  const { database, writes, clock } = kit;
  const parts: QuoteParts = { kit, dependencies, pricing };

  /** As it is now: an open offer whose time is over counts as expired. */
  const seen = (quote: Quote): SeenQuote => ({ ...quote, status: statusOf(quote, clock.now()) });
  const stored = async (context: CommandContext, work: () => Promise<Quote>) =>
    seen(await writes.orStored(context, work));

  return {
    getQuote: async (scope, id) => seen(await readQuote(kit, scope, id)),
    async listQuotes(scope, filter, page) {
      const found = await store.quotesList(database, scope, { ...filter, now: clock.now().toISOString() }, page);
      return { ...found, items: found.items.map(seen) };
    },
    async createQuote(context, input) {
      refuseCardNumbers({ po_number: input.poNumber, metadata: input.metadata });
      return stored(context, () => create(parts, context, input));
    },
    async updateQuote(context, id, patch) {
      refuseCardNumbers({ po_number: patch.poNumber, metadata: patch.metadata });
      return stored(context, () => update(parts, context, id, patch));
    },
    sendQuote: (context, id) => stored(context, () => step(parts, context, id, 'quote.sent')),
    declineQuote: (context, id) => stored(context, () => step(parts, context, id, 'quote.declined')),
    async acceptQuote(context, id, poNumber = null) {
      refuseCardNumbers({ po_number: poNumber });
      return stored(context, () => accept(parts, context, id, poNumber));
    },
  };
}

interface QuoteParts {
  kit: ModuleKit;
  dependencies: OrdersDependencies;
  pricing: Pricing;
}

async function readQuote({ database }: ModuleKit, scope: Scope, id: QuoteId): Promise<Quote> {
  const quote = await store.quoteFind(database, scope, id);
  if (!quote) throw notFound('quote', id);
  return quote;
}

function endOf(validUntil: string | null | undefined, now: Date): string {
  if (validUntil) return requireFuture(validUntil, now);
  return new Date(now.getTime() + VALID_DAYS * DAY_MS).toISOString();
}

async function create({ kit, pricing }: QuoteParts, context: CommandContext, input: NewQuote): Promise<Quote> {
  const items = await pricing.price(context.tenant, input);
  const now = kit.clock.now();
  const amounts = { ...amountsOf(input), total: totalOf(items) };
  requirePayable(amounts);
  const quote: Quote = {
    id: newId('quo', now.getTime()),
    version: 1,
    customerId: input.customerId,
    status: 'draft',
    items,
    ...amounts,
    currency: input.currency,
    poNumber: input.poNumber ?? null,
    metadata: input.metadata ?? {},
    validUntil: endOf(input.validUntil, now),
    orderId: null,
    sentAt: null,
    acceptedAt: null,
    declinedAt: null,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
  };
  const events = [quoteEvent('quote.created', quote)];
  return kit.writes.store(context, { statements: [store.quoteInsert(context.tenant, quote)], events, result: quote });
}

async function update(
  { kit, pricing }: QuoteParts,
  context: CommandContext,
  id: QuoteId,
  patch: QuotePatch,
): Promise<Quote> {
  const before = await readQuote(kit, context.tenant, id);
  expectVersion(context, 'quote', before.version);
  const now = kit.clock.now();
  requireQuoteStatus(before, 'draft', 'changed', now);
  const { items: lines, metadata, validUntil, poNumber, ...amounts } = patch;
  const items = lines ? await pricing.price(context.tenant, { ...before, items: lines }) : before.items;
  const given = Object.fromEntries(Object.entries(amounts).filter(([, value]) => value !== undefined));
  const changes: Partial<Quote> = { ...given, items, total: totalOf(items) };
  if (poNumber !== undefined) changes.poNumber = poNumber;
  if (metadata !== undefined) changes.metadata = mergeMetadata(before.metadata, metadata);
  if (validUntil !== undefined) changes.validUntil = endOf(validUntil, now);
  const quote = changedQuote(before, changes, now);
  requirePayable(quote);
  const events = [quoteEvent('quote.updated', quote)];
  return kit.writes.store(context, { statements: [store.quoteUpdate(quote)], events, result: quote });
}

/** One step of a quote under its lock. */
function step(
  { kit }: QuoteParts,
  context: CommandContext,
  id: QuoteId,
  type: 'quote.sent' | 'quote.declined',
): Promise<Quote> {
  const sends = type === 'quote.sent';
  return kit.writes.run(context, async (tx) => {
    const [row] = await tx.query(store.quoteLock(id));
    if (!row) throw notFound('quote', id);
    const before = store.toQuote(row);
    expectVersion(context, 'quote', before.version);
    const now = kit.clock.now();
    const at = now.toISOString();
    requireQuoteStatus(before, sends ? 'draft' : 'sent', sends ? 'sent' : 'declined', now);
    const changes = sends ? { status: 'sent' as const, sentAt: at } : { status: 'declined' as const, declinedAt: at };
    const quote = changedQuote(before, changes, now);
    tx.add(store.quoteUpdate(quote));
    tx.append(quoteEvent(type, quote));
    return quote;
  });
}

async function accept(
  { kit, dependencies }: QuoteParts,
  context: CommandContext,
  id: QuoteId,
  poNumber: string | null,
): Promise<Quote> {
  const { tenant } = context;
  const { customerId, items: offered } = await readQuote(kit, tenant, id);
  const [products] = await Promise.all([
    dependencies.catalog.getProducts(tenant, productIdsOf(offered)),
    requireCustomer(dependencies.customers, tenant, customerId),
  ]);
  return kit.writes.run(context, async (tx) => {
    const [row] = await tx.query(store.quoteLock(id));
    const before = store.toQuote(row!);
    expectVersion(context, 'quote', before.version);
    const now = kit.clock.now();
    requireQuoteStatus(before, 'sent', 'accepted', now);
    const at = now.toISOString();
    const orderId = newId('ord', now.getTime());
    const items = itemsOf(before.items, products, now.getTime());
    const agreed = { poNumber: poNumber ?? before.poNumber, metadata: { ...before.metadata, quote: id } };
    const order = draftOf({ ...before, ...agreed }, { id: orderId, items, sealedDetails: null, at });
    const quote = changedQuote(before, { status: 'accepted', acceptedAt: at, orderId }, now);
    const { events } = orderEvents({ status: 'none' }, decide({ type: 'create', order }, { status: 'none' }));
    tx.add(...orderInsert(tenant, order), store.quoteUpdate(quote));
    tx.append(...events, quoteEvent('quote.accepted', quote));
    return quote;
  });
}
