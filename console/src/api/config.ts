// The configuration of the console on this host.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client.ts';
import type { components } from './schema.ts';
import { setSecretPrefixes } from './secrets.ts';

export type ConsoleConfig = components['schemas']['ConsoleConfig'];
export type ConsoleApi = components['schemas']['ConsoleApi'];
export type Environment = ConsoleApi['environments'][number];

/** Read once for each page load. */
export const configQuery = queryOptions({
  queryKey: ['config'],
  async queryFn() {
    const config = await unwrap(api.GET('/api/config'));
    setSecretPrefixes(config.secretPrefixes);
    return config;
  },
  staleTime: Number.POSITIVE_INFINITY,
});
