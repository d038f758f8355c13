import type { CommandContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { ErrorDetail } from '#kernel/errors.ts';
import type { Json } from '#kernel/events/event.ts';
import type { BatchOutcome } from '#kernel/row-outcome.ts';

/** A kind of object that can be imported; the edition knows its columns and which module stores it. */
export interface ImportTarget<Row = unknown> {
  /** Names of the fields that a row may have; a field of several values takes `field.part` columns too. */
  columns: readonly string[];
  /** Columns without which no row can be read. */
  required: readonly string[];
  /** Reads a row by the field types of the API, from the text of CSV cells or from JSON. */
  read(row: Record<string, unknown>, source: 'text' | 'json'): { value: Row } | { errors: ErrorDetail[] };
  /**
   * Stores rows, in one transaction, once per idempotency key of `context`. Rows that break a rule are told and left out.
   * With `dryRun` everything is checked that can be checked without storing, and nothing is stored.
   */
  store(
    context: CommandContext,
    rows: readonly Row[],
    options: { dryRun: boolean; importId: string },
  ): Promise<BatchOutcome>;
  /** Of a resource whose new objects do not mind in which order they are made: how a batch is stored beside another. */
  unordered?: {
    /** All by which a row may find the object it is about. */
    keysOf(row: Row): readonly string[];
    /**
     * As `store`, when every row makes a new object; null, and nothing stored, when one does not. The rows share no key
     * with those of a batch that is being stored meanwhile.
     */
    storeNew(context: CommandContext, rows: readonly Row[]): Promise<BatchOutcome | null>;
  };
}

/** A kind of object that can be exported, in the columns by which it is imported. */
export interface ExportTarget {
  columns: readonly string[];
  /** Filters that this resource knows. */
  filters: readonly string[];
  /** Objects in a fixed order behind `after`, each as a flat record; `last` is null behind the end. */
  page(
    tenant: Tenant,
    filters: Record<string, Json>,
    after: string | null,
    limit: number,
  ): Promise<{ records: Record<string, unknown>[]; last: string | null }>;
}

export interface Resource {
  /** The scope that a caller needs beside `imports:write`, as `products:write`. */
  writeScope: string;
  readScope: string;
  /** Whether its rows tell about people; files of it go when one of them is erased (C-89). */
  isPersonal: boolean;
  import?: ImportTarget;
  export?: ExportTarget;
}

/** By name as clients send it. */
export type Resources = Readonly<Record<string, Resource>>;
