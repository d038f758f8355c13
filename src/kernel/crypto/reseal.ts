import type { Row } from '../database/connection.ts';
import type { ModuleDatabase } from '../database/module-database.ts';
import { type Statement, statement } from '../database/statement.ts';
import { everyTenant } from '../database/tenant.ts';
import { MASTER_FORMAT, type Sealing } from './sealing.ts';

/** A column of values under the master keys, with what each value is bound to. */
export interface SealedColumn {
  /** Without its schema. */
  table: string;
  column: string;
  /** The columns that name one row. */
  key: readonly string[];
  /** Whose secret it is; an organisation's is bound to `org_id`. */
  owner: 'organization' | 'platform';
  /** The context that the value was sealed with, of the row. */
  context(row: Row): string;
}

/** A sealed text in the payload of jobs of one kind, as base64. */
export interface SealedJobField {
  kind: string;
  field: string;
  owner: 'organization' | 'platform';
  context: string;
}

/** What of one schema lies under the master keys. */
export interface SealedParts {
  columns?: readonly SealedColumn[];
  jobs?: readonly SealedJobField[];
}

export interface ResealReport {
  /** How many values were sealed anew. */
  resealed: number;
  /** Values that do not open: damaged, or under a key that is gone. They stay as they are. */
  unreadable: number;
}

const BATCH = 500;

/** The same in every schema (standard-tables.sql). */
const STANDARD: readonly SealedColumn[] = [
  {
    table: 'idempotency_keys',
    column: 'result',
    key: ['org_id', 'livemode', 'route', 'key'],
    owner: 'organization',
    context: ({ route, key }) => `idempotency:${route}:${key}`,
  },
];

/**
 * Brings everything of one schema that an older master key can open under the current one: the wrapped keys of persons,
 * and secrets. Safe to repeat and to run beside the server: a row that changes meanwhile is left to the next round.
 */
export async function resealSchema(
  database: ModuleDatabase,
  sealing: Sealing,
  currentVersion: number,
  parts: SealedParts = {},
): Promise<ResealReport> {
  const report: ResealReport = { resealed: 0, unreadable: 0 };
  const header = Buffer.of(MASTER_FORMAT, currentVersion >>> 8, currentVersion & 0xff);
  for (const column of [...STANDARD, ...(parts.columns ?? [])]) {
    const reseal = (value: Buffer, row: Row) => resealed(sealing, column, row, column.context(row), value);
    await resealColumn(database, column, header, reseal, report);
  }
  const keys = { table: 'subject_keys', column: 'wrapped_key', key: ['subject_id'] };
  await resealColumn(database, keys, header, (value, row) => sealing.rewrap(row.org_id, row.subject_id, value), report);
  for (const field of parts.jobs ?? []) await resealJobs(database, sealing, field, report);
  return report;
}

function resealed(
  sealing: Sealing,
  { owner }: Pick<SealedColumn, 'owner'>,
  row: Row,
  context: string,
  value: Buffer,
): Buffer {
  if (owner === 'platform') return sealing.sealForPlatform(sealing.openForPlatform(value, context), context);
  const text = sealing.openForOrganization(row.org_id, value, context);
  return sealing.sealForOrganization(row.org_id, text, context);
}

async function resealColumn(
  database: ModuleDatabase,
  { table, column, key }: Pick<SealedColumn, 'table' | 'column' | 'key'>,
  header: Buffer,
  reseal: (value: Buffer, row: Row) => Buffer,
  report: ResealReport,
): Promise<void> {
  const name = `${database.schema}.${table}`;
  // Three bytes name the key of a value; values under the key of a person begin otherwise.
  const outdated = `${column} is not null and substring(${column} from 1 for 1) = $1
    and substring(${column} from 1 for 3) <> $2`;
  const select = `select * from ${name} where ${outdated} order by ${key.join(', ')} limit ${BATCH} offset $3`;
  const where = key.map((each, index) => `${each} = $${index + 3}`).join(' and ');
  const update = `update ${name} set ${column} = $1 where ${column} = $2 and ${where}`;
  let passedOver = 0;
  for (;;) {
    const values = [header.subarray(0, 1), header, passedOver];
    const rows = await database.read(everyTenant, statement(select, values));
    if (rows.length === 0) return;
    const updates: Statement[] = [];
    for (const row of rows) {
      const old: Buffer = row[column];
      try {
        updates.push(statement(update, [reseal(old, row), old, ...key.map((each) => row[each])]));
      } catch {
        passedOver++;
        report.unreadable++;
      }
    }
    const results = await database.flight(everyTenant, updates);
    report.resealed += results.reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0);
  }
}

/** Jobs live for minutes; those that wait are few. */
async function resealJobs(
  database: ModuleDatabase,
  sealing: Sealing,
  { kind, field, owner, context }: SealedJobField,
  report: ResealReport,
): Promise<void> {
  const name = `${database.schema}.jobs`;
  const rows = await database.read(everyTenant, statement(`select * from ${name} where kind = $1`, [kind]));
  for (const row of rows) {
    const old = row.payload[field];
    const value = Buffer.from(String(old), 'base64');
    try {
      if (!sealing.isOutdated(value)) continue;
      const next = resealed(sealing, { owner }, row, context, value).toString('base64');
      const change = `update ${name} set payload = jsonb_set(payload, array[$2], to_jsonb($3::text))
        where id = $1 and payload ->> $2 = $4`;
      const [result] = await database.flight(everyTenant, [statement(change, [row.id, field, next, old])]);
      report.resealed += result!.rowCount ?? 0;
    } catch {
      report.unreadable++;
    }
  }
}
