/** Measurements of two contenders in turn (A B A B …), so that whatever else the machine does hits both alike. */
export interface Duel<Measurement> {
  baseline: Measurement;
  ours: Measurement;
}

/**
 * Runs `rounds` rounds of both and answers, for each, its median round.
 * @param rateOf the number that rounds are ordered by
 */
export async function duel<Measurement>(
  rounds: number,
  measure: { baseline: () => Promise<Measurement>; ours: () => Promise<Measurement> },
  rateOf: (measurement: Measurement) => number,
): Promise<Duel<Measurement>> {
  const baseline: Measurement[] = [];
  const ours: Measurement[] = [];
  for (let round = 0; round < rounds; round++) {
    baseline.push(await measure.baseline());
    ours.push(await measure.ours());
  }
  return { baseline: median(baseline, rateOf), ours: median(ours, rateOf) };
}

export function median<Measurement>(
  values: readonly Measurement[],
  rateOf: (value: Measurement) => number,
): Measurement {
  const sorted = [...values].sort((a, b) => rateOf(a) - rateOf(b));
  return sorted[(sorted.length - 1) >> 1]!;
}

/** The value below which `share` of the numbers are. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
