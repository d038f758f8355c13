import { code128, QUIET_MODULES } from './barcode.ts';
import type { LabelPage } from './label.ts';

/** 4 × 6 inches at 203 dots an inch. */
const PAGE = { width: 812, height: 1218 };
const MARGIN = 34;
const WIDTH = PAGE.width - 2 * MARGIN;
const MODULE_MAX = 3;

/**
 * The labels in ZPL II, one format each. Text is UTF-8 (^CI28) in the printer's own Swiss 721, and every character that
 * ZPL itself reads is written in hexadecimal (^FH), so that no address can give the printer a command.
 */
export function labelZpl(pages: readonly LabelPage[]): string {
  return pages.map(format).join('');
}

function format(page: LabelPage): string {
  const { modules } = code128(page.trackingNumber);
  const module = Math.min(MODULE_MAX, Math.max(1, Math.floor(PAGE.width / (modules + 2 * QUIET_MODULES))));
  const left = Math.max(0, Math.floor((PAGE.width - modules * module) / 2));
  return `${[
    '^XA',
    '^CI28',
    '^CWZ,E:TT0003M_.TTF',
    `^PW${PAGE.width}^LL${PAGE.height}^LH0,0`,
    block(30, 60, 1, [page.carrier]),
    rule(104),
    ...linesFrom(116, 24, 10, ['From', ...page.from]),
    rule(350),
    ...linesFrom(364, 40, 9, ['To', ...page.to]),
    rule(736),
    ...linesFrom(748, 24, 2, page.facts),
    ...linesFrom(806, 20, 5, page.customs),
    // Mode A lets the printer choose the subsets; the number is written below the bars.
    `^FO${left},920^BY${module},3,180^BCN,180,Y,N,N,A^FD${page.trackingNumber}^FS`,
    block(1160, 22, 1, [page.shipmentId]),
    '^XZ',
  ].join('\n')}\n`;
}

/** Lines below each other in one block of at most `most` lines; the printer wraps what is too long. */
function linesFrom(top: number, size: number, most: number, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const room = size * 1.1 * most;
  const needed = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(([...line].length * size * 0.55) / WIDTH)), 0);
  const fitting = needed > most ? Math.max(10, Math.floor(room / needed / 1.1)) : size;
  return [block(top, fitting, Math.max(most, needed), lines)];
}

function block(top: number, size: number, most: number, lines: readonly string[]): string {
  return `^FO${MARGIN},${top}^AZN,${size},${size}^FB${WIDTH},${most},0,L^FH_^FD${lines.map(escapeText).join('\\&')}^FS`;
}

function rule(top: number): string {
  return `^FO${MARGIN},${top}^GB${WIDTH},2,2^FS`;
}

/** `^` and `~` begin commands, `_` begins a hexadecimal byte, and `\` means something in a block of lines. */
function escapeText(text: string): string {
  return text
    .replace(/[\^~_]/g, (sign) => `_${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('\\', '\\\\');
}
