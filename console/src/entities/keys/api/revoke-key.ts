// DELETE /api/orgs/{org}/keys/{id}: ends a key for good.
import { api, unwrap } from '../../../api/client.ts';

export function revokeKey(org: string, id: string) {
  return unwrap(api.DELETE('/api/orgs/{org}/keys/{id}', { params: { path: { org, id } } }));
}
