import { refuseCardNumbers } from '#kernel/card-number.ts';
import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Transaction } from '#kernel/database/module-database.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError, invalidField, wrongReference } from '#kernel/errors.ts';
import { type CustomerId, newId, type OrderId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Currency } from '#kernel/money.ts';
import type { Customer } from '#modules/customers/index.ts';
import type { LineQuantity, Order, OrderWithDetails } from '#modules/orders/index.ts';
import { trackingTemplate } from '../carrier.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import { shipmentEvent } from '../events.ts';
import { declarationOf, goodsIn, type LinePieces, parcelFor } from '../product-defaults.ts';
import { normalRoute, type Rate, type Route } from '../quotes/pricing.ts';
import type { ShippingQuote } from '../quotes/quote.ts';
import type { Quotes } from '../quotes/quotes.service.ts';
import { checkCustoms, customsOf } from './customs.ts';
import { linesLeft, linesToPack } from './lines.ts';
import { noticesOf } from './notices.ts';
import { createShipmentSealer, type SealedShipment } from './sealed-shipment.ts';
import type { NewShipment, Shipment, ShipmentId, ShippingAddress } from './shipment.ts';
import * as store from './shipments.store.ts';
import { NOT_STARTED } from './status.ts';

/** What a shipment needs that others know; nothing of it changes while the shipment is made, but the order. */
interface Surroundings {
  to: ShippingAddress | null;
  quote: { quote: ShippingQuote; rate: Rate } | null;
}

interface Making {
  id?: ShipmentId;
  /** Refuses by what of the order is packed already, while nobody else packs. */
  check?(packed: readonly SealedShipment[]): void;
}

/** Makes shipments; see `createShipment` of the service. */
export function shipmentMaker(kit: ModuleKit, dependencies: ShippingDependencies, quotes: Quotes) {
  const { writes, clock } = kit;
  const { orders, customers, inventory, catalog } = dependencies;
  const sealer = createShipmentSealer(kit);

  async function surroundings(
    { tenant }: CommandContext,
    input: NewShipment,
    order: OrderWithDetails,
  ): Promise<Surroundings> {
    if (input.warehouseId) {
      await inventory.getWarehouse(tenant, input.warehouseId).catch(wrongReference('warehouse_id'));
    }
    return {
      to: input.to ?? addressOf(order, await customers.getCustomer(tenant, order.customerId)),
      quote: input.quoteId ? await validQuote(tenant, input) : null,
    };
  }

  async function validQuote(tenant: Tenant, { quoteId, carrier }: NewShipment) {
    const quote = await quotes.getQuote(tenant, quoteId!).catch(wrongReference('quote_id'));
    if (Date.parse(quote.expiresAt) <= clock.nowMs()) {
      const message = `The quote expired at ${quote.expiresAt}; ask for a new one with POST /shipping/quotes.`;
      throw invalidField('quote_id', 'not_allowed', message);
    }
    const rate = quote.rates.find((each) => each.carrier === carrier);
    if (!rate) throw invalidField('quote_id', 'not_allowed', `The quote has no price of the carrier ${carrier}.`);
    return { quote, rate };
  }

  return async (context: CommandContext, input: NewShipment, { id, check }: Making = {}): Promise<Shipment> => {
    refuseCardNumbers({ tracking_number: input.trackingNumber, metadata: input.metadata });
    const template = trackingTemplate(input.carrier, input.trackingUrlTemplate);
    const { tenant } = context;
    const work = writes.orStored(context, async () => {
      const before = await orders.getOrder(tenant, input.orderId).catch(wrongReference('order_id'));
      const { to, quote } = await surroundings(context, input, before);
      const draft = shipmentDraft(input, to, quote);
      const products = await productsOf(catalog, tenant, before);
      return writes.run(context, async (tx) => {
        const packed = await packedUnder(tx, tenant, input.orderId);
        // Read under the lock: what others packed meanwhile is in one of the two.
        const order = await orders.getOrder(tenant, input.orderId);
        orders.requireShippable(order);
        check?.(packed);
        const items = linesToPack(linesLeft(order, packed), input.items ?? null);
        const described = describedBy(goodsIn(order, items, products), { draft, input, currency: order.currency });
        const packing = { customerId: order.customerId, template, items, now: clock.now() };
        const shipment = shipmentOf({ ...draft, ...described }, { id: id ?? newId('shp', clock.nowMs()), ...packing });
        tx.add(...store.shipmentInsert(tenant, sealer.create(tenant, shipment)));
        tx.append(shipmentEvent('shipment.created', shipment, []));
        tx.enqueue(...noticesOf(context, shipment));
        return shipment;
      });
    });
    return work.catch(refuseDuplicate);
  };
}

