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
  return writeCurl(api, `${baseUrl}${api.sample.path}`, key);
}

/** A curl call of a URL with a key. */
export function writeCurl({ scheme }: ConsoleApi, url: string, key: string): string {
  const called = `"${urlWithKey(scheme, url, key)}"`;
  return scheme.kind === 'query' ? `curl ${called}` : `curl ${scheme.curl.replace('{key}', key)} \\\n  ${called}`;
}

/** The URL to call: with the key, if that is its place. */
export function urlWithKey({ kind, format }: ConsoleApi['scheme'], url: string, key: string): string {
  return kind === 'query' ? `${url}${url.includes('?') ? '&' : '?'}${format.replace('{key}', key)}` : url;
}
