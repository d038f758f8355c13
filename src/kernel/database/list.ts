import type { Row } from './connection.ts';
import type { ModuleDatabase } from './module-database.ts';
import { type Statement, statement } from './statement.ts';
import { isSingle, type Scope, type Tenant } from './tenant.ts';

/**
 * One page by keyset: objects sort by id, newest first, and an id is where a page ends. Contracts that promise numbered
 * pages (C-38) ask with `offset` instead, and pay for what they skip and for the whole count.
 */
export interface PageRequest {
  limit: number;
  /** How many matches to skip; the answer then has the exact `totalCount`. */
  offset?: number;
  /** Another order than newest first, only with `offset`. */
  order?: ListOrder;
  /** Objects older than this id: the next page. */
  after?: string;
  /** Objects newer than this id: the page before. */
  before?: string;
  /** Also count the matches, up to `COUNT_MAX`. */
  withCount?: boolean;
}

/** A column of the list and its direction; equal values sort by id. The name comes from code, never from input. */
export interface ListOrder {
  column: string;
  ascending: boolean;
}

export interface Page<Item> {
  items: Item[];
  /** Whether older matches follow. */
  hasMore: boolean;
  /** Whether newer matches come before. */
  hasPrevious: boolean;
  /** Present when asked for; `COUNT_MAX` means "that many or more". */
  totalCount?: number;
}

/** Counting further would cost with the table, not with the answer. */
export const COUNT_MAX = 10_000;

/** One filter; `null` when the caller did not ask for it. Column names come from code, never from input. */
export type Condition = {
  column: string;
  operator: '=' | '>=' | '<=' | '<' | '>' | '= any' | 'is null' | 'is not null';
  value?: unknown;
} | null;

export function equals(column: string, value: unknown): Condition {
  return value === undefined || value === null ? null : { column, operator: '=', value };
}

/** One of these values; a single one is compared plainly, since only then its index gives the order of the list. */
export function isIn(column: string, values: readonly unknown[] | undefined): Condition {
  if (values === undefined) return null;
  return values.length === 1 ? equals(column, values[0]) : { column, operator: '= any', value: values };
}

export function atLeast(column: string, value: unknown): Condition {
  return value === undefined || value === null ? null : { column, operator: '>=', value };
}

export function atMost(column: string, value: unknown): Condition {
  return value === undefined || value === null ? null : { column, operator: '<=', value };
}

export function before(column: string, value: unknown): Condition {
  return value === undefined || value === null ? null : { column, operator: '<', value };
}

export interface ListQuery {
  /** `schema.table`, with an alias when joined. */
  from: string;
  columns: string;
  conditions: readonly Condition[];
  page: PageRequest;
  /** The id column that orders the list; `id` unless told. */
  id?: string;
  /** Tables without the mode column (organisations and what belongs to both modes). */
  withoutLivemode?: boolean;
}

/** A page of rows, in one round trip, from the index on (org_id, livemode, …, id). */
export async function listPage(database: ModuleDatabase, scope: Scope, query: ListQuery): Promise<Page<Row>> {
  const { page } = query;
  const statements: Statement[] = [pageStatement(scope, query)];
  const isNumbered = page.offset !== undefined;
  if (page.withCount || isNumbered) statements.push(countStatement(scope, query, isNumbered ? null : COUNT_MAX));
  const [rows, count] = await database.readAll(scope, statements);
  return pageOfRows(rows!, page, count?.[0]?.count);
}

/** A page of rows that were asked for in the page's direction, with one more than its limit. */
export function pageOfRows(rows: readonly Row[], page: PageRequest, totalCount?: number): Page<Row> {
  const backward = page.before !== undefined;
  const further = rows.length > page.limit;
  const items = rows.slice(0, page.limit);
  if (backward) items.reverse();
  return {
    items,
    hasMore: backward ? true : further,
    hasPrevious: backward ? further : page.after !== undefined || Number(page.offset) > 0,
    ...(totalCount !== undefined && { totalCount }),
  };
}

function pageStatement(scope: Scope, query: ListQuery): Statement {
  const { page } = query;
  const id = query.id ?? 'id';
  const backward = page.before !== undefined;
  const edge = backward ? page.before : page.after;
  const keyset: Condition = edge ? { column: id, operator: backward ? '>' : '<', value: edge } : null;
  const { where, values } = whereOf(scope, query, [keyset]);
  values.push(page.limit + 1);
  let tail = `limit $${values.length}`;
  if (page.offset !== undefined) {
    values.push(page.offset);
    tail += ` offset $${values.length}`;
  }
  const order = orderOf(id, backward, page.order);
  return statement(`select ${query.columns} from ${query.from}${where} order by ${order} ${tail}`, values);
}

function orderOf(id: string, backward: boolean, order: ListOrder | undefined): string {
  if (!order) return `${id} ${backward ? 'asc' : 'desc'}`;
  const direction = order.ascending ? 'asc' : 'desc';
  return order.column === id ? `${id} ${direction}` : `${order.column} ${direction}, ${id} ${direction}`;
}

function countStatement(scope: Scope, query: ListQuery, max: number | null): Statement {
  const { where, values } = whereOf(scope, query, []);
  const bound = max === null ? '' : ` limit ${max}`;
  return statement(`select count(*) from (select 1 from ${query.from}${where}${bound}) as matches`, values);
}

function whereOf(scope: Scope, query: ListQuery, extra: readonly Condition[]): { where: string; values: unknown[] } {
  const tenant: Condition[] = isSingle(scope) ? [{ column: 'org_id', operator: '=', value: scope.orgId }] : [];
  if (!query.withoutLivemode) tenant.push({ column: 'livemode', operator: '=', value: scope.livemode });
  const values: unknown[] = [];
  const parts: string[] = [];
  for (const condition of [...tenant, ...query.conditions, ...extra]) {
    if (!condition) continue;
    if (condition.operator === 'is null' || condition.operator === 'is not null') {
      parts.push(`${condition.column} ${condition.operator}`);
      continue;
    }
    values.push(condition.value);
    const operand = condition.operator === '= any' ? `($${values.length})` : ` $${values.length}`;
    parts.push(`${condition.column} ${condition.operator}${operand}`);
  }
  return { where: parts.length > 0 ? ` where ${parts.join(' and ')}` : '', values };
}

/** A page whose rows are made into the module's objects. */
export function mapPage<Item>(page: Page<Row>, toItem: (row: Row) => Item): Page<Item> {
  return { ...page, items: page.items.map(toItem) };
}

/** A `locate` function for objects of one table: whose is this id, over all organisations and both modes. */
export function locateIn(database: ModuleDatabase, table: string): (id: string) => Promise<Tenant | null> {
  const text = `select org_id, livemode from ${table} where id = $1`;
  return async (id) => {
    const [row] = await database.read({ orgId: '*', livemode: true }, statement(text, [id]));
    return row ? { orgId: row.org_id, livemode: row.livemode } : null;
  };
}
