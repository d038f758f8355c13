import { toTransfer, transferAdvance } from '../bulk.store.ts';
import type { BulkParts } from '../dependencies.ts';
import { csvLine, guarded } from '../reading/csv-rows.ts';
import type { ExportTarget } from '../target.ts';
import { type Export, type ExportPosition, NO_ROWS } from '../transfer.ts';
import { changeStatus, contextOf, type TurnEnd } from '../transitions.ts';

/** A part is stored whole; a crash costs at most the work at one. */
const PART_PAGES = 50;

export const partOfExport = (id: string, number: number) => `exports/${id}/${String(number).padStart(6, '0')}`;

/** Errors: an export of a resource that there is none of was refused before it became a job. */
export function exportTargetOf({ resources }: Pick<BulkParts, 'resources'>, resource: string): ExportTarget {
  return resources[resource]!.export!;
}

/** Writes an export part by part from its checkpoint on. A part that was half written is written again under its name. */
export async function runExport(parts: BulkParts, transfer: Export): Promise<TurnEnd> {
  const { kit, limits } = parts;
  const endsAtMs = kit.clock.nowMs() + limits.sliceMs;
  let current: Export | null = transfer;
  while (current && current.status === 'running' && !current.position.isComplete) {
    if (current !== transfer && kit.clock.nowMs() >= endsAtMs) return 'another turn';
    current = await writePart(parts, current);
  }
  if (current) await finish(parts, current);
  return 'over';
}

async function writePart(parts: BulkParts, transfer: Export): Promise<Export | null> {
  const { kit, files } = parts;
  const context = contextOf(transfer);
  const written = { rows: 0, after: transfer.position.after, isComplete: false };
  const key = partOfExport(transfer.id, transfer.position.parts + 1);
  const { bytes } = await files.put(transfer.tenant.orgId, key, rowsOfPart(parts, transfer, written));
  const { after, isComplete, rows } = written;
  const position: ExportPosition = { parts: transfer.position.parts + 1, after, isComplete };
  return kit.writes.run(context, async (tx) => {
    const counts = { ...NO_ROWS, read: rows, bytes };
    const [row] = await tx.query(transferAdvance(transfer, position, counts, kit.clock.now().toISOString()));
    return row ? (toTransfer(row) as Export) : null;
  });
}

async function* rowsOfPart(
  parts: BulkParts,
  transfer: Export,
  written: { rows: number; after: string | null; isComplete: boolean },
): AsyncIterable<Buffer> {
  const { format, tenant, settings, position, resource } = transfer;
  const target = exportTargetOf(parts, resource);
  const isCsv = format === 'csv';
  if (isCsv && position.parts === 0) yield Buffer.from(csvLine(target.columns));
  for (let page = 0; page < PART_PAGES; page++) {
    const { records, last } = await target.page(tenant, settings.filters, written.after, parts.limits.batchRows);
    const lines = records.map((record) => (isCsv ? lineOf(record, target.columns) : `${JSON.stringify(record)}\n`));
    if (lines.length > 0) yield Buffer.from(lines.join(''));
    written.rows += records.length;
    written.after = last ?? written.after;
    if (last === null) {
      written.isComplete = true;
      return;
    }
  }
}

/** A record as the import reads it: text guarded against formulas, lists and objects as JSON, nothing for null. */
function lineOf(record: Record<string, unknown>, columns: readonly string[]): string {
  return csvLine(columns.map((column) => cellOf(record[column])));
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return guarded(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

async function finish({ kit }: BulkParts, transfer: Export): Promise<void> {
  await changeStatus(kit, contextOf(transfer), transfer.id, ({ status }) => {
    if (status === 'canceling') return { step: 'canceled', status: 'canceled' };
    return status === 'running' ? { step: 'completed', status: 'completed' } : null;
  });
}
