import type { Scope } from '#kernel/database/tenant.ts';
import type { Shipment, ShipmentId } from '../shipments/shipment.ts';
import type { LabelFormat } from './format.ts';

/** Labels. Each method names the errors it may raise. */
export interface Labels {
  /**
   * The label of a shipment, a page for each parcel; nothing is stored, and the same shipment gives the same label.
   * Errors: `not_found`, `invalid_state` (an address is missing), `validation` (letters that cannot be printed).
   */
  createLabel(scope: Scope, id: ShipmentId, format: LabelFormat): Promise<Buffer | string>;
}

export function createLabels(getShipment: (scope: Scope, id: ShipmentId) => Promise<Shipment>): Labels {
  return {
    async createLabel(scope, id, format) {
      const shipment = await getShipment(scope, id);
      // Font and libraries cost a quarter of a second and 40 MB; a house that prints no label does not pay for them.
      const { labelPages } = await import('./label.ts');
      const pages = labelPages(shipment);
      if (format === 'zpl') return (await import('./zpl.ts')).labelZpl(pages);
      return (await import('./pdf.ts')).labelPdf(pages, shipment.createdAt);
    },
  };
}
