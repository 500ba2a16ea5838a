// DELETE /api/orgs/{org}/keys/{id} revokes a key.
import { api, unwrap } from '../../../api/client.ts';

/** Returns the revoked key. Throws `ApiError`. */
export function revokeKey(org: string, id: string) {
  return unwrap(api.DELETE('/api/orgs/{org}/keys/{id}', { params: { path: { org, id } } }));
}
