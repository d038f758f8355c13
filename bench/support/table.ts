/** One line of the result: what was measured, against what, and whether the goal was met. */
export interface ResultRow {
  work: string;
  baseline: string;
  ours: string;
  ratio: string;
  goal: string;
  /** Null when nothing is judged. */
  met: boolean | null;
  /** Lines below the table: latencies, processor time, what the number means. */
  notes?: readonly string[];
}

const HEAD = ['work', 'baseline/s', 'ours/s', 'ratio', 'goal', 'met'];

/** The table as text, with every column as wide as its widest cell. */
export function renderTable(rows: readonly ResultRow[], judged: boolean): string {
  const lines = [HEAD, ...rows.map((row) => cellsOf(row, judged))];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const text = lines.map((line) => `| ${line.map((cell, column) => pad(cell, widths[column]!, column)).join(' | ')} |`);
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [text[0], rule, ...text.slice(1)].join('\n');
}

function cellsOf(row: ResultRow, judged: boolean): string[] {
  const met = row.met === null || !judged ? '–' : row.met ? 'yes' : 'NO';
  return [row.work, row.baseline, row.ours, row.ratio, row.goal, met];
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/** 12,345 or 12.3. */
export function number(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(1);
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}
