// Finds the client's address from the socket's address and the headers of trusted proxies.
import { canonicalAddress, compileAllowlist, isOnAllowlist, parseAddressEntry } from './address.ts';

/** The proxies that are trusted to state the client's address. */
export interface TrustedProxies {
  has(address: string): boolean;
}

/** Compiles addresses and CIDR ranges. Empty: trusts none. Throws a `TypeError` that names the first wrong entry. */
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
 * The canonical client address. It walks `X-Forwarded-For` from the right and stops at the first address that is not a
 * trusted proxy's, because anyone could have written the rest. `undefined` when a hop in the trusted part is unreadable
 * (`unknown`, an obfuscated name, rubbish): a key with an address list must then be refused.
 *
 * @param peer the socket's remote address, from Node
 * @param forwardedFor the values of all `X-Forwarded-For` lines in order, joined with commas; `undefined`: no such line
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

/** Trims only space and tab (RFC 9110 §5.6.3). Other characters that JavaScript trims make the hop unreadable. */
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
