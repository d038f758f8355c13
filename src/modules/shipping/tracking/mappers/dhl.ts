import { at, type CarrierMapper, instantOf, listAt, newsOf, requiredAt, textAt } from './reading.ts';

/** DHL's five words of its unified tracking, and the finer ones that stand in `status`. */
const WORDS = {
  'PRE-TRANSIT': 'created',
  'PICKED-UP': 'picked_up',
  TRANSIT: 'in_transit',
  'OUT-FOR-DELIVERY': 'out_for_delivery',
  DELIVERED: 'delivered',
  FAILURE: 'failed',
  RETURNED: 'returned',
} as const;

/**
 * Parcels with their events:
 * `{ shipments: [{ id: "00340434161094042557", events: [{ eventId, timestamp: "2026-01-15T09:30:00+01:00",
 *    statusCode: "transit", status: "out-for-delivery", description: "…",
 *    location: { address: { addressLocality: "Bonn" } } }] }] }`
 * `status` counts when we know the word, else `statusCode`.
 */
export const readDhl: CarrierMapper = (payload) =>
  listAt(payload, 'shipments').flatMap((shipment) =>
    listAt(shipment, 'events').map((event) => {
      const code = requiredAt(event, 'statusCode');
      const fine = textAt(event, 'status');
      return newsOf(WORDS, {
        trackingNumber: requiredAt(shipment, 'id'),
        eventId: textAt(event, 'eventId'),
        word: fine !== null && Object.hasOwn(WORDS, fine.toUpperCase()) ? fine : code,
        rawStatus: fine === null ? code : `${code}:${fine}`,
        description: textAt(event, 'description'),
        location: textAt(at(event, 'location', 'address'), 'addressLocality'),
        occurredAt: instantOf(requiredAt(event, 'timestamp'), 'shipments.events.timestamp'),
      });
    }),
  );
