// The host names of a server's console.
import { isIPv4 } from 'node:net';
import type { Config } from './config.ts';

/**
 * The host names of the console, lower case, without port. If only this machine can reach the public listener,
 * `localhost` comes first. Otherwise the configuration must name it, because a stranger can send any `Host`.
 */
export function consoleHostsOf({
  public: { url, listen },
  apis,
}: {
  readonly public: Pick<Config['public'], 'url' | 'listen'>;
  readonly apis: readonly Pick<Config['apis'][number], 'consoleHosts'>[];
}): ReadonlySet<string> {
  const named = apis.flatMap(({ consoleHosts }) => consoleHosts);
  return new Set([
    ...(isLoopback(listen.host) ? ['localhost'] : []),
    ...(url === undefined ? [] : [new URL(url).hostname]),
    ...named,
  ]);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
