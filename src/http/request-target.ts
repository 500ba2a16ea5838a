// Converts request targets in absolute form to origin form, which all later code reads.
import type { IncomingMessage } from 'node:http';
import { hostNameOf, readRequestHead } from './request-head.ts';

const slash = 0x2f;

/** The parts of a target in absolute form, as in `GET http://api.example.com/v1?a=1`. */
export interface AbsoluteTarget {
  readonly authority: string;
  /** Path and query; `*` for `OPTIONS` of a whole server (RFC 9112 §3.2.4). */
  readonly target: string;
}

/** Reads a target in absolute form with a well-formed authority; `undefined` for any other. */
export function readAbsoluteTarget(method: string, text: string): AbsoluteTarget | undefined {
  const parts = /^https?:\/\/([^/?#]+)(.*)$/is.exec(text);
  if (parts === null) return undefined;
  const [, authority = '', rest = ''] = parts;
  if (hostNameOf(authority) === undefined) return undefined;
  if (rest === '') return { authority, target: method === 'OPTIONS' ? '*' : '/' };
  return { authority, target: rest.charCodeAt(0) === slash ? rest : `/${rest}` };
}

/**
 * Converts a request's absolute target to origin form, and replaces its Host by the target's authority (RFC 9112
 * §3.2.2). A request with a malformed head or target stays unchanged, and its handler denies it.
 */
export function settleTarget(req: IncomingMessage): void {
  const url = req.url as string;
  if (url.charCodeAt(0) === slash) return;
  const absolute = readAbsoluteTarget(req.method as string, url);
  if (absolute === undefined || readRequestHead(req.rawHeaders).fault !== undefined) return;
  const { authority, target } = absolute;
  const { rawHeaders, headers } = req;
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (at < 0) rawHeaders.push('Host', authority);
  else rawHeaders[at + 1] = authority;
  headers.host = authority;
  req.url = target;
}
