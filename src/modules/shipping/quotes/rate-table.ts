import { DomainError, type ErrorDetail } from '#kernel/errors.ts';
import type { Id } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { Carrier } from '../carrier.ts';

export type RateTableId = Id<'rtb'>;

/** Up to this weight a parcel costs this much. */
export type RateBand = { upToGrams: number; amount: number };

/**
 * One zone of a table. `from` and `to` list places as `FR` or, by the beginning of the postal code, `FR-20`; an empty
 * list is every place. The first zone that fits a route is its zone.
 */
export type RateZone = {
  name: string;
  from: string[];
  to: string[];
  /** Only routes that stay in one country. */
  sameCountry: boolean;
  /** In rising order of weight. */
  bands: RateBand[];
  /** For each begun kilogram above the last band; null means that heavier parcels are not taken. */
  perExtraKg: number | null;
};

/** What a carrier charges. `amount`s are minor units of `currency`. */
export interface RateTable {
  /** Null for the tables that come with the product. */
  id: RateTableId | null;
  carrier: Carrier;
  currency: Currency;
  /** Cubic millimetres that count as a gram. */
  volumetricDivisor: number;
  zones: RateZone[];
}

/** A table that an organisation brought; it replaces the one that comes with the product. */
export interface StoredRateTable extends RateTable {
  id: RateTableId;
  version: number;
  /** When it was withdrawn; the newest that is not withdrawn is in force. */
  retiredAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export type NewRateTable = Omit<RateTable, 'id'>;

const PLACE = /^[A-Z]{2}(?:-[A-Z0-9]{1,10})?$/;

/** Errors: `validation`, naming each band that is not heavier than the one before and each place that is none. */
export function checkRateTable({ zones }: NewRateTable): void {
  const details: ErrorDetail[] = [];
  zones.forEach((zone, index) => {
    zone.bands.forEach((band, place) => {
      const before = zone.bands[place - 1];
      if (!before || before.upToGrams < band.upToGrams) return;
      const message = `Each band must reach further than the one before, which goes up to ${before.upToGrams} g.`;
      details.push({ field: `zones[${index}].bands[${place}].up_to_grams`, code: 'too_small', message });
    });
    for (const side of ['from', 'to'] as const) {
      zone[side].forEach((name, place) => {
        if (PLACE.test(name)) return;
        const message = 'Send a country such as FR, or one with the beginning of a postal code such as FR-20.';
        details.push({ field: `zones[${index}].${side}[${place}]`, code: 'format', message });
      });
    }
  });
  if (details.length > 0) throw new DomainError('validation', details[0]!.message, { details });
}
