// A Miftah to measure: a configuration with one API, and keys whose secrets come from a seed.
import { join } from 'node:path';
import { profiles } from '../src/config/bundled-profiles.ts';
import type { Bed } from './bed.ts';
import { type KeySet, makeKeys } from './make-keys.ts';

/** Host name of the API. */
export const apiHost = 'api.classic.localhost';
/** A path that the keys' endpoint pattern covers. */
export const measuredPath = '/v1/users/usr_123';

/** Keys of the classic profile, each with an address and an endpoint pattern. */
export function describeKeys(rateLimits: KeySet['rateLimits'] = []): KeySet {
  return {
    seed: 'bench',
    apiId: 'classic',
    environment: 'live',
    format: profiles.classic.secret,
    restrictions: { addresses: ['127.0.0.1'], referrers: [], endpoints: ['GET /v1/users/*'], scopes: [] },
    rateLimits: rateLimits ?? [],
  };
}

/** Writes the configuration and the database into a folder of the bed. Resolves to the path of the configuration. */
export async function prepareMiftah(
  bed: Bed,
  options: {
    readonly name: string;
    readonly keys: number;
    readonly keySet: KeySet;
    readonly upstream?: string;
    readonly cacheKeys?: number;
  },
): Promise<string> {
  const { name, keys, keySet, upstream = 'http://127.0.0.1:9', cacheKeys = 500_000 } = options;
  const folder = join(bed.folder, `${name}-data`);
  await makeKeys(join(folder, 'miftah.db'), keys, keySet);
  return writeConfig(bed, { name, folder, upstream, cacheKeys });
}

/** Writes another configuration for an existing data folder. */
export function writeConfig(
  bed: Bed,
  {
    name,
    folder,
    upstream = 'http://127.0.0.1:9',
    cacheKeys,
  }: { readonly name: string; readonly folder: string; readonly upstream?: string; readonly cacheKeys: number },
): Promise<string> {
  return bed.write(
    `${name}.yaml`,
    `dataDir: ${folder}
cache: { keys: ${cacheKeys} }
apis:
  - id: classic
    profile: classic
    hosts: [${apiHost}]
    upstream: ${upstream}
`,
  );
}
