// The usage of an organization's keys, grouped for a chart or a table.
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client.ts';
import type { Environment } from '../../api/config.ts';
import type { Span } from './span.ts';

export interface UsageFilter extends Pick<Span, 'fromMs' | 'toMs'> {
  readonly api?: string;
  readonly environment?: Environment;
  readonly key?: string;
}

const freshMs = 15_000;

/**
 * Makes the query of the session API. `by`: `hour`, `day`, `key`, `api`, `environment`, `outcome`. Hours or days by
 * `key` need one key in the filter.
 */
export function toUsageQuery({ fromMs, toMs, ...filter }: UsageFilter, by: readonly string[]) {
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  return { ...filter, from, to, by: by.join(',') };
}

/** The sums of a span, grouped by `by` as in `toUsageQuery`. Refreshes itself. */
export function usageQuery(org: string, filter: UsageFilter, by: readonly string[]) {
  const query = toUsageQuery(filter, by);
  return queryOptions({
    queryKey: ['org', org, 'usage', query],
    queryFn: ({ signal }) => unwrap(api.GET('/api/orgs/{org}/usage', { params: { path: { org }, query }, signal })),
    refetchInterval: freshMs,
    placeholderData: keepPreviousData,
  });
}
