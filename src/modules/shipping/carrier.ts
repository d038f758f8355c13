import { invalidField } from '#kernel/errors.ts';

export const CARRIERS = ['ups', 'fedex', 'dhl', 'usps', 'custom'] as const;
export type Carrier = (typeof CARRIERS)[number];

/** The carrier that people mean by a word: `DHL` is dhl, and one that we do not know is a custom one. */
export function carrierNamed(word: string): Carrier {
  const plain = word.toLowerCase().replace(/[^a-z]/g, '');
  return CARRIERS.find((carrier) => carrier === plain) ?? 'custom';
}

/** Stands in a tracking URL template for the tracking number. */
export const TRACKING_PLACE = '{tracking_number}';

/** Where a parcel of a carrier can be followed. A custom carrier brings its own template (SHP-07). */
const TEMPLATES: Readonly<Record<Exclude<Carrier, 'custom'>, string>> = {
  ups: 'https://www.ups.com/track?tracknum={tracking_number}',
  fedex: 'https://www.fedex.com/fedextrack/?trknbr={tracking_number}',
  dhl: 'https://www.dhl.com/global-en/home/tracking.html?tracking-id={tracking_number}',
  usps: 'https://tools.usps.com/go/TrackConfirmAction?tLabels={tracking_number}',
};

/** What carriers are called where people read it. */
export const CARRIER_NAMES: Readonly<Record<Carrier, string>> = {
  ups: 'UPS',
  fedex: 'FedEx',
  dhl: 'DHL',
  usps: 'USPS',
  custom: 'the carrier',
};

/**
 * The template that the tracking URL of a shipment is made from. Errors: `validation` when a custom carrier brings none,
 * when another one brings one, and when it has no place for the number or is not https.
 */
export function trackingTemplate(carrier: Carrier, given: string | null | undefined): string {
  if (carrier !== 'custom') {
    if (!given) return TEMPLATES[carrier];
    const message = `${CARRIER_NAMES[carrier]} has a tracking page of its own; leave this out, or send carrier custom.`;
    throw invalidField('tracking_url_template', 'not_allowed', message);
  }
  if (!given) {
    const message = `The carrier custom needs a template such as https://carrier.example/track/${TRACKING_PLACE}.`;
    throw invalidField('tracking_url_template', 'required', message);
  }
  const example = given.replaceAll(TRACKING_PLACE, 'X1');
  const target = /^https:\/\/[^\s\\]+$/i.test(example) ? URL.parse(example) : null;
  const isInHost = !given.slice(0, given.indexOf('/', 8) >>> 0).includes(TRACKING_PLACE);
  if (given.includes(TRACKING_PLACE) && target && target.username === '' && target.password === '' && isInHost) {
    return given;
  }
  const message = `Send an https URL with ${TRACKING_PLACE} in its path or query, where the number goes.`;
  throw invalidField('tracking_url_template', 'format', message);
}

/** The page on which this parcel can be followed, when its carrier has one. */
export function trackingUrl(template: string | null, trackingNumber: string): string | null {
  return template?.replaceAll(TRACKING_PLACE, encodeURIComponent(trackingNumber)) ?? null;
}

/** How two spellings of one tracking number are compared: carriers' scanners know neither case nor hyphens. */
export function trackingKey(trackingNumber: string): string {
  return trackingNumber.toUpperCase().replace(/[^A-Z0-9]/g, '') || trackingNumber;
}
