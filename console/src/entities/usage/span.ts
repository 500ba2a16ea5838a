// The time that a page shows, and its steps.

export const ranges = ['24h', '7d', '30d', 'custom'] as const;
export type Range = (typeof ranges)[number];

export interface Chosen {
  /** Left out: 7 days. */
  readonly range?: Range;
  /** UTC days such as `2026-11-21`, both included. Only with `custom`. */
  readonly from?: string;
  readonly to?: string;
}

export interface Span {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly step: 'hour' | 'day';
}

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** The longest span of one answer of the API. */
const longestDays = 92;
/** The longest span that a chart can show in hours. */
const hoursUpToDays = 2;

/** Returns whole hours or whole UTC days, so that no step is cut. The current one is the last. */
export function spanOf({ range = '7d', from, to }: Chosen, nowMs: number): Span {
  if (range === 'custom' && from !== undefined && to !== undefined) return customSpan(Date.parse(from), Date.parse(to));
  if (range === '24h') {
    const toMs = nowMs - (nowMs % hourMs) + hourMs;
    return { fromMs: toMs - dayMs, toMs, step: 'hour' };
  }
  const toMs = nowMs - (nowMs % dayMs) + dayMs;
  return { fromMs: toMs - (range === '30d' ? 30 : 7) * dayMs, toMs, step: 'day' };
}

/** Takes the days in either order. A span that is too long keeps its last days. */
function customSpan(one: number, other: number): Span {
  const toMs = Math.max(one, other) + dayMs;
  const fromMs = Math.max(Math.min(one, other), toMs - longestDays * dayMs);
  return { fromMs, toMs, step: toMs - fromMs <= hoursUpToDays * dayMs ? 'hour' : 'day' };
}
