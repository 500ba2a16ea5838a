// GET /api/orgs/{org}/keys/{id}/activity says whether a key was used, each second while someone waits.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../../api/client.ts';
import { keysQueryKey } from './list-keys.ts';

const askEveryMs = 1_000;

/** Asks each second, and every three once a request was allowed. `since`: ISO 8601. */
export function activityQuery(org: string, id: string, since: string) {
  return queryOptions({
    queryKey: [...keysQueryKey(org), id, 'activity', since],
    queryFn: () =>
      unwrap(api.GET('/api/orgs/{org}/keys/{id}/activity', { params: { path: { org, id }, query: { since } } })),
    refetchInterval: ({ state }) => (state.data?.lastUse == null ? askEveryMs : askEveryMs * 3),
    staleTime: 0,
    gcTime: 0,
  });
}
