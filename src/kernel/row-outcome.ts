import { DomainError } from './errors.ts';

/** What became of one row of a batch: it is told, not thrown, so that one wrong row does not hold up the others. */
export type RowOutcome = { outcome: 'created' | 'updated' | 'unchanged' } | RefusedRow;

export interface RefusedRow {
  outcome: 'refused';
  column: string;
  code: string;
  message: string;
}

export function refusedRow(column: string, code: string, message: string): RefusedRow {
  return { outcome: 'refused', column, code, message };
}

/** A refusal of one row as its outcome; what is not a refusal is thrown on. */
export function refusedBy(error: unknown): RefusedRow {
  if (!(error instanceof DomainError)) throw error;
  const [detail] = error.details;
  return refusedRow(detail?.field ?? '', detail?.code ?? error.kind, error.message);
}

/**
 * The places of the rows in waves: a row whose key was taken by an earlier row of the batch comes in a later wave, so
 * that each wave has every key once and the last row of a key wins, as it does between batches.
 */
export function wavesOf<Row>(rows: readonly Row[], keysOf: (row: Row) => readonly string[]): number[][] {
  const waves: number[][] = [];
  const waveOfKey = new Map<string, number>();
  rows.forEach((row, place) => {
    const keys = keysOf(row);
    let wave = 0;
    for (const key of keys) wave = Math.max(wave, (waveOfKey.get(key) ?? -1) + 1);
    for (const key of keys) waveOfKey.set(key, wave);
    const places = waves[wave];
    if (places) places.push(place);
    else waves[wave] = [place];
  });
  return waves;
}

/** What is wrong with one value of one row; `row` is its index in the batch. */
export interface RowFinding {
  row: number;
  column: string;
  code: string;
  message: string;
}

/** Each row counts once: as created, updated, unchanged, or by its finding. */
export interface BatchOutcome {
  created: number;
  updated: number;
  unchanged: number;
  findings: RowFinding[];
}

export function batchOutcome(outcomes: readonly RowOutcome[]): BatchOutcome {
  const batch: BatchOutcome = { created: 0, updated: 0, unchanged: 0, findings: [] };
  outcomes.forEach((each, row) => {
    if (each.outcome !== 'refused') batch[each.outcome]++;
    else batch.findings.push({ row, column: each.column, code: each.code, message: each.message });
  });
  return batch;
}
