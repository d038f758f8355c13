import { inflateSync } from 'node:zlib';
import { BinaryBitmap, Code128Reader, GlobalHistogramBinarizer, RGBLuminanceSource } from '@zxing/library';

/** A filled rectangle in points: left, top, width, height. */
export type Bar = [left: number, top: number, width: number, height: number];

/** One page of a PDF as its content stream draws it. */
export interface ReadPage {
  /** What is written, line by line, as the font's own map to Unicode reads it. */
  lines: string[];
  bars: Bar[];
}

/** Reads a PDF of one font back from its bytes: what a viewer would draw, without a viewer. */
export function readPdf(pdf: Buffer): ReadPage[] {
  const streams = streamsOf(pdf);
  const map = streams.find((stream) => stream.includes('begincmap'))!;
  // A ligature stands for several letters, parted by a blank.
  const letters = [...map.matchAll(/\[((?:<[0-9a-f ]*>\s*)+)\]/g)]
    .flatMap((range) => [...range[1]!.matchAll(/<([0-9a-f ]*)>/g)])
    .map(([, hex]) => Buffer.from(hex!.replaceAll(' ', ''), 'hex').swap16().toString('utf16le'));
  return streams.filter((stream) => stream.includes('BT\n')).map((content) => readPage(content, letters));
}

function readPage(content: string, letters: readonly string[]): ReadPage {
  const lines = [...content.matchAll(/^\[(.*)\] TJ$/gm)].map(([, parts]) =>
    [...parts!.matchAll(/<([0-9a-f]*)>/g)]
      .flatMap(([, hex]) => hex!.match(/.{4}/g) ?? [])
      .map((glyph) => letters[Number.parseInt(glyph, 16)])
      .join(''),
  );
  const bars = [...content.matchAll(/^([\d.-]+) ([\d.-]+) ([\d.-]+) ([\d.-]+) re$/gm)].map(
    (match) => match.slice(1).map(Number) as Bar,
  );
  return { lines, bars };
}

function streamsOf(pdf: Buffer): string[] {
  const text = pdf.toString('latin1');
  return [...text.matchAll(/\bstream\r?\n/g)].flatMap((match) => {
    const start = match.index + match[0].length;
    try {
      return [inflateSync(pdf.subarray(start, text.indexOf('endstream', start))).toString('latin1')];
    } catch {
      return [];
    }
  });
}

const PIXELS_PER_POINT = 8;
const ROWS = 40;

/** What a scanner reads from the bars of a page that is `width` points wide. Throws when it reads nothing. */
export function scan(bars: readonly Bar[], width: number): string {
  const columns = width * PIXELS_PER_POINT;
  const row = new Uint8ClampedArray(columns).fill(255);
  for (const [left, , wide] of bars) {
    row.fill(0, Math.round(left * PIXELS_PER_POINT), Math.round((left + wide) * PIXELS_PER_POINT));
  }
  const pixels = new Uint8ClampedArray(columns * ROWS);
  for (let line = 0; line < ROWS; line++) pixels.set(row, line * columns);
  const bitmap = new BinaryBitmap(new GlobalHistogramBinarizer(new RGBLuminanceSource(pixels, columns, ROWS)));
  return new Code128Reader().decode(bitmap).getText();
}
