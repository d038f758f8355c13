import type { Tenant } from '#kernel/database/tenant.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { ERASED_ADDRESSES, recordOf, type Shipment, type ShipmentRecord, type TrackingUpdate } from './shipment.ts';

/** A shipment as it lies in the table: addresses sealed, beside the wrapped key that opens them. */
export interface SealedShipment extends ShipmentRecord {
  orgId: string;
  addresses: Buffer;
  /** Null when the key was destroyed. */
  wrappedKey: Buffer | null;
}

/** What a carrier tells of a parcel may name a neighbour or a street, so it is sealed too. */
export type UpdateDetail = Pick<TrackingUpdate, 'description' | 'location'>;

/** The only place where addresses and details are sealed and opened. */
export interface ShipmentSealer {
  /** With a new key, for a new shipment. */
  create(tenant: Tenant, shipment: Shipment): SealedShipment;
  open(sealed: SealedShipment): Shipment;
  /** Null once the key is gone: what cannot be sealed is not kept. */
  sealDetail(sealed: SealedShipment, detail: UpdateDetail): Buffer | null;
  openDetail(sealed: SealedShipment, detail: Buffer | null): UpdateDetail;
}

export function createShipmentSealer({ sealing }: Pick<ModuleKit, 'sealing'>): ShipmentSealer {
  const keyOf = ({ orgId, id, wrappedKey }: SealedShipment) =>
    wrappedKey && sealing.openSubjectKey(orgId, id, wrappedKey);
  const addressesAt = (id: string) => `shipping.shipments.addresses:${id}`;
  const detailAt = (id: string) => `shipping.tracking_updates.detail:${id}`;

  return {
    create({ orgId }, shipment) {
      const { id, from, to } = shipment;
      const { key, wrappedKey } = sealing.createSubjectKey(orgId, id);
      const addresses = sealing.seal(key, JSON.stringify({ from, to }), addressesAt(id));
      return { ...recordOf(shipment), orgId, addresses, wrappedKey };
    },
    open(sealed) {
      const { orgId: _orgId, addresses, wrappedKey: _wrapped, ...record } = sealed;
      const key = keyOf(sealed);
      if (!key) return { ...record, ...ERASED_ADDRESSES };
      return { ...record, ...JSON.parse(sealing.open(key, addresses, addressesAt(sealed.id))) };
    },
    sealDetail(sealed, detail) {
      const key = keyOf(sealed);
      return key ? sealing.seal(key, JSON.stringify(detail), detailAt(sealed.id)) : null;
    },
    openDetail(sealed, detail) {
      const key = keyOf(sealed);
      if (!key || !detail) return { description: null, location: null };
      return JSON.parse(sealing.open(key, detail, detailAt(sealed.id)));
    },
  };
}
