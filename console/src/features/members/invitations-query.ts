// The open invitations: list, send, resend, cancel.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';
import type { Role } from '../../api/session.ts';

export type Invitation = components['schemas']['Invitation'];
export type SentInvitation = components['schemas']['SentInvitation'];

export const invitationsQuery = (org: string) =>
  queryOptions({
    queryKey: ['org', org, 'invitations'],
    queryFn: async () => (await unwrap(api.GET('/api/orgs/{org}/invitations', { params: { path: { org } } }))).data,
  });

/** A second invitation of an address voids the link of the first. */
export function invite(org: string, invited: { readonly email: string; readonly role: Role }): Promise<SentInvitation> {
  return unwrap(api.POST('/api/orgs/{org}/invitations', { params: { path: { org } }, body: invited }));
}

export function revokeInvitation(org: string, id: string): Promise<unknown> {
  return unwrap(api.DELETE('/api/orgs/{org}/invitations/{id}', { params: { path: { org, id } } }));
}
