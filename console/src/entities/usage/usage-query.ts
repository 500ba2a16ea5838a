// The usage of an organization's keys, or of all keys for the operator, grouped for a chart or a table.
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client.ts';
import type { Environment } from '../../api/config.ts';
import type { components, operations } from '../../api/schema.ts';
import type { Span } from './span.ts';

type ReportQuery = NonNullable<operations['getOperatorUsage']['parameters']['query']>;
type Answer = components['schemas']['OperatorUsage'];

export interface UsageFilter extends Pick<Span, 'from' | 'to' | 'zone'> {
  /** Only for the operator. */
  readonly org?: string;
  readonly api?: string;
  readonly environment?: Environment;
  readonly key?: string;
  /** Outcomes, separated by commas. */
  readonly outcome?: string;
  readonly tag?: string;
}

/** How to group: `by` has names of the API. Left out `top`: all groups. */
export interface Grouping extends Pick<ReportQuery, 'top' | 'topBy'> {
  readonly by: readonly string[];
  readonly compare?: boolean;
}

const freshMs = 15_000;
/** Rows of a page, and pages that a chart reads at most. A file reads all. */
const pageRows = 1_000;
const mostPages = 20;

/** Makes the query of the session API. */
export function toUsageQuery({ zone, ...filter }: UsageFilter, { by, compare = false, ...grouping }: Grouping) {
  return { ...filter, timeZone: zone, by: by.join(','), ...(compare && { compare: 'before' as const }), ...grouping };
}

/** Reads all pages. `org`: `undefined` for the operator, across organizations. */
export async function readUsage(
  org: string | undefined,
  filter: UsageFilter,
  grouping: Grouping,
  { signal, pages = mostPages }: { readonly signal?: AbortSignal; readonly pages?: number } = {},
): Promise<Answer> {
  const query = { ...toUsageQuery(filter, grouping), ...(grouping.top === undefined && { limit: pageRows }) };
  const read = async (cursor: string | null) => {
    const paged = { ...query, ...(cursor !== null && { cursor }) };
    const options = signal === undefined ? {} : { signal };
    if (org === undefined) {
      return unwrap(api.GET('/api/operator/usage', { params: { query: paged }, ...options }));
    }
    const { org: _, ...ofOrg } = paged;
    return unwrap(api.GET('/api/orgs/{org}/usage', { params: { path: { org }, query: ofOrg }, ...options }));
  };
  const answer = await read(null);
  const data = [...answer.data];
  let cursor = answer.nextCursor ?? null;
  for (let page = 1; cursor !== null && page < pages; page++) {
    const next = await read(cursor);
    data.push(...next.data);
    cursor = next.nextCursor ?? null;
  }
  return { ...answer, data, nextCursor: cursor };
}

/** The sums of a span. Refreshes itself. `org` as in `readUsage`. */
export function usageQuery(org: string | undefined, filter: UsageFilter, grouping: Grouping) {
  const query = toUsageQuery(filter, grouping);
  return queryOptions({
    queryKey: org === undefined ? ['operator', 'usage', query] : ['org', org, 'usage', query],
    queryFn: ({ signal }) => readUsage(org, filter, grouping, { signal }),
    refetchInterval: freshMs,
    placeholderData: keepPreviousData,
  });
}
