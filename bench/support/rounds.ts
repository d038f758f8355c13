/** Measurements of two contenders in turn (A B A B …), so that whatever else the machine does hits both alike. */
export interface Duel<Measurement> {
  baseline: Measurement;
  ours: Measurement;
}

/**
 * Runs `rounds` rounds of both and answers, for each, its median round.
 * @param valueOf the number that rounds are ordered by
 */
export async function duel<Measurement>(
  rounds: number,
  measure: { baseline: () => Promise<Measurement>; ours: () => Promise<Measurement> },
  valueOf: (measurement: Measurement) => number,
): Promise<Duel<Measurement>> {
  const baseline: Measurement[] = [];
  const ours: Measurement[] = [];
  for (let round = 0; round < rounds; round++) {
    baseline.push(await measure.baseline());
    ours.push(await measure.ours());
  }
  return { baseline: median(baseline, valueOf), ours: median(ours, valueOf) };
}

export function median<Measurement>(
  values: readonly Measurement[],
  valueOf: (value: Measurement) => number,
): Measurement {
  const sorted = [...values].sort((a, b) => valueOf(a) - valueOf(b));
  return sorted[(sorted.length - 1) >> 1]!;
}

/** The value below which `share` of the numbers are. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
