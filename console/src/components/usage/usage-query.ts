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

/** `by`: `hour`, `day`, `key`, `api`, `environment`, `outcome`; not hours or days of all keys. */
export function usageQuery(org: string, { fromMs, toMs, ...filter }: UsageFilter, by: readonly string[]) {
  const query = {
    ...filter,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    by: by.join(','),
  };
  return queryOptions({
    queryKey: ['org', org, 'usage', query],
    queryFn: ({ signal }) => unwrap(api.GET('/api/orgs/{org}/usage', { params: { path: { org }, query }, signal })),
    refetchInterval: freshMs,
    placeholderData: keepPreviousData,
  });
}
