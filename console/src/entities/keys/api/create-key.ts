// POST /api/orgs/{org}/keys: a new key. Its secret is handed over once, and never enters a cache.
import { api, unwrap } from '../../../api/client.ts';
import type { components, operations } from '../../../api/schema.ts';

export type NewKey = operations['createOrgKey']['requestBody']['content']['application/json'];
export type Key = components['schemas']['Key'];

export interface MadeKey {
  readonly key: Key;
  readonly secret: string;
}

/** What is asked for: sent again, it makes no second key. */
export interface KeyRequest {
  readonly body: NewKey;
  readonly idempotencyKey: string;
}

/** 128 random bits, also where the page came by plain http, which has no `crypto.randomUUID`. */
export function requestKey(body: NewKey): KeyRequest {
  return { body, idempotencyKey: crypto.getRandomValues(new Uint32Array(4)).join('-') };
}

/** Not a mutation of the query client: that would keep the answer. */
export async function createKey(org: string, { body, idempotencyKey }: KeyRequest): Promise<MadeKey> {
  const params = { path: { org }, header: { 'Idempotency-Key': idempotencyKey } };
  const { secret, ...key } = await unwrap(api.POST('/api/orgs/{org}/keys', { params, body }));
  return { key, secret };
}
