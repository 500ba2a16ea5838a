// POST /api/orgs/{org}/keys: a new key. Its secret is handed over once, and never enters a cache.
import { api, unwrap } from '../../../api/client.ts';
import type { components, operations } from '../../../api/schema.ts';

export type NewKey = operations['createOrgKey']['requestBody']['content']['application/json'];
export type Key = components['schemas']['Key'];

export interface MadeKey {
  readonly key: Key;
  readonly secret: string;
}

/** Not a mutation of the query client: that would keep the answer. */
export async function createKey(org: string, body: NewKey): Promise<MadeKey> {
  const { secret, ...key } = await unwrap(api.POST('/api/orgs/{org}/keys', { params: { path: { org } }, body }));
  return { key, secret };
}
