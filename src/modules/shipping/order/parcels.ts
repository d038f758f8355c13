import { createHash } from 'node:crypto';
import type { CommandContext } from '#kernel/context.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, invalidField } from '#kernel/errors.ts';
import type { OrderId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { LineQuantity } from '#modules/orders/index.ts';
import { type Carrier, carrierNamed, trackingKey, trackingTemplate } from '../carrier.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import { shipmentEvent } from '../events.ts';
import { goodsIn, parcelFor } from '../product-defaults.ts';
import { addressOf, packedUnder, productsOf, refuseDuplicate, shipmentOf } from '../shipments/create-shipment.ts';
import { linesLeft, linesToPack } from '../shipments/lines.ts';
import { type CarrierNews, type UpdateRecorder, updateRecorder } from '../shipments/record-updates.ts';
import { createShipmentSealer, type SealedShipment } from '../shipments/sealed-shipment.ts';
import { holdsPieces, isWaiting, referenceOf, type ShipmentId, type ShipmentRecord } from '../shipments/shipment.ts';
import * as store from '../shipments/shipments.store.ts';
import { NOT_STARTED } from '../shipments/status.ts';

/** A parcel as an order that is shipped by hand tells of it. */
export interface ParcelRequest {
  /** Made by the caller, who may have to repeat the request. */
  shipmentId: ShipmentId;
  orderId: OrderId;
  /** In the caller's own words. */
  carrier: string;
  trackingNumber: string;
  reference: string | null;
  /** Everything that is in no other parcel when absent. */
  items: LineQuantity[] | null;
}

export interface PackedParcel {
  shipmentId: ShipmentId;
  reference: string;
  items: LineQuantity[];
  /** Whether this request made it; else it waited already. */
  isNew: boolean;
}

/**
 * The parcels of an order that is shipped by hand (C-68). The order calls these as steps of its own saga, so each may be
 * repeated and then finds what the earlier call did.
 */
export interface OrderParcels {
  /**
   * Finds the parcel under this number that the order has not heard of, or makes one. Errors: `invalid_state` (everything is
   * packed), `validation` (lines), `duplicate` (the number is another parcel's).
   */
  packParcel(context: CommandContext, request: ParcelRequest): Promise<PackedParcel>;
  /** The carrier has it: the order said so and knows it. */
  handOverParcel(context: CommandContext, id: ShipmentId): Promise<void>;
  /** Takes a parcel apart that has not left; one that has stays as it is. */
  unpackParcel(context: CommandContext, id: ShipmentId): Promise<void>;
  /** The same for all of an order that is not shipped any more. */
  unpackParcels(context: CommandContext, orderId: OrderId): Promise<void>;
  /** Errors: `invalid_state` when a parcel has left of which the order has not heard yet. */
  requireNoneLeaving(scope: Scope, orderId: OrderId): Promise<void>;
}

export function createOrderParcels(kit: ModuleKit, dependencies: ShippingDependencies): OrderParcels {
  const record = updateRecorder(kit);
  return {
    packParcel: parcelPacker(kit, dependencies),
    handOverParcel: (context, id) =>
      record(context, id, [ownNews('handed_over', 'picked_up', kit.clock.now().toISOString())], {
        orderStep: 'shipped',
      }),
    unpackParcel: (context, id) => unpack(record, kit, context, id),
    async unpackParcels(context, orderId) {
      // Under the lock of the order's parcels: one that is being packed at this moment is seen.
      const packed = await kit.writes.run(context, (tx) => packedUnder(tx, context.tenant, orderId));
      for (const shipment of packed) if (isWaiting(shipment)) await unpack(record, kit, context, shipment.id);
    },
    async requireNoneLeaving(scope, orderId) {
      const leaving = (await store.shipmentsFindOfOrder(kit.database, scope, orderId)).find(isLeaving);
      if (!leaving) return;
      const message = `The carrier has the parcel ${leaving.id} of this order already, and the order hears of it within seconds; read it again.`;
      throw new DomainError('invalid_state', message);
    },
  };
}

/** Gives pieces and number of a parcel back that waits; without a word to the customer, who may get another one. */
export function unpack(
  record: UpdateRecorder,
  kit: ModuleKit,
  context: CommandContext,
  id: ShipmentId,
  only: (shipment: ShipmentRecord) => boolean = isWaiting,
): Promise<void> {
  return record(context, id, [ownNews('unpacked', 'failed', kit.clock.now().toISOString())], {
    only,
    notices: () => [],
  });
}

/** The carrier may have it already, but its order does not know. */
function isUnheard(shipment: SealedShipment): boolean {
  return shipment.orderStep === 'none' && holdsPieces(shipment);
}

/** With the carrier, while its order still thinks that it is here. What the order refused for good does not count. */
function isLeaving({ leftAt, orderStep, orderRefusal }: SealedShipment): boolean {
  return leftAt !== null && orderStep === 'none' && orderRefusal === null;
}

/** What the house itself says of a parcel is news like the carrier's, and each kind of it is told once. */
export function ownNews(word: string, status: 'picked_up' | 'failed' | 'delivered', occurredAt: string): CarrierNews {
  const key = createHash('sha256').update(`own:${word}`).digest('hex');
  return { key, status, rawStatus: word, description: null, location: null, occurredAt };
}

function parcelPacker(
  kit: ModuleKit,
  { orders, customers, catalog }: ShippingDependencies,
): OrderParcels['packParcel'] {
  const { writes, clock } = kit;
  const sealer = createShipmentSealer(kit);

  return async (context, request) => {
    const { tenant } = context;
    const { shipmentId: id, orderId, trackingNumber, reference, items: asked } = request;
    const carrier = carrierNamed(request.carrier);
    const before = await orders.getOrder(tenant, orderId);
    const to = addressOf(before, await customers.getCustomer(tenant, before.customerId));
    const products = await productsOf(catalog, tenant, before);
    const work = writes.run(context, async (tx) => {
      const packed = await packedUnder(tx, tenant, orderId);
      const known = packed.find((each) => each.id === id);
      if (known) return parcelOf(known, true);
      const waiting = packed.find((each) => isUnheard(each) && isNamed(each, carrier, trackingNumber));
      if (waiting) return takeUp(tx, context, waiting, request, clock.now());
      const order = await orders.getOrder(tenant, orderId);
      const items = linesToPack(linesLeft(order, packed), asked);
      const template = carrier === 'custom' ? null : trackingTemplate(carrier, null);
      const { customerId } = order;
      const box = parcelFor(goodsIn(order, items, products));
      const told = { orderId, carrier, trackingNumber, to, orderReference: reference, parcels: box ? [box] : [] };
      const draft = { ...NOTHING_KNOWN, ...NOT_STARTED, ...told };
      const shipment = shipmentOf(draft, { id, customerId, template, items, now: clock.now() });
      tx.add(...store.shipmentInsert(tenant, sealer.create(tenant, shipment)));
      tx.append(shipmentEvent('shipment.created', shipment, []));
      return { shipmentId: id, reference: referenceOf(shipment), items, isNew: true };
    });
    return work.catch(refuseDuplicate);
  };
}

/** What whoever only says "it left" does not tell. */
const NOTHING_KNOWN = {
  version: 1,
  estimatedDelivery: null,
  warehouseId: null,
  from: null,
  customs: null,
  quoteId: null,
  cost: null,
  orderStep: 'none' as const,
  orderRefusal: null,
  metadata: {},
};

function isNamed(shipment: SealedShipment, carrier: Carrier, trackingNumber: string): boolean {
  return shipment.carrier === carrier && trackingKey(shipment.trackingNumber) === trackingKey(trackingNumber);
}

/** A parcel that waits gets the name that its order will know it by. */
function takeUp(
  tx: WriteTransaction,
  { tenant }: CommandContext,
  waiting: SealedShipment,
  { reference, items }: ParcelRequest,
  now: Date,
): PackedParcel {
  if (items && !isSame(items, waiting.items)) {
    const message = `The parcel ${waiting.id} with this number holds other pieces; leave \`items\` out to ship what is in it.`;
    throw invalidField('items', 'not_allowed', message);
  }
  if (reference === null || reference === waiting.orderReference) return parcelOf(waiting, false);
  if (waiting.orderReference !== null) {
    const message = `The parcel ${waiting.id} is ${waiting.orderReference} in its order already; send that \`reference\`.`;
    throw new DomainError('duplicate', message);
  }
  const version = waiting.version + 1;
  const named = { ...waiting, orderReference: reference, version, updatedAt: now.toISOString() };
  tx.add(store.shipmentUpdate(tenant, named));
  tx.append(shipmentEvent('shipment.updated', named, ['order_reference']));
  return parcelOf(named, false);
}

function isSame(one: readonly LineQuantity[], other: readonly LineQuantity[]): boolean {
  const text = (lines: readonly LineQuantity[]) =>
    JSON.stringify(lines.map((each) => [each.line, each.quantity]).sort());
  return text(one) === text(other);
}

function parcelOf(shipment: SealedShipment, isNew: boolean): PackedParcel {
  return { shipmentId: shipment.id, reference: referenceOf(shipment), items: shipment.items, isNew };
}
