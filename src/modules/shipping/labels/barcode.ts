import bwip from 'bwip-js/node';

/** Empty modules that a scanner needs on either side of a Code 128 symbol. */
export const QUIET_MODULES = 10;

/** A Code 128 symbol: widths of bars and spaces in modules, a bar first. */
export interface Barcode {
  widths: readonly number[];
  /** Their sum, without the quiet zones. */
  modules: number;
}

/** The Code 128 symbol of a text of ASCII characters. */
export function code128(text: string): Barcode {
  const [symbol] = bwip.raw({ bcid: 'code128', text }) as unknown as { sbs: number[] }[];
  const widths = symbol!.sbs;
  return { widths, modules: widths.reduce((sum, width) => sum + width, 0) };
}
