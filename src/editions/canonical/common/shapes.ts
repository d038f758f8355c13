import { Type } from 'typebox';

export { idView, MetadataView, orNull, Timestamp } from '#kernel/http/shapes.ts';

/** Output shapes that many resources share. Inputs use the field types of kernel/http/fields.ts instead. */
export const MinorUnits = Type.Integer({
  description: 'Smallest unit of the currency: cents, or yen for JPY.',
  examples: [1999],
});
export const CurrencyCode = Type.String({ description: 'ISO 4217 code.', examples: ['USD'] });
