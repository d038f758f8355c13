import { DomainError } from '#kernel/errors.ts';
import { formatMoney } from '#kernel/money.ts';
import { CARRIER_NAMES } from '../carrier.ts';
import type { Shipment, ShippingAddress } from '../shipments/shipment.ts';
import { unprintableIn } from './font.ts';

/** What stands on one label, in lines; the formats only place it. */
export interface LabelPage {
  carrier: string;
  from: string[];
  to: string[];
  /** Weight and number of the parcel, order and day. */
  facts: string[];
  /** The declaration in short; empty within a country or the customs union. */
  customs: string[];
  trackingNumber: string;
  shipmentId: string;
}

/** Kinds of goods that are written out; the form for the office has all of them. */
const CUSTOMS_SHOWN = 3;

/**
 * A label for each parcel. Errors: `invalid_state` when an address is missing, `validation` when one has letters that
 * the label's font cannot print rightly.
 */
export function labelPages(shipment: Shipment): LabelPage[] {
  const { from, to, parcels, customs } = shipment;
  if (!from || !to) {
    const message = `A label needs both addresses, and this shipment has no \`${from ? 'to' : 'from'}\`; send it with POST /shipping.`;
    throw new DomainError('invalid_state', message);
  }
  const common = {
    carrier: shipment.carrier === 'custom' ? 'CARRIER' : CARRIER_NAMES[shipment.carrier],
    from: addressLines(from),
    to: addressLines(to),
    customs: customs ? customsLines(customs) : [],
    trackingNumber: shipment.trackingNumber,
    shipmentId: shipment.id,
  };
  refuseUnprintable({ from: common.from, to: common.to, customs: common.customs });
  const count = Math.max(1, parcels.length);
  return Array.from({ length: count }, (_, index) => {
    const parcel = parcels[index];
    const weight = parcel ? [`${formatKilograms(parcel.weightGrams)} kg`] : [];
    const due = shipment.estimatedDelivery ? [`Due ${shipment.estimatedDelivery.slice(0, 10)}`] : [];
    const facts = [`Parcel ${index + 1} of ${count}`, ...weight, ...due];
    return { ...common, facts: [facts.join('   '), `Order ${shipment.orderId}`] };
  });
}

function addressLines(address: ShippingAddress): string[] {
  const { name, company, line1, line2, city, state, postalCode, country } = address;
  const town = [postalCode, city].filter(Boolean).join(' ');
  return [name, company, line1, line2, town, state, country].filter((line) => line !== null);
}

function customsLines({ contents, currency, items, totalValue }: NonNullable<Shipment['customs']>): string[] {
  const money = (amount: number) => formatMoney({ amount, currency });
  const shown = items.slice(0, CUSTOMS_SHOWN).map(({ description, hsCode, quantity, unitValue, originCountry }) => {
    // More than this would push the rest off the label; the code says what it is.
    const words = [...description].slice(0, 40).join('');
    return `${quantity} × ${words}, HS ${hsCode}, ${originCountry}, ${money(unitValue)}`;
  });
  const more = items.length - shown.length;
  return [`Customs (${contents}): ${money(totalValue)}`, ...shown, ...(more > 0 ? [`and ${more} more`] : [])];
}

/** 1200 g are 1.2 kg; exact, without a float. */
function formatKilograms(grams: number): string {
  const digits = String(grams).padStart(4, '0');
  return `${digits.slice(0, -3)}.${digits.slice(-3)}`.replace(/\.?0+$/, '');
}

function refuseUnprintable(parts: Readonly<Record<string, readonly string[]>>): void {
  for (const [field, lines] of Object.entries(parts)) {
    const letter = unprintableIn(lines.join(''));
    if (letter === null) continue;
    const message = `The label cannot print "${letter}" in \`${field}\`; carriers read Latin, Greek and Cyrillic letters. Make the shipment with the address in these.`;
    throw new DomainError('validation', message, { details: [{ field, code: 'forbidden_characters', message }] });
  }
}
