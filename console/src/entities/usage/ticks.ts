// The marks of a chart's axes.

/** How many spaces between marks an axis has at most. */
const mostSpaces = 4;

/** Whole numbers from 0 to at least `most`, in equal steps of 1, 2 or 5 times a power of ten. `most`: at least 0. */
export function countTicks(most: number): readonly number[] {
  const least = Math.max(1, most / mostSpaces);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, at) => at * step);
}

/** The places of the steps whose labels fit: every step, or every second, third … one. */
export function labelledSteps(steps: number, width: number, labelWidth: number): readonly number[] {
  const every = Math.max(1, Math.ceil((steps * labelWidth) / Math.max(width, labelWidth)));
  return Array.from({ length: Math.ceil(steps / every) }, (_, at) => at * every);
}
