import { type CarrierMapper, instantOf, listAt, newsOf, placeOf, requiredAt, textAt } from './reading.ts';

/** The letters of UPS's status types, and what they say of the parcel. */
const WORDS = {
  M: 'created',
  MV: 'failed',
  P: 'picked_up',
  I: 'in_transit',
  O: 'out_for_delivery',
  D: 'delivered',
  X: 'failed',
  NA: 'failed',
  RS: 'returned',
} as const;

/**
 * One activity of one parcel:
 * `{ trackingNumber, localActivityDate: "20260115", localActivityTime: "093000", gmtOffset: "+01:00",
 *    activityStatus: { type: "I", code: "AR", description: "Arrived at Facility" },
 *    activityLocation: { city: "Köln", country: "DE" } }`, alone or as a list in `activities`.
 * Without `gmtOffset` the time counts as UTC.
 */
export const readUps: CarrierMapper = (payload) => {
  const single = textAt(payload, 'trackingNumber') !== null && textAt(payload, 'activityStatus', 'type') !== null;
  return (single ? [payload] : listAt(payload, 'activities')).map((activity) => {
    const date = requiredAt(activity, 'localActivityDate');
    const time = (textAt(activity, 'localActivityTime') ?? '000000').padEnd(6, '0');
    const offset = textAt(activity, 'gmtOffset') ?? 'Z';
    const local = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}`;
    const type = requiredAt(activity, 'activityStatus', 'type');
    const code = textAt(activity, 'activityStatus', 'code');
    return newsOf(WORDS, {
      trackingNumber: requiredAt(activity, 'trackingNumber'),
      eventId: textAt(activity, 'activityId'),
      word: type,
      rawStatus: code === null ? type : `${type}:${code}`,
      description: textAt(activity, 'activityStatus', 'description'),
      location: placeOf(textAt(activity, 'activityLocation', 'city'), textAt(activity, 'activityLocation', 'country')),
      occurredAt: instantOf(`${local}${offset}`, 'localActivityDate'),
    });
  });
};
