// GET /api/orgs/{org}/keys/{id} reads one key.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../../api/client.ts';
import { keysQueryKey } from './list-keys.ts';

export function keyQuery({ org, id }: { readonly org: string; readonly id: string }) {
  return queryOptions({
    queryKey: [...keysQueryKey(org), 'one', id],
    queryFn: ({ signal }) => unwrap(api.GET('/api/orgs/{org}/keys/{id}', { params: { path: { org, id } }, signal })),
  });
}
