// The person who is signed in, and their organizations.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client.ts';
import type { components } from './schema.ts';

export type Session = components['schemas']['Session'];
export type Organization = components['schemas']['Organization'];
export type Role = Session['memberships'][number]['role'];

/** An organization that the reader opens without being a member, as operators may. */
export const foreignOrgQuery = (org: string) =>
  queryOptions({
    queryKey: ['org', org, 'itself'],
    queryFn: () => unwrap(api.GET('/api/orgs/{org}', { params: { path: { org } } })),
    staleTime: 60_000,
  });

/** Fails with `ApiError` `not_signed_in` for a stranger. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => unwrap(api.GET('/api/session')),
  staleTime: 60_000,
});
