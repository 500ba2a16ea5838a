// GET /api/orgs/{org}/keys: a page of keys, with what a list shows of each.
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../../api/client.ts';
import type { components, operations } from '../../../api/schema.ts';

export type KeyRow = components['schemas']['KeyRow'];
export type KeyListQuery = NonNullable<operations['listOrgKeys']['parameters']['query']>;

/** Beginning of the names of all queries about keys of the organization: what changes a key invalidates them. */
export function keysQueryKey(org: string) {
  return ['org', org, 'keys'] as const;
}

/** What is shown stays while the next page is on its way. */
export function keyListQuery(org: string, query: KeyListQuery) {
  return queryOptions({
    queryKey: [...keysQueryKey(org), 'list', query],
    queryFn: () => unwrap(api.GET('/api/orgs/{org}/keys', { params: { path: { org }, query } })),
    placeholderData: keepPreviousData,
  });
}
