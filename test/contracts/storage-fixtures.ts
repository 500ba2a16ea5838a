// Organizations, keys and secrets for tests of the storage.
import { randomUUID } from 'node:crypto';
import type { Environment } from '../../src/domain/api-key.ts';
import { digestSecret, generateSecret, hintOf, type SecretFormat } from '../../src/domain/secret.ts';
import type { NewApiKey, NewSecret } from '../../src/management/ports.ts';
import type { UsageBatch } from '../../src/metering/ports.ts';
import type { Storage } from '../../src/storage/storage.ts';

const format: SecretFormat = { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 };

/** A batch of one key's last use. */
export function lastUseOf(keySeq: number, atMs: number, address: string | null = null): UsageBatch {
  return { series: [], lastUses: { keySeqs: [keySeq], atMs: [atMs], addresses: [address] }, superseded: [] };
}

/** When everything is created unless stated otherwise. */
export const now = 1_760_000_000_000;

export function newSecret(environment: Environment = 'live'): NewSecret & { readonly secret: string } {
  const secret = generateSecret(format, environment);
  return { secret, digest: digestSecret(secret), hint: hintOf(secret, format) };
}

export function newKey(orgId: string, fields: Partial<NewApiKey> = {}): NewApiKey {
  return {
    id: `key_${randomUUID()}`,
    apiId: 'classic',
    orgId,
    environment: 'live',
    name: 'a key',
    restrictions: { addresses: [], referrers: [], endpoints: [], scopes: [] },
    rateLimits: [],
    createdAtMs: now,
    expiresAtMs: null,
    ...fields,
  };
}

export async function createOrg(storage: Storage, id = `org_${randomUUID()}`): Promise<string> {
  await storage.management.createOrganization({ id, name: id, kind: 'dealer', status: 'active', createdAtMs: now });
  return id;
}
