import type { ImportTarget } from '../target.ts';
import type { Format, ImportSettings } from '../transfer.ts';
import { CsvCutter, delimiterOf } from './csv-cutter.ts';
import { readHeader } from './csv-rows.ts';
import { LineCutter } from './line-cutter.ts';
import { MAX_RECORD_BYTES, type RecordCutter, refused } from './record-cutter.ts';

const LINE_FEED = 10;

/**
 * Looks at a file while it is being received: encoding, length of records, quotes and header. What is wrong with the
 * file as a whole is refused before it is stored, and a job never meets it.
 */
export interface Inspector {
  /** Errors: `validation`, with the row and the byte. */
  look(chunk: Buffer): void;
  /** Errors: `validation`. */
  finish(): { rowsTotal: number; settings: ImportSettings };
}

export function createInspector(format: Format, target: ImportTarget): Inspector {
  return format === 'csv' ? csvInspector(target) : lineInspector();
}

function lineInspector(): Inspector {
  const cutter = new LineCutter();
  let rowsTotal = 0;
  return {
    look: (chunk) => {
      rowsTotal += cutter.push(chunk).length;
    },
    finish() {
      rowsTotal += cutter.end().length;
      return { rowsTotal: notNone(rowsTotal), settings: { columns: [], delimiter: '', warnings: [] } };
    },
  };
}

function csvInspector(target: ImportTarget): Inspector {
  let first: Buffer[] = [];
  let cutter: CsvCutter | undefined;
  let settings: ImportSettings | undefined;
  let rowsTotal = 0;

  function take(records: ReturnType<RecordCutter<string[]>['push']>): void {
    rowsTotal += records.length;
    if (settings || !records[0]) return;
    rowsTotal -= 1;
    settings = { ...readHeader(records[0].content, target), delimiter };
  }
  let delimiter = '';
  /** The delimiter shows in the first line. */
  function begin(): CsvCutter {
    const bytes = Buffer.concat(first);
    first = [];
    const found = delimiterOf(bytes.toString('utf8', 0, Math.min(bytes.length, MAX_RECORD_BYTES)).split('\n')[0]!);
    delimiter = found;
    cutter = new CsvCutter(found);
    take(cutter.push(bytes));
    return cutter;
  }

  return {
    look(chunk) {
      if (cutter) return take(cutter.push(chunk));
      first.push(chunk);
      const size = first.reduce((sum, each) => sum + each.length, 0);
      if (chunk.includes(LINE_FEED) || size > MAX_RECORD_BYTES) begin();
    },
    finish() {
      take((cutter ?? begin()).end());
      if (!settings) throw refused('required', 'The file is empty; its first row must name the columns.');
      return { rowsTotal: notNone(rowsTotal), settings };
    },
  };
}

function notNone(rows: number): number {
  if (rows === 0) throw refused('too_few', 'The file has no rows.');
  return rows;
}
