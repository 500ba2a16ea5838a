// What the head of an HTTP request says beyond its key: read once from the raw headers, where nothing is folded or dropped.
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

/** Header pairs accepted in one request. Node drops some silently beyond a thousand, so this is counted here, far below. */
const maxHeaderPairs = 200;

export interface RequestHead {
  /** Lower case, without port and trailing dot; empty when there is none (HTTP/1.0) and when it is malformed. */
  readonly host: string;
  /** All `X-Forwarded-For` lines in order, joined with commas. */
  readonly forwardedFor: string | undefined;
  /** All `X-Forwarded-Proto` lines in order, joined with commas. */
  readonly forwardedProto: string | undefined;
  /** All `Via` lines in order, joined with commas. */
  readonly via: string | undefined;
  /**
   * Set when the request can't be carried on: two Host lines or a malformed one (RFC 9112 §3.2), a strange transfer coding, too
   * many headers.
   */
  readonly fault: 'bad_request' | 'headers_too_large' | undefined;
  /** Servers may disagree on where its body ends, so the connection must be closed after the answer (RFC 9112 §6.1). */
  readonly isLast: boolean;
}

/**
 * Reads the head. Over HTTP/2 the host is in `:authority`, and a Host line must not differ (RFC 9113 §8.3.1). A transfer coding
 * other than exactly one `chunked` is refused: servers disagree on where such a body ends.
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

/** RFC 9110 §5.3: lines of one name are one list. */
function joinLines(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}

const maxHostLength = 260;

/**
 * The name in a Host value, or `undefined` unless it is a name of letters, digits, `.`, `_` and `-`, or an IP literal, with
 * an empty port or one of 1 to 65535 (RFC 3986 §3.2.2 and §3.2.3). Stricter than the RFC on purpose: with `api:80@evil.com`
 * or `%2e` in it, we and the upstream could read different hosts.
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

/** Where the name ends that the text begins with. Codes and no expression, since this runs on every request. */
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

/** Whether nothing follows the name, or a colon with an empty port, or one with a port that exists. */
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

/** The canonical address of the connection's other end. It is canonicalised once for each connection. */
export function peerAddressOf({ socket }: Pick<IncomingMessage, 'socket'>): string | undefined {
  const known = peerAddresses.get(socket);
  if (known !== undefined) return known;
  const peer = canonicalAddress(socket.remoteAddress?.split('%', 1)[0] ?? '');
  if (peer !== undefined) peerAddresses.set(socket, peer);
  return peer;
}

/** The client's canonical address, see `resolveClientAddress`. */
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

/** The value of the header in which trusted proxies name the client. Any peer may have sent it: check the peer first. */
export function forwardedValueOf(
  { rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>,
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

/** The scheme that the client used, where trusted proxies tell: see `resolveClientScheme`. */
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
