// The members of an organization.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';
import type { Role } from '../../api/session.ts';

export type Member = components['schemas']['Member'];

export const membersQuery = (org: string) =>
  queryOptions({
    queryKey: ['org', org, 'members'],
    queryFn: async () => (await unwrap(api.GET('/api/orgs/{org}/members', { params: { path: { org } } }))).data,
  });

/** Throws `ApiError` when the organization would have no owner. */
export function changeRole(org: string, person: string, role: Role): Promise<Member> {
  return unwrap(api.PATCH('/api/orgs/{org}/members/{person}', { params: { path: { org, person } }, body: { role } }));
}

/** Removing oneself is leaving. */
export function removeMember(org: string, person: string): Promise<unknown> {
  return unwrap(api.DELETE('/api/orgs/{org}/members/{person}', { params: { path: { org, person } } }));
}

/** For operators. Throws `ApiError` when an organization would have no owner. */
export function deletePerson(id: string): Promise<unknown> {
  return unwrap(api.DELETE('/api/operator/people/{id}', { params: { path: { id } } }));
}
