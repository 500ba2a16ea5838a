// Decides who may call a console's session API, and reads the facts about a request before any work.
import type { IncomingMessage } from 'node:http';
import type { Reach } from '../../denials/choose-fix.ts';
import type { Scheme, TrustedProxies } from '../../domain/client-address.ts';
import {
  clientAddressOf,
  clientSchemeOf,
  forwardedValueOf,
  isFromTrustedProxy,
  peerAddressOf,
  readRequestHead,
} from '../request-head.ts';
import { createRequestId } from '../request-id.ts';
import { describeProblem, malformedHead, type ProblemDetails } from '../wire/problem.ts';

/** The facts about an allowed request to a console. */
export interface Visit extends Reach {
  /** The header in which trusted proxies name the client, lower case. */
  readonly forwardedHeader: string;
  /** Its value as received, not trusted. */
  readonly forwardedFor: string | undefined;
  readonly isPeerTrusted: boolean;
  /** `undefined`: a trusted proxy sent an unreadable address. */
  readonly clientAddress: string | undefined;
  /** The console's origin in the browser: `https://console.example.com`. */
  readonly origin: string;
  /** The origin of another host of this server, by the same rules. */
  readonly originOn: (host: string) => string;
  readonly isSecure: boolean;
  /** Whether the request has `Authorization: Bearer`, which foreign pages can't send. If so, cookies are ignored. */
  readonly isBearer: boolean;
  readonly requestId: string;
}

/** The rules by which a visit is read. */
export interface VisitRules {
  /** The host names of consoles, lower case, without port. Each is a valid host of a URL. */
  readonly hosts: ReadonlySet<string>;
  readonly trustedProxies: TrustedProxies;
  /** The configured origin of the console in browsers, for a mapped port or a proxy with TLS. `undefined`: none. */
  readonly publicUrl: string | undefined;
}

/**
 * The visit, or the problem to answer with. A request that can change something must have the console's own `Origin` or
 * a Bearer token. A page of another site can make a browser send cookies, but neither of these (CSRF). `isProven`: the
 * request proves its right by itself, and no cookie counts.
 */
export function readVisit(req: IncomingMessage, rules: VisitRules, isProven = false): Visit | ProblemDetails {
  const head = readRequestHead(req.rawHeaders);
  if (head.fault !== undefined || !req.url?.startsWith('/') || !rules.hosts.has(head.host)) {
    return malformedHead;
  }
  if (req.method === 'TRACE') return describeProblem('method_not_allowed', 'TRACE is not supported.');

  const peer = peerAddressOf(req);
  const isPeerTrusted = isFromTrustedProxy(req, rules.trustedProxies);
  const scheme = clientSchemeOf(req, head, rules.trustedProxies);
  const originOn = (host: string) => originOf(host, scheme, req.socket.localPort, rules);
  const origin = originOn(head.host);
  const visit: Visit = {
    peer,
    clientAddress: clientAddressOf(req, head, rules.trustedProxies),
    forwardedHeader: rules.trustedProxies.header,
    forwardedFor: forwardedValueOf(req, head, rules.trustedProxies),
    isPeerTrusted,
    isTrustedProxy: (address) => rules.trustedProxies.has(address),
    isBehindUntrustedProxy: !isPeerTrusted && signsOfProxies.some((name) => req.headers[name] !== undefined),
    origin,
    originOn,
    isSecure: origin.startsWith('https:'),
    isBearer: req.headers.authorization?.slice(0, 7).toLowerCase() === 'bearer ',
    requestId: createRequestId(),
  };
  const isSafe = req.method === 'GET' || req.method === 'HEAD';
  return isSafe || isProven || isFromOwnPage(req, visit) ? visit : describeCrossSite(origin);
}

/** Headers that proxies add and browsers don't send. */
const signsOfProxies = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'cf-connecting-ip'];

function describeCrossSite(origin: string): ProblemDetails {
  return describeProblem(
    'cross_site',
    `Send Origin: ${origin}, as the console’s pages do, or Authorization: Bearer with a session token. ` +
      'If browsers use another origin for the console, set public.url to it.',
  );
}

function isFromOwnPage(req: IncomingMessage, { origin, isBearer }: Visit): boolean {
  const given = req.headers.origin;
  return given === undefined ? isBearer : given === origin;
}

/**
 * The configured origin of the host, else the scheme of a trusted proxy with its default port, else HTTP on the
 * listener's port. It ignores the port in `Host`: a stranger could set it, and links in mails and passkeys would follow
 * it.
 */
function originOf(
  host: string,
  scheme: Scheme | undefined,
  listenerPort: number | undefined,
  { publicUrl }: VisitRules,
): string {
  if (publicUrl !== undefined && new URL(publicUrl).hostname === host) return publicUrl;
  if (scheme !== undefined) return `${scheme}://${host}`;
  // The parser removes the scheme's default port, as browsers do in `Origin`.
  return new URL(`http://${host}:${listenerPort ?? 80}`).origin;
}

/** The headers for better-auth. It gets none that a client could forge as a proxy's or as Miftah's. */
export function sessionHeaders(req: IncomingMessage, { isBearer, origin }: Visit): Headers {
  const headers = new Headers({ host: new URL(origin).host });
  const copied = ['user-agent', 'origin', isBearer ? 'authorization' : 'cookie'];
  for (const name of copied) {
    const value = req.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  return headers;
}
