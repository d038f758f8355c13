import { type Cut, type FilePlace, RecordCutter } from './record-cutter.ts';

const QUOTE = 34;
const LINE_FEED = 10;
const RETURN = 13;

export const DELIMITERS = [',', ';', '\t'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/**
 * CSV as RFC 4180 has it, with LF or CR LF: a quoted cell may hold line breaks, the delimiter, and quotes written twice. A
 * quote inside a cell that does not begin with one stands for itself. Most rows hold no quote and are split in one go.
 */
export class CsvCutter extends RecordCutter<string[]> {
  readonly #delimiter: Delimiter;
  readonly #delimiterByte: number;

  constructor(delimiter: Delimiter, place?: FilePlace) {
    super(place);
    this.#delimiter = delimiter;
    this.#delimiterByte = delimiter.charCodeAt(0);
  }

  /** Of the chunk at hand: where its next quote is, so that rows without one are not searched again. */
  #quote = -1;
  #searched: Buffer | null = null;

  protected override cut(bytes: Buffer, start: number, isEnd: boolean): Cut<string[]> {
    const lineEnd = bytes.indexOf(LINE_FEED, start);
    if (lineEnd === -1 && !isEnd) return null;
    const end = lineEnd === -1 ? bytes.length : lineEnd;
    if (this.#nextQuote(bytes, start) < end) return this.#cutQuoted(bytes, start, isEnd);
    const last = bytes[end - 1] === RETURN && end > start ? end - 1 : end;
    const after = lineEnd === -1 ? end : end + 1;
    if (last === start) return { end: after, content: null };
    return { end: after, content: bytes.toString('utf8', start, last).split(this.#delimiter) };
  }

  #nextQuote(bytes: Buffer, start: number): number {
    if (this.#searched !== bytes || this.#quote < start) {
      const found = bytes.indexOf(QUOTE, start);
      this.#quote = found === -1 ? Number.POSITIVE_INFINITY : found;
      this.#searched = bytes;
    }
    return this.#quote;
  }

  #cutQuoted(bytes: Buffer, start: number, isEnd: boolean): Cut<string[]> {
    const cells: string[] = [];
    for (let at = start; ; ) {
      const cell = bytes[at] === QUOTE ? quotedCell(bytes, at) : this.#plainCell(bytes, at);
      if (!isEnd && (!cell || cell.end === bytes.length)) return null;
      if (!cell) {
        throw this.fault(start, 'format', `the file ends inside cell ${cells.length + 1}, whose quote is not closed.`);
      }
      cells.push(cell.text);
      const next = bytes[cell.end];
      if (next === undefined) return { end: cell.end, content: cells };
      if (next === LINE_FEED) return { end: cell.end + 1, content: cells };
      if (next === RETURN && cell.end + 1 === bytes.length && !isEnd) return null;
      if (next === RETURN && (bytes[cell.end + 1] ?? LINE_FEED) === LINE_FEED) {
        return { end: Math.min(cell.end + 2, bytes.length), content: cells };
      }
      if (next !== this.#delimiterByte) {
        const problem = `text follows the closing quote of cell ${cells.length}; write quotes in a cell twice.`;
        throw this.fault(start, 'format', problem);
      }
      at = cell.end + 1;
      if (at === bytes.length && !isEnd) return null;
    }
  }

  #plainCell(bytes: Buffer, start: number): { text: string; end: number } {
    let end = start;
    while (end < bytes.length && bytes[end] !== this.#delimiterByte && bytes[end] !== LINE_FEED) end++;
    const isLineEnd = bytes[end] !== this.#delimiterByte && bytes[end - 1] === RETURN && end > start;
    const last = isLineEnd ? end - 1 : end;
    return { text: bytes.toString('utf8', start, last), end: isLineEnd ? last : end };
  }
}

function quotedCell(bytes: Buffer, start: number): { text: string; end: number } | null {
  for (let at = start + 1; ; at += 2) {
    at = bytes.indexOf(QUOTE, at);
    if (at === -1) return null;
    if (bytes[at + 1] === QUOTE) continue;
    return { text: bytes.toString('utf8', start + 1, at).replaceAll('""', '"'), end: at + 1 };
  }
}

/** The delimiter of a file, by the first of the usual ones in its first line outside quotes. */
export function delimiterOf(firstLine: string): Delimiter {
  const outside = firstLine.replaceAll(/"(?:[^"]|"")*"?/g, '');
  const found = [...outside].find((character) => (DELIMITERS as readonly string[]).includes(character));
  return (found as Delimiter | undefined) ?? ',';
}
