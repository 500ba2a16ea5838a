// Addresses that a reader likely wants on the list: their own, and those refused lately.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../../api/client.ts';
import type { components } from '../../../api/schema.ts';

/** The reader's address as the server sees it. `null`: unknown. */
export const clientAddressQuery = queryOptions({
  queryKey: ['client-address'],
  queryFn: async () => (await unwrap(api.GET('/api/client-address'))).address,
  staleTime: 60_000,
});

/** Refused addresses that one click would allow, newest first. */
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
