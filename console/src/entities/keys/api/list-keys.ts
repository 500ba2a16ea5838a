// GET /api/orgs/{org}/keys returns a page of the list of keys.
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../../api/client.ts';
import type { components, operations } from '../../../api/schema.ts';

export type KeyRow = components['schemas']['KeyRow'];
export type KeyListQuery = NonNullable<operations['listOrgKeys']['parameters']['query']>;

/** The beginning of all query keys about the organization's keys. A change of a key invalidates them. */
export function keysQueryKey(org: string) {
  return ['org', org, 'keys'] as const;
}

/** Keeps the current page until the next one has arrived. */
export function keyListQuery(org: string, query: KeyListQuery) {
  return queryOptions({
    queryKey: [...keysQueryKey(org), 'list', query],
    queryFn: () => unwrap(api.GET('/api/orgs/{org}/keys', { params: { path: { org }, query } })),
    placeholderData: keepPreviousData,
  });
}
