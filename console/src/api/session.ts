// Who is signed in, and what the console is on this host: what every page needs.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client.ts';
import type { components } from './schema.ts';

export type Session = components['schemas']['Session'];
export type Organization = components['schemas']['Organization'];
export type Role = Session['memberships'][number]['role'];

/** An organization that the reader looks into without being in it, as operators may. */
export const foreignOrgQuery = (org: string) =>
  queryOptions({
    queryKey: ['org', org, 'itself'],
    queryFn: () => unwrap(api.GET('/api/orgs/{org}', { params: { path: { org } } })),
    staleTime: 60_000,
  });

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => unwrap(api.GET('/api/session')),
  staleTime: 60_000,
});
