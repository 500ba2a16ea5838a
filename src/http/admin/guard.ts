// Decides who may call the internal listener: no web page, no unknown host name and, for most paths, only the operator.
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { pathOf, readRequestHead } from '../request-head.ts';
import { describeProblem, malformedHead, type ProblemDetails } from '../wire/problem.ts';

/** The paths that need no token. */
const publicPaths = new Set(['/healthz', '/readyz', '/metrics', '/.well-known/jwks.json']);

/** The rules of the guard. */
export interface GuardOptions {
  /** SHA-256 of the operator token. */
  readonly tokenDigest: Buffer;
  /** Host names that are allowed without a token, besides `localhost`, `*.localhost` and every IP address. */
  readonly hosts: readonly string[];
}

/** Returns the problem to answer a request with. `undefined`: the request may pass. */
export type Guard = (req: IncomingMessage) => ProblemDetails | undefined;

/**
 * Creates the guard. It refuses requests from web pages. Those have an `Origin` or, after DNS rebinding, the page's
 * name in `Host`; an IP address in `Host` can't be rebound. No page has the operator token, so a request with the token
 * and without `Origin` may use any name. TRACE is refused because it would echo the token (ASVS 13.4.4).
 */
export function createGuard({ tokenDigest, hosts }: GuardOptions): Guard {
  const names = new Set(['localhost', ...hosts.map((host) => host.toLowerCase())]);

  let lastServed = '';

  function isServed(host: string): boolean {
    if (host === lastServed) return true;
    if (!isOurs(host)) return false;
    lastServed = host;
    return true;
  }

  function isOurs(host: string): boolean {
    return names.has(host) || host.endsWith('.localhost') || isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0;
  }

  // A connection that sent the token once is compared as text, which saves a digest for each request. Timing this
  // comparison reveals nothing new: only a client with the token reaches it.
  const proven = new WeakMap<object, string>();
  // In hex, because `hash` takes seven times as long (2.7 us) to return a Buffer.
  const wanted = Buffer.from(tokenDigest.toString('hex'), 'latin1');

  /** Compares digests in constant time, so the time reveals nothing about the token. */
  function isOperator(authorization: string): boolean {
    if (authorization.slice(0, 7).toLowerCase() !== 'bearer ') return false;
    const given = hash('sha256', authorization.slice(7).trimStart(), 'hex');
    return timingSafeEqual(Buffer.from(given, 'latin1'), wanted);
  }

  function isProven(socket: object, authorization: string | undefined): boolean {
    if (authorization === undefined) return false;
    if (proven.get(socket) === authorization) return true;
    if (!isOperator(authorization)) return false;
    proven.set(socket, authorization);
    return true;
  }

  return function guard(req) {
    const { rawHeaders } = req;
    const { host, fault } = readRequestHead(rawHeaders);
    if (fault !== undefined || !req.url?.startsWith('/')) {
      return malformedHead;
    }
    let authorization: string | undefined;
    let isFromPage = false;
    let isRepeated = false;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] as string;
      if (name.length === 6 && name.toLowerCase() === 'origin') isFromPage = true;
      if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue;
      isRepeated ||= authorization !== undefined;
      authorization = rawHeaders[at + 1];
    }
    if (!isServed(host) && (isFromPage || isRepeated || !isProven(req.socket, authorization))) {
      return describeProblem(
        'host_not_allowed',
        'Call this listener as localhost, by its IP address, by a host name in the configuration (internal.listen, internal.names), or with the operator token.',
      );
    }
    if (req.method === 'TRACE') return describeProblem('method_not_allowed', 'TRACE is not supported.');
    if (isFromPage) {
      return describeProblem(
        'origin_not_allowed',
        'This listener is for servers and the command line, not for web pages.',
      );
    }
    if (isRepeated) return describeProblem('unauthenticated', 'Send Authorization once.');
    if (publicPaths.has(pathOf(req.url))) return undefined;
    if (authorization === undefined) {
      return describeProblem(
        'unauthenticated',
        'Send Authorization: Bearer TOKEN with the operator token from operator-token in the data folder.',
      );
    }
    if (isProven(req.socket, authorization)) return undefined;
    return describeProblem('unauthenticated', 'The token is not the operator token of this server.');
  };
}

/** The challenge of a 401. It has no error code if the request had no credential (RFC 6750 §3.1). */
export function challengeOf(req: IncomingMessage): string {
  return req.headers.authorization === undefined
    ? 'Bearer realm="miftah"'
    : 'Bearer realm="miftah", error="invalid_token"';
}
