// What the pages about usage keep in their addresses.
import type { Environment } from '../../api/config.ts';
import { type Chosen, ranges, stepNames } from '../../entities/usage/span.ts';

const dimensionIds = ['org', 'key', 'api', 'outcome', 'status', 'route', 'address', 'country'] as const;
export type DimensionId = (typeof dimensionIds)[number];

export const tops = [10, 25, 50, 100] as const;

/** What the largest rows have the most of. */
export const ranks = ['count', 'refused', 'errors', 'billed'] as const;
export type Rank = (typeof ranks)[number];

export interface UsageSearch extends Chosen {
  /** The name of a time zone. Left out: the reader's. */
  readonly zone?: string;
  /** The id of a key. Left out: all. */
  readonly key?: string;
  /** A group of outcomes, or the reason of a denial. `outcomesOf` knows them. Left out: all. */
  readonly outcome?: string;
  readonly tag?: string;
  /** Left out: the first dimension of the page. */
  readonly by?: DimensionId;
  /** Left out: 25. */
  readonly top?: (typeof tops)[number];
  /** Left out: requests. */
  readonly rank?: Exclude<Rank, 'count'>;
  /** With the period before. */
  readonly compare?: true;
}

/** On the operator's page, which has no switches of API and environment. */
export interface OperatorUsageSearch extends UsageSearch {
  readonly org?: string;
  readonly api?: string;
  readonly environment?: Environment;
}

export function readUsageSearch(search: Record<string, unknown>): UsageSearch {
  const range = ranges.find((each) => each === search.range);
  const by = dimensionIds.find((each) => each === search.by);
  const step = stepNames.find((each) => each === search.step);
  const top = tops.find((each) => each === search.top);
  const rank = ranks.find((each) => each === search.rank);
  const { from, to, key, zone, tag, outcome } = search;
  const hasEnds = range === 'custom' && isLocalTime(from) && isLocalTime(to);
  return {
    ...(range !== undefined && (range !== 'custom' || hasEnds) && { range }),
    ...(hasEnds && { from: String(from), to: String(to) }),
    ...(step !== undefined && { step }),
    ...(typeof zone === 'string' && isZone(zone) && { zone }),
    ...(typeof key === 'string' && { key }),
    ...(typeof outcome === 'string' && /^[a-z_]{3,40}$/.test(outcome) && { outcome }),
    ...((typeof tag === 'string' || typeof tag === 'number') && tag !== '' && { tag: String(tag).slice(0, 100) }),
    ...(by !== undefined && { by }),
    ...(top !== undefined && { top }),
    ...(rank !== undefined && rank !== 'count' && { rank }),
    ...(search.compare === true && { compare: true }),
  };
}

export function readOperatorUsageSearch(search: Record<string, unknown>): OperatorUsageSearch {
  const { org, api, environment } = search;
  return {
    ...readUsageSearch(search),
    ...(typeof org === 'string' && { org }),
    ...(typeof api === 'string' && { api }),
    ...((environment === 'live' || environment === 'test') && { environment }),
  };
}

/** A day or a minute. */
function isLocalTime(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$/.test(value) && !Number.isNaN(Date.parse(value));
}

function isZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
