// Who may speak to a console's session API, and what is known of a request before anything is done with it.
import type { IncomingMessage } from 'node:http';
import type { Reach } from '../../denials/choose-fix.ts';
import type { TrustedProxies } from '../../domain/client-address.ts';
import { clientAddressOf, isFromTrustedProxy, readRequestHead } from '../request-head.ts';
import { createRequestId } from '../request-id.ts';
import { describeProblem, malformedHead, type ProblemDetails } from '../wire/problem.ts';

export interface Visit extends Reach {
  /** What the request says of its way here, unbelieved. */
  readonly forwardedFor: string | undefined;
  readonly isPeerTrusted: boolean;
  /** `undefined` when a trusted proxy names it unreadably. */
  readonly clientAddress: string | undefined;
  /** The console's own origin as the browser has it, `https://console.example.com`. */
  readonly origin: string;
  readonly isSecure: boolean;
  /** Proven by `Authorization: Bearer`, which no foreign page can send; cookies are not looked at then. */
  readonly isBearer: boolean;
  readonly requestId: string;
}

export interface VisitRules {
  /** Names under which consoles are served, lower case, without port; each is a valid host of a URL. */
  readonly hosts: ReadonlySet<string>;
  readonly trustedProxies: TrustedProxies;
  /** The origin under which browsers reach the console on its host, where a port is mapped or TLS ends before us. */
  readonly publicUrl: string | undefined;
}

/**
 * The visit a request is, or why it is not let in. What changes something must come from a page of the same origin, told by
 * `Origin`, or carry a Bearer token: a foreign page can make a browser send cookies, but neither of these (CSRF).
 */
export function readVisit(req: IncomingMessage, rules: VisitRules): Visit | ProblemDetails {
  const head = readRequestHead(req.rawHeaders);
  if (head.fault !== undefined || !req.url?.startsWith('/') || !rules.hosts.has(head.host)) {
    return malformedHead;
  }
  if (req.method === 'TRACE') return describeProblem('method_not_allowed', 'TRACE is not supported.');

  const peer = clientAddressOf(req, undefined, rules.trustedProxies);
  const isPeerTrusted = isFromTrustedProxy(req, rules.trustedProxies);
  const origin = originOf(head.host, isPeerTrusted ? head.forwardedProto : undefined, req.socket.localPort, rules);
  const visit: Visit = {
    peer,
    clientAddress: clientAddressOf(req, head.forwardedFor, rules.trustedProxies),
    forwardedFor: head.forwardedFor,
    isPeerTrusted,
    isTrustedProxy: (address) => rules.trustedProxies.has(address),
    isBehindUntrustedProxy: !isPeerTrusted && signsOfProxies.some((name) => req.headers[name] !== undefined),
    origin,
    isSecure: origin.startsWith('https:'),
    isBearer: req.headers.authorization?.slice(0, 7).toLowerCase() === 'bearer ',
    requestId: createRequestId(),
  };
  const isSafe = req.method === 'GET' || req.method === 'HEAD';
  return isSafe || isFromOwnPage(req, visit) ? visit : describeCrossSite(origin);
}

/** Headers that a browser does not send. */
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
 * The origin that the configuration gives the host, else the one that a trusted proxy's scheme has with its own port, else the
 * listener's. Never the port that `Host` names: links in mails and passkeys would follow a stranger.
 */
function originOf(
  host: string,
  forwardedProto: string | undefined,
  listenerPort: number | undefined,
  { publicUrl }: VisitRules,
): string {
  if (publicUrl !== undefined && new URL(publicUrl).hostname === host) return publicUrl;
  if (forwardedProto === 'https' || forwardedProto === 'http') return `${forwardedProto}://${host}`;
  // The parser drops the scheme's own port, as browsers do in Origin.
  return new URL(`http://${host}:${listenerPort ?? 80}`).origin;
}

/** The headers that sign-in may see: none that a client could pass for a proxy's or for ours. */
export function sessionHeaders(req: IncomingMessage, { isBearer, origin }: Visit): Headers {
  const headers = new Headers({ host: new URL(origin).host });
  const copied = ['user-agent', 'origin', isBearer ? 'authorization' : 'cookie'];
  for (const name of copied) {
    const value = req.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  return headers;
}