/** The shipments of an order, while nobody else packs goods of it. */
export async function packedUnder(tx: Transaction, tenant: Tenant, orderId: OrderId): Promise<SealedShipment[]> {
  const [, found] = await tx.run([store.orderLock(orderId), store.shipmentsOfOrder(tenant, orderId)]);
  return found!.rows.map(store.toSealedShipment);
}

interface Packing {
  id: ShipmentId;
  customerId: CustomerId;
  template: string | null;
  items: LineQuantity[];
  now: Date;
}

export function shipmentOf(draft: Draft, { id, customerId, template, items, now }: Packing): Shipment {
  const at = now.toISOString();
  return { ...draft, id, customerId, trackingTemplate: template, items, createdAt: at, updatedAt: at };
}

export type Draft = Omit<Shipment, 'id' | 'customerId' | 'trackingTemplate' | 'items' | 'createdAt' | 'updatedAt'>;

function shipmentDraft(input: NewShipment, to: ShippingAddress | null, quote: Surroundings['quote']): Draft {
  const from = input.from ?? null;
  if (quote) requireSameRoute(quote.quote, { from, to, parcels: input.parcels ?? quote.quote.parcels });
  return {
    ...NOT_STARTED,
    version: 1,
    orderId: input.orderId,
    carrier: input.carrier,
    trackingNumber: input.trackingNumber,
    estimatedDelivery: input.estimatedDelivery,
    warehouseId: input.warehouseId ?? null,
    from,
    to,
    parcels: input.parcels ?? quote?.quote.parcels ?? [],
    customs: null,
    quoteId: quote?.quote.id ?? null,
    cost: quote && { amount: quote.rate.amount, currency: quote.rate.currency },
    orderReference: null,
    orderStep: 'none',
    orderRefusal: null,
    metadata: input.metadata ?? {},
  };
}

/** A price holds for what was asked; an address that is not known cannot contradict it. Errors: `validation`. */
function requireSameRoute(
  quote: Route,
  { from, to, parcels }: { from: ShippingAddress | null; to: ShippingAddress | null; parcels: Route['parcels'] },
): void {
  const place = (address: ShippingAddress | null, quoted: Route['from']) =>
    address ? { country: address.country, postalCode: quoted.postalCode && address.postalCode } : quoted;
  const asked = normalRoute({ from: place(from, quote.from), to: place(to, quote.to), parcels });
  const differs = (field: string, left: object, right: object) => {
    if (JSON.stringify(left) === JSON.stringify(right)) return;
    throw invalidField(field, 'not_allowed', `The quote was made for another \`${field}\`; ask for a new one.`);
  };
  // What was stored comes back with its fields in another order.
  const quoted = normalRoute(quote);
  differs('from', asked.from, quoted.from);
  differs('to', asked.to, quoted.to);
  differs('parcels', asked.parcels, quoted.parcels);
}

/** What the catalogue knows of the goods of an order. */
export async function productsOf(catalog: ShippingDependencies['catalog'], tenant: Tenant, order: Order) {
  const ids = order.items.filter(({ tracksStock }) => tracksStock).map(({ productId }) => productId);
  const products = ids.length > 0 ? await catalog.getProducts(tenant, [...new Set(ids)]) : [];
  return new Map(products.map((product) => [product.id, product]));
}

/** Parcels and declaration, as they were sent or as the products say. Errors: `validation`. */
function describedBy(
  goods: readonly LinePieces[],
  { draft, input, currency }: { draft: Draft; input: NewShipment; currency: Currency },
): Pick<Draft, 'parcels' | 'customs'> {
  const [from, to] = [draft.from?.country ?? null, draft.to?.country ?? null];
  const declaration = declarationOf(input.customs, { goods, currency, from, to });
  const customs = declaration && customsOf(declaration);
  const pieces = goods.reduce((sum, { quantity }) => sum + quantity, 0);
  checkCustoms(customs, { from, to, pieces });
  if (input.parcels || draft.quoteId) return { parcels: draft.parcels, customs };
  const box = parcelFor(goods);
  return { parcels: box ? [box] : [], customs };
}

/** Where it goes when nobody says: as the order says, else as the customer is known. */
export function addressOf(order: OrderWithDetails, customer: Customer): ShippingAddress | null {
  const { name, phone } = customer;
  const address = order.shippingAddress ?? customer.shippingAddress ?? customer.billingAddress;
  return address && { name, company: null, phone, ...address };
}

export function refuseDuplicate(error: unknown): never {
  if (violatedUnique(error) !== 'shipments_tracking_key') throw error;
  const message =
    'This order has a shipment of this carrier with this tracking number; each parcel has a number of its own.';
  throw new DomainError('duplicate', message, { cause: error });
}
