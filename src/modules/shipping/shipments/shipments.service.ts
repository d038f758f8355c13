import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import { unpack } from '../order/parcels.ts';
import type { ShippingQuoteId } from '../quotes/quote.ts';
import type { Quotes } from '../quotes/quotes.service.ts';
import { shipmentMaker } from './create-shipment.ts';
import { quotePurchaser } from './purchase.ts';
import { updateRecorder } from './record-updates.ts';
import { createShipmentSealer, type SealedShipment } from './sealed-shipment.ts';
import {
  isWaiting,
  type NewShipment,
  type Purchase,
  type Shipment,
  type ShipmentId,
  type ShipmentRecord,
  type TrackingUpdate,
} from './shipment.ts';
import * as store from './shipments.store.ts';
import { updatesFind } from './updates.store.ts';

/** A shipment with what its carrier told, newest first. */
export interface TrackedShipment extends Shipment {
  updates: TrackingUpdate[];
}

/** Goods on their way. Each method names the errors it may raise. */
export interface Shipments {
  /**
   * Packs a part of an order, or all that is left of it (G-39). Errors: `validation` (references, quantities, template,
   * customs, quote), `invalid_state` (the order is not in processing, nothing is left), `duplicate` (tracking number).
   */
  createShipment(context: CommandContext, input: NewShipment): Promise<Shipment>;
  /**
   * Makes the shipment that a quote offers, with its price, its parcels and a number (C-69). Errors: as `createShipment`,
   * and `not_found` (quote), `invalid_state` (it expired), `duplicate` (this order has taken it already).
   */
  purchaseQuote(context: CommandContext, quoteId: ShippingQuoteId, input: Purchase): Promise<Shipment>;
  /** Errors: `not_found`. */
  getShipment(scope: Scope, id: ShipmentId): Promise<TrackedShipment>;
  listShipments(scope: Scope, filter: store.ShipmentFilter, page: PageRequest): Promise<Page<Shipment>>;
  /**
   * Takes a parcel apart that waits: its pieces and its number can be used again. Errors: `not_found`, `invalid_state`
   * (it left, or was given up), `precondition_failed`.
   */
  unpackShipment(context: CommandContext, id: ShipmentId): Promise<TrackedShipment>;
  /** Makes addresses and carriers' texts of a customer's shipments unreadable for good, by destroying their keys (C-89). */
  eraseAddresses(context: CommandContext, customerId: CustomerId): Promise<void>;
}

export function createShipments(kit: ModuleKit, dependencies: ShippingDependencies, quotes: Quotes): Shipments {
  const { database, writes } = kit;
  const sealer = createShipmentSealer(kit);
  const record = updateRecorder(kit);

  async function find(scope: Scope, id: ShipmentId): Promise<SealedShipment> {
    const found = await store.shipmentFind(database, scope, id);
    if (!found) throw notFound('shipment', id);
    return found;
  }

  async function getShipment(scope: Scope, id: ShipmentId): Promise<TrackedShipment> {
    const sealed = await find(scope, id);
    const updates = (await updatesFind(database, scope, id)).map(({ key: _key, detail, ...update }) => ({
      ...update,
      ...sealer.openDetail(sealed, detail),
    }));
    return { ...sealer.open(sealed), updates };
  }

  const make = shipmentMaker(kit, dependencies, quotes);

  return {
    createShipment: (context, input) => make(context, input),
    purchaseQuote: quotePurchaser(kit, quotes, make),
    getShipment,

    async listShipments(scope, filter, page) {
      const found = await store.shipmentsList(database, scope, filter, page);
      return { ...found, items: found.items.map(sealer.open) };
    },

    async unpackShipment(context, id) {
      await find(context.tenant, id);
      await unpack(record, kit, context, id, requireWaiting);
      return getShipment(context.tenant, id);
    },

    async eraseAddresses(context, customerId) {
      const statements = [store.keysDelete(context.tenant, customerId)];
      await writes.store(context, { statements, events: [], result: null });
    },
  };
}

/** Errors: `invalid_state`. */
function requireWaiting(shipment: ShipmentRecord): true {
  if (isWaiting(shipment)) return true;
  const message = `Only a parcel that waits for its carrier can be unpacked; this one is ${shipment.status}.`;
  throw new DomainError('invalid_state', message);
}
