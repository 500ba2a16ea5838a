// From the socket's address and what trusted proxies say to the address of the client.
import { canonicalAddress, compileAllowlist, isOnAllowlist, parseAddressEntry } from './address.ts';

/** The proxies whose client addresses are trusted. Default: none. */
export interface TrustedProxies {
  has(address: string): boolean;
}

/** Throws a `TypeError` that names the entry when one is not an address or a range. */
export function createTrustedProxies(entries: readonly string[]): TrustedProxies {
  const parsed = entries.map((text) => {
    const result = parseAddressEntry(text, 'cidr');
    if (!result.ok) throw new TypeError(result.fix);
    return result.entry;
  });
  const list = compileAllowlist(parsed, 'block');
  return { has: (address) => isOnAllowlist(list, address) };
}

/**
 * The canonical client address, walking `X-Forwarded-For` from the right and stopping at the first address that is not a
 * trusted proxy's; what stands left of it could have been written by anyone. `undefined` when a hop in the trusted part
 * can't be read (`unknown`, an obfuscated name, rubbish): a key with an address list must then be refused.
 *
 * @param peer the socket's remote address, as Node gives it
 * @param forwardedFor the values of all `X-Forwarded-For` lines in order, joined with commas; `undefined` when there is none
 */
export function resolveClientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: TrustedProxies,
): string | undefined {
  const peerAddress = peer === undefined ? undefined : canonicalAddress(peer.split('%', 1)[0] as string);
  if (peerAddress === undefined || forwardedFor === undefined || !trusted.has(peerAddress)) return peerAddress;
  let client = peerAddress;
  const hops = forwardedFor.split(',');
  for (let at = hops.length - 1; at >= 0; at--) {
    const hop = parseHop(withoutBlanks(hops[at] as string));
    if (hop === undefined) return undefined;
    client = hop;
    if (!trusted.has(hop)) break;
  }
  return client;
}

/** Space and tab alone may stand around a hop (RFC 9110 §5.6.3): what else JavaScript trims is part of it, and makes it unreadable. */
function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** One hop: an address, `192.0.2.1:4711` or `[2001:db8::1]:4711` (the node forms of RFC 7239 §6). */
function parseHop(text: string): string | undefined {
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text);
  if (bracketed !== null) return canonicalAddress(bracketed[1] as string);
  const withPort = /^([\d.]+):\d{1,5}$/.exec(text);
  return canonicalAddress(withPort === null ? text : (withPort[1] as string));
}
