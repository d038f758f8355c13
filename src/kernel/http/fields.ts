/**
 * The field types of every input. A shape is a TypeBox schema made of these functions: TypeScript infers the NORMALISED
 * type from it, `compile` of validate.ts makes its validator, and the OpenAPI document prints its plain JSON Schema
 * (after `stripInternalKeywords`).
 */
export { anyCurrency, COUNTRIES, country, currency, type EnumOptions, enumOf, id } from './fields/code.ts';
export { email, ipRange, phone, type UrlOptions, url } from './fields/contact.ts';
export { type Metadata, type MetadataPatch, mergeMetadata, metadata } from './fields/metadata.ts';
export {
  boolean,
  decimal,
  type IntegerOptions,
  integer,
  limit,
  money,
  nonNegativeInteger,
  positiveInteger,
  quantity,
} from './fields/number.ts';
export { FIELD_ERROR_CODES, FIELD_ERRORS, type FieldErrorCode } from './fields/refusal.ts';
export { refusedField } from './fields/refused.ts';
export { type FieldOptions, nullable, optional, stripInternalKeywords, withDefault } from './fields/schema.ts';
export { type ListOptions, listOf, MAX_ITEMS, mergePatch, object, patchOf, variants } from './fields/structure.ts';
export { cursor, longText, secretText, sku, slug, type TextOptions, text } from './fields/text.ts';
export { calendarDate, locale, timestamp, timeZone } from './fields/time.ts';
