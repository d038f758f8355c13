import { type Cut, RecordCutter } from './record-cutter.ts';

const LINE_FEED = 10;

/** One JSON document a line (NDJSON); LF or CR LF. What stands in the line is read later, so that a bad line is one bad row. */
export class LineCutter extends RecordCutter<string> {
  protected override cut(bytes: Buffer, start: number, isEnd: boolean): Cut<string> {
    const lineEnd = bytes.indexOf(LINE_FEED, start);
    if (lineEnd === -1 && !isEnd) return null;
    const end = lineEnd === -1 ? bytes.length : lineEnd;
    const text = bytes.toString('utf8', start, end).trim();
    return { end: lineEnd === -1 ? end : end + 1, content: text === '' ? null : text };
  }
}
