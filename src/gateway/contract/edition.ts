import type { TSchema } from 'typebox';
import type { ErrorKind } from '#kernel/errors.ts';
import type { Operation } from '#kernel/http/operation.ts';

/** How an edition names a refusal (decisions, table B3). */
export interface ErrorName {
  status: number;
  code: string;
  /** Further codes that a detail of the refusal may choose instead. */
  otherCodes?: readonly string[];
}

export type ErrorTable = Readonly<Record<ErrorKind, ErrorName>>;

/** What an edition is promised to live for (C-23). */
export interface EditionStatus {
  status: 'stable' | 'beta';
  /** `ongoing`, or a day. */
  support_until?: string;
  version?: string;
  /** The day of that version. */
  released?: string;
}

/** Everything that an edition promises, declared once; the server, the contracts and the coverage tests walk it. */
export interface EditionContract {
  name: string;
  /** Where its paths begin: `/v1`; empty for the canonical edition, which also answers for paths of nobody. */
  prefix: string;
  about: EditionStatus;
  operations: readonly Operation[];
  /** What to do instead of a method that a path does not have, by path and method. */
  methodHints?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  errors: ErrorTable;
  /** The envelope of every refusal; has an `$id`. */
  errorSchema: TSchema;
  /** Whether a finding in a query is a request that cannot be read, or a value that breaks a rule (C-29). */
  queryRefusal: 'bad_request' | 'validation';
  /** The OpenAPI document, derived from the rest. */
  openapi: Readonly<Record<string, unknown>>;
}
