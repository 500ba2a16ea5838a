// Who may speak to the internal listener: no browser, nobody under a foreign name, and for most of it only the operator.
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { pathOf, readRequestHead } from '../request-head.ts';
import { describeProblem, malformedHead, type ProblemDetails } from '../wire/problem.ts';

/** What anyone who reaches the listener may read. */
const publicPaths = new Set(['/healthz', '/readyz', '/metrics', '/.well-known/jwks.json']);

export interface GuardOptions {
  /** SHA-256 of the operator token. */
  readonly tokenDigest: Buffer;
  /** Names under which anyone may call the listener, beside `localhost`, `*.localhost` and any IP address. */
  readonly hosts: readonly string[];
}

/** The problem to answer with instead of the request's own answer; `undefined` when it may pass. */
export type Guard = (req: IncomingMessage) => ProblemDetails | undefined;

/**
 * A browser led here by a foreign page gives itself away by `Origin`, and by the page's name in `Host` when its DNS was
 * rebound to this machine; an address in `Host` can't be rebound. No such page has the operator token: who sends it,
 * and no `Origin`, may use any name. TRACE would echo the token (ASVS 13.4.4).
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

  // What a connection proved once, it need not prove by another digest. A client that could time this comparison has the token.
  const proven = new WeakMap<object, string>();
  // In hex: a digest asked for as a Buffer costs seven times as much (2.7 us).
  const wanted = Buffer.from(tokenDigest.toString('hex'), 'latin1');

  /** Two digests are compared, so the time it takes says nothing about the token. */
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

/** The challenge of a 401 (RFC 6750 §3): no error code when no credential was sent. */
export function challengeOf(req: IncomingMessage): string {
  return req.headers.authorization === undefined
    ? 'Bearer realm="miftah"'
    : 'Bearer realm="miftah", error="invalid_token"';
}
