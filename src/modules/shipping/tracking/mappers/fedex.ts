import { at, type CarrierMapper, instantOf, listAt, newsOf, placeOf, requiredAt, textAt } from './reading.ts';

/** FedEx's two letters of a scan event. */
const WORDS = {
  OC: 'created',
  PU: 'picked_up',
  PX: 'picked_up',
  AR: 'in_transit',
  DP: 'in_transit',
  IT: 'in_transit',
  AF: 'in_transit',
  CC: 'in_transit',
  OD: 'out_for_delivery',
  DL: 'delivered',
  DE: 'failed',
  CA: 'failed',
  SE: 'failed',
  RS: 'returned',
} as const;

/**
 * One parcel with its scans:
 * `{ trackingNumberInfo: { trackingNumber }, scanEvents: [{ eventId, date: "2026-01-15T09:30:00+01:00", eventType: "OD",
 *    eventDescription: "On FedEx vehicle for delivery", scanLocation: { city: "LYON", countryCode: "FR" } }] }`
 */
export const readFedex: CarrierMapper = (payload) => {
  const trackingNumber = requiredAt(payload, 'trackingNumberInfo', 'trackingNumber');
  return listAt(payload, 'scanEvents').map((scan) => {
    const place = at(scan, 'scanLocation');
    return newsOf(WORDS, {
      trackingNumber,
      eventId: textAt(scan, 'eventId'),
      rawStatus: requiredAt(scan, 'eventType'),
      description: textAt(scan, 'eventDescription'),
      location: placeOf(textAt(place, 'city'), textAt(place, 'countryCode')),
      occurredAt: instantOf(requiredAt(scan, 'date'), 'scanEvents.date'),
    });
  });
};
