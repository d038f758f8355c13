import { type TSchema, Type } from 'typebox';

/** Output shapes that resources of every edition share. Inputs use the field types of fields.ts instead. */
export const Timestamp = Type.String({
  format: 'date-time',
  description: 'ISO 8601, UTC.',
  examples: ['2026-01-15T00:00:00.000Z'],
});
export const MetadataView = Type.Record(Type.String(), Type.String(), { description: 'Your own keys and values.' });

export function idView(prefix: string) {
  return Type.String({ pattern: `^${prefix}_`, examples: [`${prefix}_01m85bzpp3e00a29fhn388ttwp`] });
}

export function orNull<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}
