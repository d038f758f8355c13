import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { insertMany, prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { ProductId, StockCountId, StockLevelId, WarehouseId } from '#kernel/ids.ts';
import type { CountFilter, CountLine, StockCount } from './count.ts';

const DIFFERS = `(line.counted <> line.expected or line.counted_damaged <> line.expected_damaged)`;
/** A count with the numbers of its lines, counted from their own index at the moment of reading. */
const COUNTS = `inventory.counts count cross join lateral (
  select count(*) as lines, count(line.counted) as counted, count(*) filter (where ${DIFFERS}) as discrepancies
  from inventory.count_lines line where line.org_id = count.org_id and line.livemode = count.livemode
    and line.count_id = count.id) as line`;
const COLUMNS = `count.id, count.version, count.warehouse_id, count.status, count.round, count.started_by,
  count.decided_by, count.note, count.created_at, count.submitted_at, count.decided_at, count.updated_at, line.lines,
  line.counted, line.discrepancies`;
const LINE_COLUMNS = `count_id, level_id, product_id, expected, counted, expected_damaged, counted_damaged, counted_at,
  counted_by`;

const find = prepared(`select ${COLUMNS} from ${COUNTS} where count.id = $1`);
const lockRow = prepared(`select id from inventory.counts where org_id = $1 and livemode = $2 and id = $3 for update`);
const findOwn = prepared(`select ${COLUMNS} from ${COUNTS}
  where count.org_id = $1 and count.livemode = $2 and count.id = $3`);
const insert = prepared(`insert into inventory.counts
  (org_id, livemode, id, version, warehouse_id, status, round, started_by, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`);
const update = prepared(`update inventory.counts set version = $3, status = $4, round = $5, decided_by = $6, note = $7,
    submitted_at = $8, decided_at = $9, updated_at = $10
  where org_id = $1 and id = $2`);
const insertLines = prepared(`insert into inventory.count_lines (count_id, level_id, org_id, livemode, product_id, open)
  select $3, level.id, level.org_id, level.livemode, level.product_id, true from inventory.levels level
  where level.org_id = $1 and level.livemode = $2 and level.warehouse_id = $4
    and ($5::text[] is null or level.product_id = any($5::text[]))
  order by level.id`);
const linesOf = prepared(`select ${LINE_COLUMNS} from inventory.count_lines
  where org_id = $1 and livemode = $2 and count_id = $3 and product_id = any($4::text[])`);
const differing = prepared(`select ${LINE_COLUMNS} from inventory.count_lines line
  where org_id = $1 and livemode = $2 and count_id = $3 and ${DIFFERS} order by level_id`);
const closeLines = prepared(`update inventory.count_lines set open = false
  where org_id = $1 and livemode = $2 and count_id = $3`);
const clearLines = prepared(`update inventory.count_lines line set expected = null, counted = null,
    expected_damaged = null, counted_damaged = null, counted_at = null, counted_by = null
  where org_id = $1 and livemode = $2 and count_id = $3
    and (product_id = any($4::text[]) or ($4::text[] is null and ${DIFFERS}))`);
const enter = prepared(`update inventory.count_lines line
  set expected = found.expected, counted = found.counted, expected_damaged = found.expected_damaged,
      counted_damaged = found.counted_damaged, counted_at = found.counted_at, counted_by = $9
  from unnest($4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $10::timestamptz[])
    as found (level_id, expected, counted, expected_damaged, counted_damaged, counted_at)
  where line.org_id = $1 and line.livemode = $2 and line.count_id = $3 and line.level_id = found.level_id`);
const counters = prepared(`select person from inventory.counters
  where org_id = $1 and livemode = $2 and count_id = $3`);
const insertCounter = insertMany(
  'inventory.counters',
  { count_id: 'text', person: 'text', org_id: 'text', livemode: 'boolean' },
  'on conflict do nothing',
);
/** What moved at a level after the instant at which it was counted. */
const later = prepared(`select counted.level_id, coalesce(sum(movement.available_change), 0)::bigint as available,
    coalesce(sum(movement.reserved_change), 0)::bigint as reserved,
    coalesce(sum(movement.damaged_change), 0)::bigint as damaged
  from unnest($1::text[], $2::timestamptz[]) as counted (level_id, counted_at)
  left join inventory.movements movement
    on movement.level_id = counted.level_id and movement.created_at > counted.counted_at
  group by counted.level_id`);

export async function countFind(database: ModuleDatabase, scope: Scope, id: StockCountId): Promise<StockCount | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toCount(row) : null;
}

export async function countsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: CountFilter,
  page: PageRequest,
): Promise<Page<StockCount>> {
  const conditions = [equals('status', filter.status), equals('warehouse_id', filter.warehouseId)];
  const found = await listPage(database, scope, { from: 'inventory.counts', columns: 'id', conditions, page });
  const rows = await database.readAll(
    scope,
    found.items.map(({ id }) => find([id])),
  );
  return { ...found, items: rows.flatMap((each) => each.map(toCount)) };
}

