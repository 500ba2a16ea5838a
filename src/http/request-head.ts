// Reads the head of an HTTP request, except its key, in one pass over the raw headers. Node merges and drops some
// fields in `req.headers`, but none there.
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { canonicalAddress } from '../domain/address.ts';
import {
  defaultForwardedHeader,
  resolveClientAddress,
  resolveClientScheme,
  type Scheme,
  type TrustedProxies,
} from '../domain/client-address.ts';

/** Most header lines in one request. The listener turns Node's own limit off, because Node drops headers silently. */
const maxHeaderPairs = 200;

export interface RequestHead {
  /** In lower case, without port and trailing dot. Empty when it is missing (HTTP/1.0) or malformed. */
  readonly host: string;
  /** All `X-Forwarded-For` lines in order, joined with commas. */
  readonly forwardedFor: string | undefined;
  /** All `X-Forwarded-Proto` lines in order, joined with commas. */
  readonly forwardedProto: string | undefined;
  /** All `Via` lines in order, joined with commas. */
  readonly via: string | undefined;
  /**
   * Set when the request must be denied: it has two Host lines or a malformed one (RFC 9112 §3.2), an unsupported
   * transfer coding, or too many headers.
   */
  readonly fault: 'bad_request' | 'headers_too_large' | undefined;
  /**
   * Whether the connection must close after the reply, because servers may disagree on where the body ends
   * (RFC 9112 §6.1).
   */
  readonly isLast: boolean;
}

/**
 * Reads the head. Over HTTP/2 the host is in `:authority`, and a Host line must not differ (RFC 9113 §8.3.1). The only
 * accepted transfer coding is a single `chunked`: servers disagree on where other bodies end.
 */
export function readRequestHead(rawHeaders: readonly string[]): RequestHead {
  let host: string | undefined;
  let authority: string | undefined;
  let forwardedFor: string | undefined;
  let forwardedProto: string | undefined;
  let via: string | undefined;
  let isCoded = false;
  let isLast = false;
  let fault: RequestHead['fault'] = rawHeaders.length > maxHeaderPairs * 2 ? 'headers_too_large' : undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    switch (name.length) {
      case 3:
        if (name.toLowerCase() === 'via') via = joinLines(via, rawHeaders[at + 1] as string);
        break;
      case 4:
        if (name === 'Host' || name.toLowerCase() === 'host') {
          if (host !== undefined) fault ??= 'bad_request';
          host = rawHeaders[at + 1] as string;
        }
        break;
      case 10:
        // No HTTP/1 field begins with a colon, and HTTP/2 allows this one once.
        if (name === ':authority') authority = rawHeaders[at + 1] as string;
        break;
      case 15:
        if (name.toLowerCase() === 'x-forwarded-for') {
          forwardedFor = joinLines(forwardedFor, rawHeaders[at + 1] as string);
        }
        break;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') {
          if (isCoded || (rawHeaders[at + 1] as string).toLowerCase() !== 'chunked') {
            fault ??= 'bad_request';
            isLast = true;
          }
          isCoded = true;
        } else if (name.toLowerCase() === 'x-forwarded-proto') {
          forwardedProto = joinLines(forwardedProto, rawHeaders[at + 1] as string);
        }
        break;
    }
  }
  if (authority !== undefined) {
    if (host !== undefined && host !== authority) fault ??= 'bad_request';
    host = authority;
  }
  const name = host === undefined || host === '' ? '' : hostNameOf(host);
  if (name === undefined) fault ??= 'bad_request';
  return { host: name ?? '', forwardedFor, forwardedProto, via, fault, isLast };
}

/** Joins header lines of the same name into one list (RFC 9110 §5.3). */
function joinLines(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}

const maxHostLength = 260;

/**
 * The host name in a Host value, without its port; `undefined` when the value is malformed. A name has letters, digits,
 * `.`, `_` and `-`, or is an IPv6 literal. A port is empty or 1 to 65535 (RFC 3986 §3.2.2 and §3.2.3). This is stricter
 * than the RFC on purpose: for `api:80@evil.com` or `%2e`, the upstream could read another host.
 */
