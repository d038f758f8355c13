import { type CarrierMapper, instantOf, newsOf, placeOf, requiredAt, textAt } from './reading.ts';

/** USPS's event codes. */
const WORDS = {
  GX: 'created',
  MA: 'created',
  '03': 'picked_up',
  OA: 'picked_up',
  '07': 'in_transit',
  '10': 'in_transit',
  T1: 'in_transit',
  L1: 'in_transit',
  OF: 'out_for_delivery',
  '01': 'delivered',
  '02': 'failed',
  '53': 'failed',
  '55': 'failed',
  '04': 'returned',
  '09': 'returned',
  '21': 'returned',
} as const;

/**
 * One event of one parcel:
 * `{ trackingNumber, eventId, eventCode: "OF", eventType: "Out for Delivery", eventTimestamp: "2026-01-15T14:30:00Z",
 *    eventCity: "DENVER", eventState: "CO" }`
 */
export const readUsps: CarrierMapper = (payload) => [
  newsOf(WORDS, {
    trackingNumber: requiredAt(payload, 'trackingNumber'),
    eventId: textAt(payload, 'eventId'),
    rawStatus: requiredAt(payload, 'eventCode'),
    description: textAt(payload, 'eventType'),
    location: placeOf(textAt(payload, 'eventCity'), textAt(payload, 'eventState')),
    occurredAt: instantOf(requiredAt(payload, 'eventTimestamp'), 'eventTimestamp'),
  }),
];
