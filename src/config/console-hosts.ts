// Under which names a server's console is served.
import { isIPv4 } from 'node:net';
import type { Config } from './config.ts';

/**
 * The names under which the console answers, lower case, without port: those in the configuration, and `localhost`, first, where
 * only this machine reaches the public listener. Elsewhere `localhost` must be named: a stranger can send any `Host`.
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
