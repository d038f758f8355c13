import { isUtf8 } from 'node:buffer';
import { DomainError } from '#kernel/errors.ts';

/** A longer record is refused before it is held in memory; a cell of the largest field fits many times. */
export const MAX_RECORD_BYTES = 1024 * 1024;

/** One record of a file: a line of NDJSON, or a row of CSV, which may have line breaks in its cells. */
export interface FileRecord<Content> {
  /** As a spreadsheet counts: the first record of the file is 1, empty ones count. */
  row: number;
  /** Where the record behind it begins. */
  end: number;
  content: Content;
}

/** Where a record ends in `bytes`, and what it holds; null when its end has not arrived. */
export type Cut<Content> = { end: number; content: Content | null } | null;

/** A place in a file between two records, where reading can go on after a pause. */
export interface FilePlace {
  byte: number;
  row: number;
}

export const FILE_START: FilePlace = { byte: 0, row: 0 };

/**
 * Cuts bytes that arrive in chunks into records. It holds one unfinished record at most, of at most 1 MB, and checks that
 * all of it is UTF-8. What is wrong with a file as such is refused with the row and the byte: `validation`.
 */
export abstract class RecordCutter<Content> {
  #rest: Buffer = Buffer.alloc(0);
  /** Of the first byte of `#rest`. */
  #byte: number;
  #row: number;

  constructor(place: FilePlace = FILE_START) {
    this.#byte = place.byte;
    this.#row = place.row;
  }

  /** The records that are whole now. */
  push(chunk: Buffer): FileRecord<Content>[] {
    return this.#take(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]), false);
  }

  /** The last record, which needs no line end. */
  end(): FileRecord<Content>[] {
    return this.#take(this.#rest, true);
  }

  /** Finds the record that begins at `start`; `content` is null for one that says nothing (an empty line). */
  protected abstract cut(bytes: Buffer, start: number, isEnd: boolean): Cut<Content>;

  #take(bytes: Buffer, isEnd: boolean): FileRecord<Content>[] {
    const records: FileRecord<Content>[] = [];
    // Nothing is cut before it is known whether the first bytes are a mark.
    if (this.#byte === 0 && bytes.length < 3 && !isEnd) {
      this.#rest = bytes;
      return records;
    }
    let start = this.#byte === 0 ? markOf(bytes) : 0;
    const first = start;
    while (start < bytes.length) {
      const cut = this.cut(bytes, start, isEnd);
      if (!cut) break;
      if (cut.end - start > MAX_RECORD_BYTES) throw this.#tooLong(start);
      this.#row++;
      if (cut.content !== null) records.push({ row: this.#row, end: this.#byte + cut.end, content: cut.content });
      start = cut.end;
    }
    if (!isUtf8(bytes.subarray(first, start))) throw this.#notUtf8(bytes, start);
    if (bytes.length - start > MAX_RECORD_BYTES) throw this.#tooLong(start);
    this.#rest = bytes.subarray(start);
    this.#byte += start;
    return records;
  }

  /** What is wrong with the record that begins at `start`. */
  protected fault(start: number, code: string, message: string): DomainError {
    return refused(code, `Row ${this.#row + 1}, which begins at byte ${this.#byte + start}: ${message}`);
  }

  #tooLong(start: number): DomainError {
    return this.fault(start, 'too_long', 'the record is longer than 1 MB; is a quote not closed?');
  }

  /** Looks for the first byte that no UTF-8 text has there. */
  #notUtf8(bytes: Buffer, end: number): DomainError {
    let good = 0;
    let bad = end;
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      if (isUtf8Prefix(bytes.subarray(0, middle))) good = middle;
      else bad = middle;
    }
    const before = bytes.subarray(0, good);
    const rows = this.#row - countLines(bytes.subarray(0, end)) + countLines(before) + 1;
    return refused(
      'encoding',
      `Byte ${this.#byte + good} of the file, in or near row ${rows}, is not UTF-8; save the file as UTF-8.`,
    );
  }
}

/** UTF-8 may begin with a byte order mark; UTF-16 shows by its own, or by zero bytes. */
function markOf(bytes: Buffer): number {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 3;
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16 || bytes[0] === 0 || bytes[1] === 0) {
    throw refused('encoding', 'The file is UTF-16 (row 1, byte 0); save it as UTF-8.');
  }
  return 0;
}

/** Whether `bytes` is the beginning of some UTF-8 text: its last character may be cut off. */
function isUtf8Prefix(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

/** A file that cannot be read as such. */
export function refused(code: string, message: string): DomainError {
  return new DomainError('validation', message, { details: [{ field: 'file', code, message }] });
}
