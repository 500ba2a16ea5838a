// What the usage page keeps in its address.
import { type Chosen, ranges } from '../../entities/usage/span.ts';

export const breakdowns = ['key', 'outcome', 'status', 'api'] as const;
export type Breakdown = (typeof breakdowns)[number];

export interface UsageSearch extends Chosen {
  /** The id of a key. Left out: all. */
  readonly key?: string;
  /** Left out: by key. */
  readonly by?: Breakdown;
}

export function readUsageSearch(search: Record<string, unknown>): UsageSearch {
  const range = ranges.find((each) => each === search.range);
  const by = breakdowns.find((each) => each === search.by);
  const { from, to, key } = search;
  const hasDays = range === 'custom' && isDay(from) && isDay(to);
  return {
    ...(range !== undefined && (range !== 'custom' || hasDays) && { range }),
    ...(hasDays && { from: String(from), to: String(to) }),
    ...(typeof key === 'string' && { key }),
    ...(by !== undefined && { by }),
  };
}

function isDay(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));
}
