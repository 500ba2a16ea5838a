// Medians of interleaved rounds, and ratios between them with their spread.

/**
 * Runs each of `works` once as a warm-up, then `rounds` times in turn (A B C, A B C …), so that a disturbance affects
 * all alike. Resolves to the results of each, round by round.
 */
export async function interleave<Result>(
  works: readonly (() => Result | Promise<Result>)[],
  rounds: number,
): Promise<Result[][]> {
  for (const work of works) await work();
  const results: Result[][] = works.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [at, work] of works.entries()) results[at]?.push(await work());
  }
  return results;
}

/** A ratio of two series, computed for each round, so that a slow period of the machine affects both sides. */
export interface Ratio {
  readonly median: number;
  /** The lower and upper quartile. */
  readonly low: number;
  readonly high: number;
}

export function ratioOf(numerators: readonly number[], denominators: readonly number[]): Ratio {
  const ratios = numerators.map((numerator, round) => numerator / (denominators[round] as number));
  return { median: quantile(ratios, 0.5), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Interpolates linearly. `values` must not be empty. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}
