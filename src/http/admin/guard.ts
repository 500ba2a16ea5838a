// Decides who may call the internal listener: no web page, no unknown host name and, for most paths, only with a token.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Grant } from '../../domain/grant.ts';
import { pathOf, readRequestHead } from '../request-head.ts';
import type { TokenAnswer } from '../token-check.ts';
import type { ProveToken } from '../token-proof.ts';
import { describeProblem, malformedHead, type ProblemDetails } from '../wire/problem.ts';

/** The paths that need no token. */
const publicPaths = ['/healthz', '/readyz', '/.well-known/jwks.json'];

/** The rules of the guard. */
export interface GuardOptions {
  /** Host names that are allowed without a token, besides `localhost`, `*.localhost` and every IP address. */
  readonly hosts: readonly string[];
  /** Whether `/metrics` needs no token. */
  readonly areMetricsOpen: boolean;
  readonly proveToken: ProveToken;
}

/** The answer of the guard. Without a `problem`, the request may pass; `grant` is `undefined` on a path without token. */
export type Admission =
  | { readonly problem: ProblemDetails }
  | { readonly problem?: undefined; readonly grant: Grant | undefined };

/**
 * Decides about one request by its head. Answers at once unless it must look up a token. Never rejects. A later call
 * with the same request says whether the token still counts.
 */
export type Guard = (req: IncomingMessage) => Admission | Promise<Admission>;

const open: Admission = { grant: undefined };

const hostNotAllowed: Admission = {
  problem: describeProblem(
    'host_not_allowed',
    'Call this listener as localhost, by its IP address, by a host name in the configuration (internal.listen, internal.names), or with a token.',
  ),
};
const malformed: Admission = { problem: malformedHead };
const traced: Admission = { problem: describeProblem('method_not_allowed', 'TRACE is not supported.') };
const fromPage: Admission = {
  problem: describeProblem(
    'origin_not_allowed',
    'This listener is for servers and the command line, not for web pages.',
  ),
};
const repeated: Admission = {
  problem: describeProblem('unauthenticated', 'Send one token, once: in Authorization or in X-Miftah-Token.'),
};
const missing: Admission = {
  problem: describeProblem(
    'unauthenticated',
    'Send Authorization: Bearer TOKEN with the operator token from operator-token in the data folder, or with a token of miftah tokens create.',
  ),
};
/**
 * Creates the guard. It refuses requests from web pages. Those have an `Origin` or, after DNS rebinding, the page's
 * name in `Host`; an IP address in `Host` can't be rebound. No page has a token, so a request with a token and without
 * `Origin` may use any name. TRACE is refused because it would echo the token (ASVS 13.4.4).
 */
export function createGuard({ hosts, areMetricsOpen, proveToken }: GuardOptions): Guard {
  const openPaths = new Set(areMetricsOpen ? [...publicPaths, '/metrics'] : publicPaths);
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

  return function guard(req) {
    const { rawHeaders } = req;
    const { host, fault } = readRequestHead(rawHeaders);
    if (fault !== undefined || !req.url?.startsWith('/')) return malformed;
    /** The value of the header with the token. `isBearer`: it is `Authorization`, where `Bearer ` comes before. */
    let sent: string | undefined;
    let isBearer = false;
    let isRepeated = false;
    let isPage = false;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] as string;
      let holdsToken = false;
      // Compares lengths first, because this runs on every request.
      if (name.length === 13 && name.toLowerCase() === 'authorization') holdsToken = isBearer = true;
      else if (name.length === 14) holdsToken = name.charAt(8) === '-' && name.toLowerCase() === 'x-miftah-token';
      else if (name.length === 6 && name.toLowerCase() === 'origin') isPage = true;
      if (!holdsToken) continue;
      isRepeated ||= sent !== undefined;
      sent = rawHeaders[at + 1];
    }
    const refusal = refuseSender(req.method, isPage, isRepeated);
    const isKnownHost = isServed(host);
    if (isKnownHost && refusal !== undefined) return refusal;
    const isOpen = openPaths.has(pathOf(req.url));
    if (isKnownHost && isOpen) return open;
    if (sent === undefined || isRepeated || isPage) return isKnownHost ? missing : hostNotAllowed;
    const answer = proveToken(req, sent, isBearer);
    if (answer instanceof Promise) return answer.then((late) => conclude(late, isKnownHost, isOpen, refusal));
    return conclude(answer, isKnownHost, isOpen, refusal);
  };
}

/** Why the sender may not call, whatever its token is. */
function refuseSender(method: string | undefined, isPage: boolean, isRepeated: boolean): Admission | undefined {
  if (method === 'TRACE') return traced;
  if (isPage) return fromPage;
  return isRepeated ? repeated : undefined;
}

function conclude(
  answer: TokenAnswer,
  isKnownHost: boolean,
  isOpen: boolean,
  refusal: Admission | undefined,
): Admission {
  if (isKnownHost) return answer;
  // Without a valid token, the sender may be a page.
  if (answer.problem?.status === 401) return hostNotAllowed;
  if (answer.problem !== undefined) return answer;
  return refusal ?? (isOpen ? open : answer);
}

/** The challenge of a 401. It has no error code if the request had no token (RFC 6750 §3.1). */
export function challengeOf({ headers }: IncomingMessage): string {
  return headers.authorization === undefined && headers['x-miftah-token'] === undefined
    ? 'Bearer realm="miftah"'
    : 'Bearer realm="miftah", error="invalid_token"';
}
