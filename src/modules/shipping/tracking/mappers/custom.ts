import { SHIPMENT_STATUSES } from '../../shipments/status.ts';
import { type CarrierMapper, instantOf, newsOf, requiredAt, textAt } from './reading.ts';

const WORDS = Object.fromEntries(SHIPMENT_STATUSES.map((status) => [status.toUpperCase(), status]));

/**
 * Our own words, for carriers that the merchant connects and for trying things out:
 * `{ event_id, tracking_number, status: "picked_up", occurred_at: "2026-01-15T09:30:00Z", description, location }`
 */
export const readCustom: CarrierMapper = (payload) => [
  newsOf(WORDS, {
    trackingNumber: requiredAt(payload, 'tracking_number'),
    eventId: textAt(payload, 'event_id'),
    rawStatus: requiredAt(payload, 'status'),
    description: textAt(payload, 'description'),
    location: textAt(payload, 'location'),
    occurredAt: instantOf(requiredAt(payload, 'occurred_at'), 'occurred_at'),
  }),
];
