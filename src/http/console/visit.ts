// Who may speak to a console's session API, and what is known of a request before anything is done with it.
import type { IncomingMessage } from 'node:http';
import type { Reach } from '../../denials/mend.ts';
import type { TrustedProxies } from '../../domain/client-address.ts';
import { describeProblem, type ProblemDetails } from '../internal/problem.ts';
import { clientAddressOf, readRequestHead } from '../request-head.ts';
import { createRequestId } from '../request-id.ts';

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
  /** Names under which consoles are served, lower case, without port. */
  readonly hosts: ReadonlySet<string>;
  readonly trustedProxies: TrustedProxies;
  /** The origin under which browsers reach the console on its host, where that can't be told from the request. */
  readonly publicUrl: string | undefined;
}

/**
 * The visit a request is, or why it is not let in. What changes something must come from a page of the same origin, told by
 * `Origin`, or carry a Bearer token: a foreign page can make a browser send cookies, but neither of these (CSRF).
 */
export function readVisit(req: IncomingMessage, rules: VisitRules): Visit | ProblemDetails {
  const head = readRequestHead(req.rawHeaders);
  const port = /:(\d{1,5})$/.exec(req.headers.host ?? '')?.[1];
  if (head.fault !== undefined || !req.url?.startsWith('/') || !rules.hosts.has(head.host)) {
    return describeProblem('bad_request', 'The head of the request is malformed: send one Host and a plain path.');
  }
  if (req.method === 'TRACE') return describeProblem('method_not_allowed', 'TRACE is not answered.');

  const peer = clientAddressOf(req, undefined, rules.trustedProxies);
  const isPeerTrusted = peer !== undefined && rules.trustedProxies.has(peer);
  const isForwardedSecurely = head.forwardedProto === 'https' && isPeerTrusted;
  const origin = originOf(head.host, port, isForwardedSecurely, rules.publicUrl);
  const visit: Visit = {
    peer,
    clientAddress: clientAddressOf(req, head.forwardedFor, rules.trustedProxies),
    forwardedFor: head.forwardedFor,
    isPeerTrusted,
    isTrustedProxy: (address) => rules.trustedProxies.has(address),
    isBehindUntrustedProxy: !isPeerTrusted && signsOfProxies.some((name) => req.headers[name] !== undefined),
    origin,
    isSecure: origin.startsWith('https:'),
    isBearer: /^bearer /i.test(req.headers.authorization ?? ''),
    requestId: createRequestId(),
  };
  const isSafe = req.method === 'GET' || req.method === 'HEAD';
  return isSafe || isFromOwnPage(req, visit) ? visit : crossSite;
}

/** Headers that a browser does not send. */
const signsOfProxies = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'cf-connecting-ip'];

const crossSite = describeProblem(
  'cross_site',
  'Send Origin with the console’s own origin, as its pages do, or Authorization: Bearer with a session token.',
);

function isFromOwnPage(req: IncomingMessage, { origin, isBearer }: Visit): boolean {
  const given = req.headers.origin;
  return given === undefined ? isBearer : given === origin;
}

function originOf(host: string, port: string | undefined, isSecure: boolean, publicUrl: string | undefined): string {
  if (publicUrl !== undefined && new URL(publicUrl).hostname === host) return publicUrl;
  // The parser drops the scheme's own port, as browsers do in Origin.
  return new URL(`${isSecure ? 'https' : 'http'}://${host}${port === undefined ? '' : `:${port}`}`).origin;
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