export async function countLinesList(
  database: ModuleDatabase,
  scope: Scope,
  id: StockCountId,
  page: PageRequest,
): Promise<Page<CountLine>> {
  const query = { from: 'inventory.count_lines', columns: LINE_COLUMNS, conditions: [equals('count_id', id)], page };
  return mapPage(await listPage(database, scope, { ...query, id: 'level_id' }), toLine);
}

/** Locks the count, then reads it with its numbers: two statements, the second of which gives the row or none. */
export function countLock(tenant: Tenant, id: StockCountId): [Statement, Statement] {
  const values = [tenant.orgId, tenant.livemode, id];
  return [lockRow(values), findOwn(values)];
}

export function countInsert(tenant: Tenant, count: StockCount): Statement {
  const { id, version, warehouseId, status, round, startedBy, createdAt } = count;
  return insert([tenant.orgId, tenant.livemode, id, version, warehouseId, status, round, startedBy, createdAt]);
}

/** Only for a count that this transaction has locked. */
export function countUpdate(tenant: Tenant, count: StockCount): Statement {
  const { id, version, status, round, decidedBy, note, submittedAt, decidedAt, updatedAt } = count;
  return update([tenant.orgId, id, version, status, round, decidedBy, note, submittedAt, decidedAt, updatedAt]);
}

/** A line for each level of the warehouse, or of these products there. */
export function countLinesInsert(
  tenant: Tenant,
  count: StockCount,
  warehouseId: WarehouseId,
  productIds: readonly ProductId[] | null,
): Statement {
  return insertLines([tenant.orgId, tenant.livemode, count.id, warehouseId, productIds]);
}

export function countLinesFind(tenant: Tenant, id: StockCountId, productIds: readonly ProductId[]): Statement {
  return linesOf([tenant.orgId, tenant.livemode, id, productIds]);
}

/** The lines that differ from the ledger; read them with `toLine`. */
export function countDifferences(tenant: Tenant, id: StockCountId): Statement {
  return differing([tenant.orgId, tenant.livemode, id]);
}

/** The levels of this count may be counted anew by another one. */
export function countLinesClose(tenant: Tenant, id: StockCountId): Statement {
  return closeLines([tenant.orgId, tenant.livemode, id]);
}

/** Forgets what was found of these products, or of all that differ for null. */
export function countLinesClear(tenant: Tenant, id: StockCountId, productIds: readonly ProductId[] | null): Statement {
  return clearLines([tenant.orgId, tenant.livemode, id, productIds]);
}

/** Stores what one person found. */
export function countLinesEnter(
  tenant: Tenant,
  id: StockCountId,
  lines: readonly CountLine[],
  person: string,
): Statement[] {
  return [
    enter([
      tenant.orgId,
      tenant.livemode,
      id,
      lines.map(({ levelId }) => levelId),
      lines.map(({ expected }) => expected),
      lines.map(({ counted }) => counted),
      lines.map(({ expectedDamaged }) => expectedDamaged),
      lines.map(({ countedDamaged }) => countedDamaged),
      person,
      lines.map(({ countedAt }) => countedAt),
    ]),
    insertCounter([{ count_id: id, person, org_id: tenant.orgId, livemode: tenant.livemode }]),
  ];
}

export function countersFind(tenant: Tenant, id: StockCountId): Statement {
  return counters([tenant.orgId, tenant.livemode, id]);
}

/** What moved at each of these locked levels after its instant: rows of level_id, available, reserved, damaged. */
export function movedSince(moments: readonly { levelId: StockLevelId; at: string }[]): Statement {
  return later([moments.map(({ levelId }) => levelId), moments.map(({ at }) => at)]);
}

export function toCount(row: Row): StockCount {
  return {
    id: row.id,
    version: row.version,
    warehouseId: row.warehouse_id,
    status: row.status,
    round: row.round,
    startedBy: row.started_by,
    decidedBy: row.decided_by,
    note: row.note,
    createdAt: row.created_at,
    submittedAt: row.submitted_at,
    decidedAt: row.decided_at,
    updatedAt: row.updated_at,
    lines: row.lines,
    counted: row.counted,
    discrepancies: row.discrepancies,
  };
}

export function toLine(row: Row): CountLine {
  return {
    countId: row.count_id,
    levelId: row.level_id,
    productId: row.product_id,
    expected: row.expected,
    counted: row.counted,
    expectedDamaged: row.expected_damaged,
    countedDamaged: row.counted_damaged,
    countedAt: row.counted_at,
    countedBy: row.counted_by,
  };
}
