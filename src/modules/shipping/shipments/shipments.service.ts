import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { notFound } from '#kernel/errors.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import type { Quotes } from '../quotes/quotes.service.ts';
import { shipmentMaker } from './create-shipment.ts';
import { createShipmentSealer, type SealedShipment } from './sealed-shipment.ts';
import type { NewShipment, Shipment, ShipmentId, TrackingUpdate } from './shipment.ts';
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
  /** Errors: `not_found`. */
  getShipment(scope: Scope, id: ShipmentId): Promise<TrackedShipment>;
  listShipments(scope: Scope, filter: store.ShipmentFilter, page: PageRequest): Promise<Page<Shipment>>;
  /** Makes addresses and carriers' texts of a customer's shipments unreadable for good, by destroying their keys (C-89). */
  eraseAddresses(context: CommandContext, customerId: CustomerId): Promise<void>;
}

export function createShipments(kit: ModuleKit, dependencies: ShippingDependencies, quotes: Quotes): Shipments {
  const { database, writes } = kit;
  const sealer = createShipmentSealer(kit);

  async function find(scope: Scope, id: ShipmentId): Promise<SealedShipment> {
    const found = await store.shipmentFind(database, scope, id);
    if (!found) throw notFound('shipment', id);
    return found;
  }

  return {
    createShipment: shipmentMaker(kit, dependencies, quotes),

    async getShipment(scope, id) {
      const sealed = await find(scope, id);
      const updates = (await updatesFind(database, scope, id)).map(({ key: _key, detail, ...update }) => ({
        ...update,
        ...sealer.openDetail(sealed, detail),
      }));
      return { ...sealer.open(sealed), updates };
    },

    async listShipments(scope, filter, page) {
      const found = await store.shipmentsList(database, scope, filter, page);
      return { ...found, items: found.items.map(sealer.open) };
    },

    async eraseAddresses(context, customerId) {
      const statements = [store.keysDelete(context.tenant, customerId)];
      await writes.store(context, { statements, events: [], result: null });
    },
  };
}
