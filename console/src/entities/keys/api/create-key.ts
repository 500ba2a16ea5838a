// POST /api/orgs/{org}/keys creates a key. Its secret is returned once, and enters no cache.
import { api, unwrap } from '../../../api/client.ts';
import type { components, operations } from '../../../api/schema.ts';

export type NewKey = operations['createOrgKey']['requestBody']['content']['application/json'];
export type Key = components['schemas']['Key'];

export interface MadeKey {
  readonly key: Key;
  readonly secret: string;
}

/** A request for a key. Sent twice, it creates one key. */
export interface KeyRequest {
  readonly body: NewKey;
  readonly idempotencyKey: string;
}

/** Adds an idempotency key of 128 random bits. A page on plain http has no `crypto.randomUUID`. */
export function requestKey(body: NewKey): KeyRequest {
  return { body, idempotencyKey: crypto.getRandomValues(new Uint32Array(4)).join('-') };
}

/** Is no mutation of the query client, which would keep the answer. */
export async function createKey(org: string, { body, idempotencyKey }: KeyRequest): Promise<MadeKey> {
  const params = { path: { org }, header: { 'Idempotency-Key': idempotencyKey } };
  const { secret, ...key } = await unwrap(api.POST('/api/orgs/{org}/keys', { params, body }));
  return { key, secret };
}
