import type { Sealing } from '#kernel/crypto/sealing.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { insertMany, prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import type { Import } from './transfer.ts';

/** One thing that is wrong with a row, with the value that was sent. */
export interface Problem {
  column: string;
  value: string | null;
  code: string;
  message: string;
}

/** A row that was not taken, as it was sent. */
export interface FailedRow {
  row: number;
  /** The cells of CSV, or the line of NDJSON. */
  content: string[] | string;
  problems: Problem[];
}

const insert = insertMany(
  'bulk.failed_rows',
  { transfer_id: 'text', row_number: 'int', org_id: 'text', livemode: 'boolean', content: 'bytea' },
  'on conflict do nothing',
);
const page = prepared(`select row_number, content from bulk.failed_rows
  where transfer_id = $1 and row_number > $2 order by row_number limit $3`);
const remove = prepared('delete from bulk.failed_rows where transfer_id = $1');

/** The place of a sealed row. */
export const failedRowPlace = (transferId: string, row: number) => `bulk.failed_rows.content:${transferId}:${row}`;

export function failedRowsInsert(sealing: Sealing, { id, tenant }: Import, rows: readonly FailedRow[]): Statement {
  const { orgId, livemode } = tenant;
  return insert(
    rows.map(({ row, content, problems }) => ({
      transfer_id: id,
      row_number: row,
      org_id: orgId,
      livemode,
      content: sealing.sealForOrganization(orgId, JSON.stringify({ content, problems }), failedRowPlace(id, row)),
    })),
  );
}

/** Failed rows behind a row, in the order of the file. */
export async function failedRowsAfter(
  { database, sealing }: { database: ModuleDatabase; sealing: Sealing },
  scope: Scope,
  { id, tenant }: Import,
  after: number,
  limit: number,
): Promise<FailedRow[]> {
  const rows = await database.read(scope, page([id, after, limit]));
  return rows.map(({ row_number: row, content }) => ({
    row,
    ...JSON.parse(sealing.openForOrganization(tenant.orgId, content, failedRowPlace(id, row))),
  }));
}

export const failedRowsRemove = (transferId: string): Statement => remove([transferId]);
