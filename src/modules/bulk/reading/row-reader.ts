import type { ErrorDetail } from '#kernel/errors.ts';
import type { FailedRow, Problem } from '../failed-rows.ts';
import type { ImportTarget } from '../target.ts';
import type { Import } from '../transfer.ts';
import { CsvCutter, type Delimiter } from './csv-cutter.ts';
import { recordOf } from './csv-rows.ts';
import { LineCutter } from './line-cutter.ts';
import type { FilePlace, FileRecord, RecordCutter } from './record-cutter.ts';

/** A row whose fields are all well-formed. */
export interface GoodRow {
  row: number;
  content: FailedRow['content'];
  value: unknown;
}

/** Some rows that stand behind one another in the file. */
export interface RowBatch {
  good: GoodRow[];
  failed: FailedRow[];
  /** By which the good rows find what they are about, when they were asked for. */
  keys?: ReadonlySet<string>;
  /** Where the next batch begins. */
  place: FilePlace;
}

/** What of a value is given back; a longer one is in the row itself. */
const VALUE_CHARACTERS = 200;

/** Rows of a file from its checkpoint on, in batches, each field read by the field types of the API. */
export async function* readBatches(
  chunks: AsyncIterable<Buffer>,
  transfer: Import,
  target: ImportTarget,
  batchRows: number,
): AsyncIterable<RowBatch> {
  const { format, position, settings } = transfer;
  const cutter: RecordCutter<string[] | string> =
    format === 'csv' ? new CsvCutter(settings.delimiter as Delimiter, position) : new LineCutter(position);
  let batch: RowBatch = { good: [], failed: [], place: position };
  let isHeader = format === 'csv' && position.byte === 0;
  function* take(records: readonly FileRecord<string[] | string>[]) {
    for (const record of records) {
      if (!isHeader) readRow(record, transfer, target, batch);
      isHeader = false;
      batch.place = { byte: record.end, row: record.row };
      if (batch.good.length + batch.failed.length < batchRows) continue;
      yield batch;
      batch = { good: [], failed: [], place: batch.place };
    }
  }
  for await (const chunk of chunks) yield* take(cutter.push(chunk));
  yield* take(cutter.end());
  if (batch.good.length + batch.failed.length > 0) yield batch;
}

function readRow(record: FileRecord<string[] | string>, transfer: Import, target: ImportTarget, batch: RowBatch): void {
  const { row, content } = record;
  const fields = typeof content === 'string' ? fieldsOfLine(content) : fieldsOfCells(content, transfer);
  if ('errors' in fields) {
    batch.failed.push({ row, content, problems: fields.errors.map((error) => problemOf(error, null)) });
    return;
  }
  const result = target.read(fields.value, transfer.format === 'csv' ? 'text' : 'json');
  if ('value' in result) batch.good.push({ row, content, value: result.value });
  else batch.failed.push({ row, content, problems: result.errors.map((error) => problemIn(record, transfer, error)) });
}

type Fields = { value: Record<string, unknown> } | { errors: ErrorDetail[] };

function fieldsOfCells(cells: readonly string[], { settings }: Import): Fields {
  const { columns } = settings;
  if (cells.length === columns.length) return { value: recordOf(cells, columns) };
  const message = `The row has ${cells.length} cells, the first row names ${columns.length} columns.`;
  return { errors: [{ field: '', code: 'format', message }] };
}

function fieldsOfLine(line: string): Fields {
  try {
    const { _row, _problems, ...value } = JSON.parse(line);
    if (typeof value === 'object' && line.startsWith('{')) return { value };
  } catch {
    // Told below: what exactly the parser dislikes would repeat parts of the line.
  }
  return { errors: [{ field: '', code: 'format', message: 'Each line must be one JSON object.' }] };
}

/** What is wrong with a row, with the value that was sent. */
export function problemIn(
  { content }: Pick<GoodRow, 'content'>,
  { settings }: Import,
  { field, code, message }: ErrorDetail,
): Problem {
  const name = field.replace(/\[.*$/, '');
  let value: unknown = null;
  if (typeof content === 'string') value = (JSON.parse(content) as Record<string, unknown>)[name.split('.')[0]!];
  else {
    const exact = settings.columns.indexOf(name);
    value = content[exact === -1 ? settings.columns.indexOf(name.split('.')[0]!) : exact];
  }
  return problemOf({ field, code, message }, value);
}

function problemOf({ field, code, message }: ErrorDetail, value: unknown): Problem {
  const text = textOf(value);
  return { column: field, value: text === null ? null : text.slice(0, VALUE_CHARACTERS).toWellFormed(), code, message };
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value);
  } catch {
    // Lists in lists in lists can be read deeper than they can be written; one such row must not end the import.
    return null;
  }
}
