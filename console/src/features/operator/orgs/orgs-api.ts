// The requests about all organizations.
import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { api, unwrap } from '../../../api/client.ts';
import type { components } from '../../../api/schema.ts';
import type { Organization } from '../../../api/session.ts';

export type OrganizationRow = components['schemas']['OrganizationRow'];

export interface OrgFilter {
  readonly q?: string;
  readonly status?: Organization['status'];
}

export const orgsQueryKey = ['operator', 'orgs'] as const;

const pageSize = 30;

export const orgsQuery = (filter: OrgFilter) =>
  infiniteQueryOptions({
    queryKey: [...orgsQueryKey, filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/operator/orgs', {
          params: { query: { ...filter, limit: pageSize, ...(pageParam !== null && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
  });

export function createOrg(body: components['schemas']['NewOrganization']): Promise<Organization> {
  return unwrap(api.POST('/api/operator/orgs', { body }));
}

export function updateOrg(id: string, body: components['schemas']['OrganizationUpdate']): Promise<Organization> {
  return unwrap(api.PATCH('/api/operator/orgs/{id}', { params: { path: { id } }, body }));
}

/** ISO 8601: when the change holds on every node. `undefined`: it does already. */
export function boundOf(changed: { readonly coherence?: { readonly boundUntil: string } }): string | undefined {
  return changed.coherence?.boundUntil;
}

/** Refuses the organization's keys from now on: all, or those of one API. */
export function suspendOrg(id: string, apiId?: string) {
  if (apiId === undefined) return unwrap(api.POST('/api/operator/orgs/{id}/suspend', { params: { path: { id } } }));
  return unwrap(api.POST('/api/operator/orgs/{id}/apis/{api}/suspend', { params: { path: { id, api: apiId } } }));
}

/** Revokes all keys of the organization, and erases its data. It can't be undone. */
export function deleteOrg(id: string) {
  return unwrap(api.DELETE('/api/operator/orgs/{id}', { params: { path: { id } } }));
}

/** Ends `suspendOrg` with the same parameters. */
export function resumeOrg(id: string, apiId?: string) {
  if (apiId === undefined) return unwrap(api.POST('/api/operator/orgs/{id}/resume', { params: { path: { id } } }));
  return unwrap(api.POST('/api/operator/orgs/{id}/apis/{api}/resume', { params: { path: { id, api: apiId } } }));
}

/** Returns whether the invitation was mailed. Throws `ApiError`. */
export function inviteOwner(org: string, email: string) {
  return unwrap(api.POST('/api/orgs/{org}/invitations', { params: { path: { org } }, body: { email, role: 'owner' } }));
}
