import { Type } from 'typebox';
import { country, object, optional, text } from '#kernel/http/fields.ts';
import { orNull } from './shapes.ts';

/** A postal address as it is sent. */
export const NewAddress = object({
  line1: text({ example: '123 Main Street' }),
  line2: optional(text()),
  city: text({ example: 'Paris' }),
  state: optional(text()),
  postal_code: optional(text({ max: 32, example: '75001' })),
  country: country(),
});

export const AddressView = Type.Object(
  {
    line1: Type.String(),
    line2: orNull(Type.String()),
    city: Type.String(),
    state: orNull(Type.String()),
    postal_code: orNull(Type.String()),
    country: Type.String({ description: 'ISO 3166-1 alpha-2.', examples: ['FR'] }),
  },
  { $id: 'Address' },
);

export function addressView<Lines extends { postalCode: string | null }>(address: Lines | null) {
  if (!address) return null;
  const { postalCode, ...lines } = address;
  return { ...lines, postal_code: postalCode };
}

/** The service's form of an address or of a patch; a line that was not sent stays undefined. */
export function addressInput<Lines extends { postal_code?: string | null }>(address: Lines) {
  const { postal_code, ...lines } = address;
  return { ...lines, postalCode: postal_code };
}
