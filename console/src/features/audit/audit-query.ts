// The audit log of an organization, newest first, and the members to filter by.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';
import type { AuditSearch, Time } from './audit-search.ts';

export type AuditEntry = components['schemas']['OrgAuditRecord'];

export type AuditPageAnswer = Awaited<ReturnType<typeof readAudit>>;

const hourMs = 3_600_000;
const spanMs: Readonly<Record<Time, number>> = {
  '24h': 24 * hourMs,
  '7d': 168 * hourMs,
  '30d': 720 * hourMs,
  '90d': 2_160 * hourMs,
};

interface PageOptions {
  readonly limit: number;
  readonly cursor: string | null;
  readonly signal?: AbortSignal;
}

/** Makes the query of the session API. A chosen period has its ends already. */
export function toAuditQuery({ time, ...filter }: AuditSearch) {
  return { ...filter, ...(time !== undefined && { from: new Date(Date.now() - spanMs[time]).toISOString() }) };
}

/** Returns one page. `limit`: at most 100 entries. `cursor`: `nextCursor` of the page before. */
export function readAudit(org: string, search: AuditSearch, { limit, cursor, signal }: PageOptions) {
  const query = {
    ...toAuditQuery(search),
    limit,
    ...(cursor !== null && { cursor }),
  };
  return unwrap(
    api.GET('/api/orgs/{org}/audit', { params: { path: { org }, query }, ...(signal !== undefined && { signal }) }),
  );
}

const pageSize = 40;

/** The filtered entries, page by page. */
export function auditQuery(org: string, search: AuditSearch) {
  return infiniteQueryOptions({
    queryKey: ['org', org, 'audit', search],
    queryFn: ({ pageParam, signal }) => readAudit(org, search, { limit: pageSize, cursor: pageParam, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
}

/** The members of the organization, to filter by. */
export function actorsQuery(org: string) {
  return queryOptions({
    queryKey: ['org', org, 'members'],
    queryFn: () => unwrap(api.GET('/api/orgs/{org}/members', { params: { path: { org } } })),
  });
}
