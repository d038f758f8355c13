import type { Tenant } from '#kernel/database/tenant.ts';
import type { BulkParts } from '../dependencies.ts';
import { checkKept } from '../exports/download.ts';
import { type FailedRow, failedRowsAfter } from '../failed-rows.ts';
import { csvLine, guarded, OWN_COLUMNS, unguarded } from '../reading/csv-rows.ts';
import type { Import } from '../transfer.ts';

const PAGE_ROWS = 500;

/** The rows that were not taken, as they were sent, each with what is wrong with it. Errors: `gone`. */
export function failedRowsFile({ kit }: BulkParts, tenant: Tenant, transfer: Import): AsyncIterable<Buffer> {
  checkKept(transfer, kit.clock.nowMs());
  async function* chunks() {
    if (transfer.format === 'csv') yield Buffer.from(csvLine(headerOf(transfer), transfer.settings.delimiter));
    for (let after = 0; ; ) {
      const rows = await failedRowsAfter(kit, tenant, transfer, after, PAGE_ROWS);
      if (rows.length === 0) return;
      yield Buffer.from(rows.map((row) => lineOf(row, transfer)).join(''));
      after = rows.at(-1)!.row;
    }
  }
  return chunks();
}

/** The columns that were read, and ours; the import passes over ours. */
function headerOf({ settings }: Import): string[] {
  return [...settings.columns.filter((name) => name !== null), ...OWN_COLUMNS];
}

function lineOf({ row, content, problems }: FailedRow, { settings }: Import): string {
  if (typeof content === 'string') return `${lineWithProblems(content, row, problems)}\n`;
  const cells = settings.columns.flatMap((name, index) => (name === null ? [] : [content[index] ?? '']));
  const told = [
    row,
    ...(['column', 'code', 'message'] as const).map((part) => problems.map((each) => each[part]).join(' | ')),
  ];
  // What was sent may hold formulas, too; a cell that was guarded already is not guarded twice.
  const safe = [...cells.map(unguarded), ...told.map(String)].map(guarded);
  return csvLine(safe, settings.delimiter);
}

function lineWithProblems(line: string, row: number, problems: FailedRow['problems']): string {
  try {
    return JSON.stringify({ ...JSON.parse(line), _row: row, _problems: problems });
  } catch {
    // It was no JSON; what cannot be read is given back as it is, beside what was said of it.
    return JSON.stringify({ _line: line, _row: row, _problems: problems });
  }
}
