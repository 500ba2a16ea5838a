// The public keys of the assertions that upstreams receive. Both listeners serve them to anyone.
import type { ServerResponse } from 'node:http';

/**
 * Where the public listener serves them unless the configuration says otherwise. Only under host names that no API has,
 * because an API may have this path.
 */
export const defaultJwksPath = '/.well-known/miftah/jwks.json';

/** An upstream that restarts often asks its cache. One that meets an unknown `kid` asks past it. */
export const jwksHeaders = {
  'Content-Type': 'application/jwk-set+json',
  'Cache-Control': 'public, max-age=300',
} as const;

/** The public keys on the public listener. */
export interface PublishedKeys {
  readonly path: string;
  /** Whether the path is ours under the hosts of APIs too. If not, it is ours only under all other names. */
  readonly isUnderApiHosts: boolean;
}

export function answerJwks(res: ServerResponse, jwks: object): void {
  const body = JSON.stringify(jwks);
  res.writeHead(200, { ...jwksHeaders, 'Content-Length': Buffer.byteLength(body) }).end(body);
}
