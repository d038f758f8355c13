import { readFileSync } from 'node:fs';
import { create, type Font } from 'fontkit';

/** DejaVu Sans, which comes with the product: Latin, Greek, Cyrillic and more. Its licence lies beside it. */
export const FONT_FILE = readFileSync(new URL('./font/DejaVuSans.ttf', import.meta.url));

const font = create(FONT_FILE) as Font;

/** Scripts that run from right to left or join their letters, which the label does not lay out. */
const UNPLACED = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Cf}]/u;

/** The first character of a text that the label cannot print rightly, or null. */
export function unprintableIn(text: string): string | null {
  for (const letter of text) {
    if (UNPLACED.test(letter) || !font.hasGlyphForCodePoint(letter.codePointAt(0)!)) return letter;
  }
  return null;
}
