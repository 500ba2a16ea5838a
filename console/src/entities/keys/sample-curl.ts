// Writes a curl call in the API's own scheme.
import type { ConsoleApi, Environment } from '../../api/config.ts';

/** Stands for a key: `sk_prod_your_key_here`. */
function placeholderKey(api: ConsoleApi, environment: Environment): string {
  return `${api.keyFormat.prefixes[environment] ?? ''}your_key_here`;
}

/** `undefined`: the environment has no host to call. */
export function sampleCurl(api: ConsoleApi, environment: Environment, key = placeholderKey(api, environment)) {
  const baseUrl = api.baseUrls[environment];
  if (baseUrl === undefined) return undefined;
  return `curl ${api.scheme.curl.replace('{key}', key)} \\\n  "${baseUrl}${api.sample.path}"`;
}
