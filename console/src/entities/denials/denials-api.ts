// The denied requests of an organization's keys, and the fix of one with its undo.
import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client.ts';
import type { Environment } from '../../api/config.ts';
import { ApiError } from '../../api/problem.ts';
import type { components } from '../../api/schema.ts';

export type OrgDenial = components['schemas']['OrgDenial'];
export type Fix = components['schemas']['Fix'];
export type Reason = OrgDenial['reason'];
export type FixedKey = components['schemas']['FixedKey'];

/** The fixes that one click applies. */
export type AppliedKind = 'add_address' | 'add_endpoint' | 'add_scope' | 'enable' | 'extend';

export interface DenialFilter {
  readonly api?: string;
  readonly environment?: Environment;
  readonly key?: string;
  readonly reason?: Reason;
  readonly from?: string;
  readonly to?: string;
}

const pageSize = 30;
const freshMs = 3_000;
/** After many pages the list refreshes less often, because each page costs a request. */
const calmMs = 30_000;

/** The denials of an organization, newest first, page by page. Refreshes itself. */
export function denialsQuery(org: string, filter: DenialFilter) {
  return infiniteQueryOptions({
    queryKey: ['org', org, 'denials', filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/orgs/{org}/denials', {
          params: {
            path: { org },
            query: { ...filter, limit: pageSize, ...(pageParam !== null && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 2 ? calmMs : freshMs),
  });
}

/**
 * Applies the fix that the reader saw. Throws `ApiError` `fix_changed` when it is a different one by now.
 * `changedFixOf` returns the current denial.
 */
export function applyFix(org: string, { id, fix: { kind, params }, key }: OrgDenial): Promise<FixedKey> {
  const body = { kind, params, revision: key?.revision ?? 0 };
  return unwrap(api.POST('/api/orgs/{org}/denials/{id}/fix', { params: { path: { org, id } }, body }));
}

/** Returns the current denial of a `fix_changed` error. `undefined`: another error. */
export function changedFixOf(error: unknown): OrgDenial | undefined {
  if (!(error instanceof ApiError) || error.code !== 'fix_changed') return undefined;
  return (error.problem as components['schemas']['ChangedFix'] | undefined)?.current;
}

/** Whether `undoFix` can undo it. An expiry in the past can't be set again. */
export function canUndo(kind: AppliedKind, { before, after }: FixedKey): boolean {
  return kind !== 'extend' && before.revision !== after.revision;
}

/** Restores exactly what the fix changed. Throws `ApiError` `revision_mismatch` when the key has changed since. */
export function undoFix(org: string, kind: AppliedKind, { before, after }: FixedKey): Promise<unknown> {
  const params = { path: { org, id: after.id } };
  const headers = { 'If-Match': `"${after.revision}"` };
  if (kind === 'enable') return unwrap(api.POST('/api/orgs/{org}/keys/{id}/disable', { params, headers }));
  const { addresses, endpoints, scopes } = before;
  const body = { add_address: { addresses }, add_endpoint: { endpoints }, add_scope: { scopes }, extend: {} }[kind];
  return unwrap(api.PATCH('/api/orgs/{org}/keys/{id}', { params, headers, body }));
}
