// The reader's notifications in an organization, and how many are unread.
import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';

export type Notification = components['schemas']['Notification'];

const pageSize = 30;
const freshMs = 60_000;

function readPage(org: string, limit: number, cursor: string | null, signal: AbortSignal) {
  const query = { limit, ...(cursor !== null && { cursor }) };
  return unwrap(api.GET('/api/orgs/{org}/notifications', { params: { path: { org }, query }, signal }));
}

/** Newest first, page by page. */
export function notificationsQuery(org: string) {
  return infiniteQueryOptions({
    queryKey: ['org', org, 'notifications', 'list'],
    queryFn: ({ pageParam, signal }) => readPage(org, pageSize, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
}

/** Refreshes itself. */
export function unreadQuery(org: string) {
  return queryOptions({
    queryKey: ['org', org, 'notifications', 'unread'],
    queryFn: async ({ signal }) => (await readPage(org, 1, null, signal)).unread,
    staleTime: freshMs / 2,
    refetchInterval: freshMs,
  });
}

/** Marks one notification, or all up to one. */
export async function markRead(
  queryClient: QueryClient,
  org: string,
  which: components['schemas']['ReadNotifications'],
): Promise<void> {
  await unwrap(api.POST('/api/orgs/{org}/notifications/read', { params: { path: { org } }, body: which }));
  await queryClient.invalidateQueries({ queryKey: ['org', org, 'notifications'] });
}
