/** One box. Whole grams and millimetres, so that nothing is ever rounded twice. */
export interface Parcel {
  weightGrams: number;
  lengthMm: number;
  widthMm: number;
  heightMm: number;
}

/** A tonne and ten metres: what is larger travels as freight, not as a parcel. */
export const PARCEL_MAX = { weightGrams: 1_000_000, sideMm: 10_000 } as const;

/**
 * What a carrier charges for: the weight, or the room it takes at `divisor` cubic millimetres a gram, whichever is more.
 * The usual divisor of 5,000 cm³ a kilogram is 5,000 mm³ a gram.
 */
export function billableGrams(parcel: Parcel, divisor: number): number {
  const volume = parcel.lengthMm * parcel.widthMm * parcel.heightMm;
  return Math.max(parcel.weightGrams, Math.ceil(volume / divisor));
}
