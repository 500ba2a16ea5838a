// What the head of an HTTP request says beyond its key: read once from the raw headers, where nothing is folded or dropped.
import type { IncomingMessage } from 'node:http';
import { canonicalAddress } from '../domain/address.ts';
import { resolveClientAddress, type TrustedProxies } from '../domain/client-address.ts';

/** Header pairs accepted in one request. Node drops some silently beyond a thousand, so this is counted here, far below. */
const maxHeaderPairs = 200;

export interface RequestHead {
  /** Lower case, without port and trailing dot; empty when there is none (HTTP/1.0). */
  readonly host: string;
  /** All `X-Forwarded-For` lines in order, joined with commas. */
  readonly forwardedFor: string | undefined;
  /** The value of `X-Forwarded-Proto`, if there is exactly one. */
  readonly forwardedProto: string | undefined;
  /** Set when the request can't be carried on: two Host lines (RFC 9112 §3.2), a strange transfer coding, too many headers. */
  readonly fault: 'bad_request' | 'headers_too_large' | undefined;
}

/** Reads the head. A transfer coding other than exactly one `chunked` is refused: servers disagree on where such a body ends. */
export function readRequestHead(rawHeaders: readonly string[]): RequestHead {
  let host: string | undefined;
  let forwardedFor: string | undefined;
  let forwardedProto: string | undefined;
  let isCoded = false;
  let fault: RequestHead['fault'] = rawHeaders.length > maxHeaderPairs * 2 ? 'headers_too_large' : undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    switch (name.length) {
      case 4:
        if (name === 'Host' || name.toLowerCase() === 'host') {
          if (host !== undefined) fault ??= 'bad_request';
          host = rawHeaders[at + 1] as string;
        }
        break;
      case 15:
        if (name.toLowerCase() === 'x-forwarded-for') {
          const value = rawHeaders[at + 1] as string;
          forwardedFor = forwardedFor === undefined ? value : `${forwardedFor},${value}`;
        }
        break;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') {
          if (isCoded || (rawHeaders[at + 1] as string).toLowerCase() !== 'chunked') fault ??= 'bad_request';
          isCoded = true;
        } else if (name.toLowerCase() === 'x-forwarded-proto') {
          forwardedProto = forwardedProto === undefined ? (rawHeaders[at + 1] as string) : '';
        }
        break;
    }
  }
  return { host: host === undefined ? '' : hostNameOf(host), forwardedFor, forwardedProto, fault };
}

function hostNameOf(host: string): string {
  const colon = host.lastIndexOf(':');
  const name = colon > host.lastIndexOf(']') ? host.slice(0, colon) : host;
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

const peerAddresses = new WeakMap<object, string>();

/** The client's canonical address. A connection's own address is canonicalised once, not on every request over it. */
export function clientAddressOf(
  req: IncomingMessage,
  forwardedFor: string | undefined,
  trusted: TrustedProxies,
): string | undefined {
  const { socket } = req;
  let peer = peerAddresses.get(socket);
  if (peer === undefined) {
    peer = canonicalAddress(socket.remoteAddress?.split('%', 1)[0] ?? '');
    if (peer === undefined) return undefined;
    peerAddresses.set(socket, peer);
  }
  return forwardedFor === undefined ? peer : resolveClientAddress(peer, forwardedFor, trusted);
}

/** The target without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}
