import type { ImportTarget } from '../target.ts';
import type { Warning } from '../transfer.ts';
import { refused } from './record-cutter.ts';

export interface Header {
  /** The name of each column, null for one that is not read. */
  columns: (string | null)[];
  warnings: Warning[];
}

/** Columns of a failed-rows file, which can be mended and sent again as it is. */
export const OWN_COLUMNS = ['_row', '_column', '_code', '_message'] as const;

/**
 * Finds the columns by name, in any case and with spaces for underscores. Errors: `validation` when a required column
 * is missing or one stands twice; both are found before the first row is looked at.
 */
export function readHeader(cells: readonly string[], target: Pick<ImportTarget, 'columns' | 'required'>): Header {
  const known = new Set(target.columns);
  const warnings: Warning[] = [];
  const seen = new Set<string>();
  const columns = cells.map((cell, index) => {
    const name = unguarded(cell).trim().toLowerCase().replaceAll(/\s+/g, '_');
    if ((OWN_COLUMNS as readonly string[]).includes(name)) return null;
    if (!known.has(name.split('.')[0]!) || /(?:^|\.)(?:__proto__|constructor|prototype)?(?:\.|$)/.test(name)) {
      const column = cell.trim().slice(0, 64).toWellFormed() || `(column ${index + 1})`;
      warnings.push({ column, code: 'unknown_field', message: 'Nobody reads this column.' });
      return null;
    }
    if (seen.has(name)) throw refused('duplicate', `The column ${name} stands twice in the first row.`);
    seen.add(name);
    return name;
  });
  const missing = target.required.filter((name) => !seen.has(name));
  if (missing.length > 0) {
    throw refused('required', `The first row must name the columns ${missing.join(', ')}; it does not.`);
  }
  return { columns, warnings: warnings.slice(0, 100) };
}

/** The fields of a row, by name; `a.b` columns become one field with parts. Empty cells say nothing. */
export function recordOf(cells: readonly string[], columns: readonly (string | null)[]): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (let index = 0; index < columns.length; index++) {
    const name = columns[index];
    const cell = cells[index]!;
    if (!name || cell === '') continue;
    const text = unguarded(cell);
    if (name.includes('.')) setPart(record, name.split('.'), text);
    else record[name] = text;
  }
  return record;
}

function setPart(record: Record<string, unknown>, path: readonly string[], text: string): void {
  let at = record;
  for (const part of path.slice(0, -1)) {
    const inner = at[part];
    at = at[part] = (typeof inner === 'object' && inner !== null ? inner : {}) as Record<string, unknown>;
  }
  at[path.at(-1)!] = text;
}

/** Full-width signs too: some spreadsheets read them like the narrow ones. */
const RISKY = /^'*[=+\-@\t\r\n＝＋－＠]/;
const GUARDED = /^'+[=+\-@\t\r\n＝＋－＠]/;

/** A cell that a spreadsheet would run as a formula gets an apostrophe in front; `unguarded` takes it away again. */
export function guarded(text: string): string {
  return RISKY.test(text) ? `'${text}` : text;
}

export function unguarded(cell: string): string {
  return cell.charCodeAt(0) === 39 && GUARDED.test(cell) ? cell.slice(1) : cell;
}

/** One line of CSV with its line end (RFC 4180). */
export function csvLine(cells: readonly string[], delimiter = ','): string {
  const quoted = cells.map((cell) => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  return `${quoted.join(delimiter)}\r\n`;
}
