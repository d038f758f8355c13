import { Type } from 'typebox';
import { country, integer, listOf, object, optional, text } from '#kernel/http/fields.ts';
import { PARCEL_MAX } from '#modules/shipping/index.ts';

const side = (description: string, example: number) =>
  integer({ min: 1, max: PARCEL_MAX.sideMm, description, example });

/** A box as it is sent; the same words for quotes and shipments. */
export const NewParcel = object({
  weight_grams: integer({ min: 1, max: PARCEL_MAX.weightGrams, description: 'With everything in it.', example: 1200 }),
  length_mm: side('The outer length.', 300),
  width_mm: side('The outer width.', 200),
  height_mm: side('The outer height.', 100),
});
export const NewParcels = listOf(NewParcel, { min: 1, max: 100 });
export const NewPlace = object({
  country: country(),
  postal_code: optional(text({ max: 32, example: '75001' })),
});

export const ParcelView = Type.Object(
  {
    weight_grams: Type.Integer(),
    length_mm: Type.Integer(),
    width_mm: Type.Integer(),
    height_mm: Type.Integer(),
  },
  { $id: 'Parcel' },
);

interface ParcelBody {
  weight_grams: number;
  length_mm: number;
  width_mm: number;
  height_mm: number;
}

export function parcelInput(body: ParcelBody) {
  return {
    weightGrams: body.weight_grams,
    lengthMm: body.length_mm,
    widthMm: body.width_mm,
    heightMm: body.height_mm,
  };
}

export function parcelView(parcel: ReturnType<typeof parcelInput>): ParcelBody {
  return {
    weight_grams: parcel.weightGrams,
    length_mm: parcel.lengthMm,
    width_mm: parcel.widthMm,
    height_mm: parcel.heightMm,
  };
}
