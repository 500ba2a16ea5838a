// Addresses that are likely meant for a list: the reader's own, and those refused not long ago.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../../api/client.ts';
import type { components } from '../../../api/schema.ts';

/** As this server sees the reader; `null`: it can't tell. */
export const clientAddressQuery = queryOptions({
  queryKey: ['client-address'],
  queryFn: async () => (await unwrap(api.GET('/api/client-address'))).address,
  staleTime: 60_000,
});

/** Those which one click would let in, newest first. */
export function refusedAddressesQuery(org: string, apiId: string) {
  return queryOptions({
    queryKey: ['org', org, 'refused-addresses', apiId],
    queryFn: async () => {
      const query = { api: apiId, limit: 50 };
      const { data } = await unwrap(api.GET('/api/orgs/{org}/denials', { params: { path: { org }, query } }));
      return listAddresses(data);
    },
    staleTime: 30_000,
  });
}

function listAddresses(denials: readonly components['schemas']['OrgDenial'][]): readonly string[] {
  const ofAddress = denials.filter(({ fix }) => fix.kind === 'add_address' && fix.canApply);
  return [...new Set(ofAddress.flatMap(({ fix }) => fix.params.address ?? []))];
}
