// Where the requests of one environment go: to one upstream, or to several that are chosen by path prefix.
import { isCanonicalPath } from '../domain/path.ts';
import { createIdentityHeaders, type FinishHeaders, type IdentityHeadersOptions } from './identity-headers.ts';
import type { ReverseProxy } from './proxy.ts';
import type { Upstream, UpstreamTarget } from './upstream.ts';

/** An upstream as configured. */
export interface PlacedTarget extends UpstreamTarget {
  /** Prepended to each path: empty, or a path without a slash at its end, such as `/base`. */
  readonly basePath: string;
  /** The `Host` to send. `undefined` keeps the client's. */
  readonly host: string | undefined;
}

/**
 * The upstream of an environment, and the upstreams of some path prefixes. A prefix has no slash at its end, such as
 * `/v1/payments`.
 */
export interface RoutedTarget extends PlacedTarget {
  readonly paths: readonly (PlacedTarget & { readonly prefix: string })[];
}

/** A prepared upstream, the same for all of its requests. */
export interface Destination {
  readonly upstream: Upstream;
  readonly basePath: string;
  readonly finishHeaders: FinishHeaders;
}

export interface Destinations {
  readonly main: Destination;
  /** Sorted by prefix, the longest first. */
  readonly byPrefix: readonly { readonly prefix: string; readonly destination: Destination }[];
}

/** Prepares the destinations for `chooseDestination`. Call it once per environment. */
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
 * Returns the destination with the longest matching prefix, else the main one. A prefix matches whole segments of the
 * decoded path. Returns `undefined` if there are prefixes and the path is not canonical: an upstream could read it as
 * the path of another.
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
