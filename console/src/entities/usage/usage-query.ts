// Usage of an organization's keys, added up along what a chart or a table shows.
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

/** As the session API takes it. `by`: `hour`, `day`, `key`, `api`, `environment`, `outcome`; not hours or days of all keys. */
export function toUsageQuery({ fromMs, toMs, ...filter }: UsageFilter, by: readonly string[]) {
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  return { ...filter, from, to, by: by.join(',') };
}

export function usageQuery(org: string, filter: UsageFilter, by: readonly string[]) {
  const query = toUsageQuery(filter, by);
  return queryOptions({
    queryKey: ['org', org, 'usage', query],
    queryFn: ({ signal }) => unwrap(api.GET('/api/orgs/{org}/usage', { params: { path: { org }, query }, signal })),
    refetchInterval: freshMs,
    placeholderData: keepPreviousData,
  });
}