export function hostNameOf(host: string): string | undefined {
  if (host.length > maxHostLength) return undefined;
  const end = host.charCodeAt(0) === leftBracket ? endOfLiteral(host) : endOfName(host);
  if (end <= 0 || !isPort(host, end)) return undefined;
  const isDotted = host.charCodeAt(end - 1) === dot;
  if (isDotted && end === 1) return undefined;
  return host.slice(0, isDotted ? end - 1 : end).toLowerCase();
}

const leftBracket = 0x5b;
const dot = 0x2e;
const colon = 0x3a;

/** The index where the leading name ends. Compares character codes, because this runs on every request. */
function endOfName(host: string): number {
  let at = 0;
  for (; at < host.length; at++) {
    const code = host.charCodeAt(at);
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    const isOther = (code >= 0x30 && code <= 0x39) || code === dot || code === 0x2d || code === 0x5f;
    if (!isLetter && !isOther) break;
  }
  return at;
}

function endOfLiteral(host: string): number {
  const end = host.indexOf(']');
  const address = host.slice(1, end);
  return end > 0 && !address.includes('%') && isIPv6(address) ? end + 1 : 0;
}

/** Whether the text from `start` is empty, a lone colon, or a colon with a port of 1 to 65535. */
function isPort(host: string, start: number): boolean {
  if (start === host.length) return true;
  if (host.charCodeAt(start) !== colon || host.length - start > 6) return false;
  let port = 0;
  for (let at = start + 1; at < host.length; at++) {
    const digit = host.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
  }
  return start + 1 === host.length || (port >= 1 && port <= 65_535);
}

const peerAddresses = new WeakMap<object, string>();

/** The canonical address of the connection's other end, computed once for each connection. */
export function peerAddressOf({ socket }: Pick<IncomingMessage, 'socket'>): string | undefined {
  const known = peerAddresses.get(socket);
  if (known !== undefined) return known;
  const peer = canonicalAddress(socket.remoteAddress?.split('%', 1)[0] ?? '');
  if (peer !== undefined) peerAddresses.set(socket, peer);
  return peer;
}

/** The client's canonical address: see `resolveClientAddress`. */
export function clientAddressOf(
  req: Pick<IncomingMessage, 'socket' | 'rawHeaders'>,
  head: Pick<RequestHead, 'forwardedFor'>,
  trusted: TrustedProxies,
): string | undefined {
  const peer = peerAddressOf(req);
  if (peer === undefined) return undefined;
  const forwarded = forwardedValueOf(req, head, trusted);
  return forwarded === undefined ? peer : resolveClientAddress(peer, forwarded, trusted);
}

/** The value of the header in which trusted proxies name the client. Any peer can send it: check the peer first. */
export function forwardedValueOf(
  { rawHeaders }: { readonly rawHeaders: readonly string[] },
  { forwardedFor }: Pick<RequestHead, 'forwardedFor'>,
  { header }: TrustedProxies,
): string | undefined {
  if (header === defaultForwardedHeader) return forwardedFor;
  let value: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === header.length && name.toLowerCase() === header)
      value = joinLines(value, rawHeaders[at + 1] as string);
  }
  return value;
}

/** The scheme that the client used, if a trusted proxy names it: see `resolveClientScheme`. */
export function clientSchemeOf(req: IncomingMessage, head: RequestHead, trusted: TrustedProxies): Scheme | undefined {
  if (!isFromTrustedProxy(req, trusted)) return undefined;
  return resolveClientScheme(head.forwardedProto, forwardedValueOf(req, head, trusted), trusted);
}

const trustedPeers = new WeakMap<TrustedProxies, WeakMap<object, boolean>>();

/** Whether the connection comes from a trusted proxy; looked up once for each connection. */
export function isFromTrustedProxy(req: IncomingMessage, trusted: TrustedProxies): boolean {
  let known = trustedPeers.get(trusted);
  if (known === undefined) {
    known = new WeakMap();
    trustedPeers.set(trusted, known);
  }
  let isTrusted = known.get(req.socket);
  if (isTrusted === undefined) {
    const peer = peerAddressOf(req);
    isTrusted = peer !== undefined && trusted.has(peer);
    known.set(req.socket, isTrusted);
  }
  return isTrusted;
}

/** The target without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}
