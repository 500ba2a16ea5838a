// Where the requests of one environment go: to one upstream, or to several by the beginning of their path.
import { isCanonicalPath } from '../domain/path.ts';
import { createIdentityHeaders, type FinishHeaders, type IdentityHeadersOptions } from './identity-headers.ts';
import type { ReverseProxy } from './proxy.ts';
import type { Upstream, UpstreamTarget } from './upstream.ts';

/** An upstream as it is configured. */
export interface PlacedTarget extends UpstreamTarget {
  /** Put before each path: `/base`, without a slash at its end, or empty. */
  readonly basePath: string;
  /** The `Host` to send; `undefined`: the client's. */
  readonly host: string | undefined;
}

/**
 * The upstream of an environment, and others for paths that begin with a prefix: `/v1/payments`, without a slash at its
 * end.
 */
export interface RoutedTarget extends PlacedTarget {
  readonly paths: readonly (PlacedTarget & { readonly prefix: string })[];
}

/** An upstream made ready: the same for all its requests. */
export interface Destination {
  readonly upstream: Upstream;
  readonly basePath: string;
  readonly finishHeaders: FinishHeaders;
}

export interface Destinations {
  readonly main: Destination;
  /** The longest prefix first. */
  readonly byPrefix: readonly { readonly prefix: string; readonly destination: Destination }[];
}

/** Prepares what `chooseDestination` chooses from, once. */
export function openDestinations(
  proxy: Pick<ReverseProxy, 'openUpstream'>,
  { paths, ...main }: RoutedTarget,
  rules: Omit<IdentityHeadersOptions, 'host'>,
): Destinations {
  const open = ({ basePath, host, ...target }: PlacedTarget): Destination => ({
    upstream: proxy.openUpstream(target),
    basePath,
    finishHeaders: createIdentityHeaders({ ...rules, host }),
  });
  const byPrefix = paths
    .map(({ prefix, ...target }) => ({ prefix, destination: open(target) }))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return { main: open(main), byPrefix };
}

/**
 * The destination whose prefix is the longest that the path begins with, in whole segments, percent-encoding undone;
 * else the main one. `undefined` where there are prefixes and the path has no one reading: the upstream could take it
 * for another's.
 */
export function chooseDestination({ main, byPrefix }: Destinations, path: string): Destination | undefined {
  if (byPrefix.length === 0) return main;
  if (!isCanonicalPath(path)) return undefined;
  const plain = path.includes('%') ? decodeURIComponent(path) : path;
  const found = byPrefix.find(
    ({ prefix }) => plain.startsWith(prefix) && (plain.length === prefix.length || plain[prefix.length] === '/'),
  );
  return found?.destination ?? main;
}
