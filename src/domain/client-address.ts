// Finds the client's address and scheme from the socket's address and the headers of trusted proxies.
import { canonicalAddress, compileAllowlist, isOnAllowlist, parseAddressEntry } from './address.ts';
import { parseForwarded } from './forwarded.ts';

/** The default header in which proxies name the client, lower case. */
export const defaultForwardedHeader = 'x-forwarded-for';

/** The proxies that are trusted to state the client's address. */
export interface TrustedProxies {
  has(address: string): boolean;
  /**
   * The header in which they name the client, lower case. `x-forwarded-for` and `forwarded` (RFC 7239) list a hop for
   * each proxy. Any other header holds one address, which the nearest proxy has set.
   */
  readonly header: string;
}

/** Compiles addresses and CIDR ranges. Empty: trusts none. Throws a `TypeError` that names the first wrong entry. */
export function createTrustedProxies(entries: readonly string[], header = defaultForwardedHeader): TrustedProxies {
  const parsed = entries.map((text) => {
    const result = parseAddressEntry(text, 'cidr');
    if (!result.ok) throw new TypeError(result.fix);
    return result.entry;
  });
  const list = compileAllowlist(parsed, 'block');
  return { has: (address) => isOnAllowlist(list, address), header };
}

/**
 * The canonical client address. It walks the list of hops from the right and stops at the first address that is not a
 * trusted proxy's, because anyone could have written the rest. It skips empty elements (RFC 9110 §5.6.1.2). `undefined`
 * when a hop in the trusted part is unreadable (`unknown`, an obfuscated name, rubbish), or when a header for one
 * address does not hold exactly one: a key with an address list must then be refused.
 *
 * @param peer the socket's remote address, from Node
 * @param forwarded the values of all lines of `trusted.header` in order, joined with commas; `undefined`: no such line
 */
export function resolveClientAddress(
  peer: string | undefined,
  forwarded: string | undefined,
  trusted: TrustedProxies,
): string | undefined {
  const peerAddress = peer === undefined ? undefined : canonicalAddress(withoutZone(peer));
  if (peerAddress === undefined || forwarded === undefined || !trusted.has(peerAddress)) return peerAddress;
  return resolveForwardedAddress(forwarded, trusted);
}

/**
 * The canonical client address in the header of a peer that is trusted whatever its own address, such as a gateway with
 * a token. Reads the list as `resolveClientAddress` does.
 */
export function resolveForwardedAddress(forwarded: string, trusted: TrustedProxies): string | undefined {
  const nodes = nodesOf(forwarded, trusted);
  if (nodes === undefined || nodes.length === 0) return undefined;
  return parseNode(nodes[indexOfClient(nodes, trusted)]);
}

/** The hops as written, from the client to the last proxy. `undefined`: the list is unreadable. */
function nodesOf(forwarded: string, { header }: TrustedProxies): readonly (string | undefined)[] | undefined {
  if (header === 'forwarded') return parseForwarded(forwarded)?.map(({ node }) => node);
  const nodes = elementsOf(forwarded);
  return header === defaultForwardedHeader || nodes.length === 1 ? nodes : undefined;
}

/** The index of the client's hop, or of the first unreadable hop in the trusted part. */
function indexOfClient(nodes: readonly (string | undefined)[], trusted: TrustedProxies): number {
  let at = nodes.length - 1;
  for (; at > 0; at--) {
    const address = parseNode(nodes[at]);
    if (address === undefined || !trusted.has(address)) break;
  }
  return at;
}

export type Scheme = 'http' | 'https';

/**
 * The scheme that the client used, according to trusted proxies. If both headers list as many hops, it is the one
 * beside the client's address, otherwise the first. With `Forwarded` it is the `proto` of the client's hop. `undefined`:
 * no known scheme.
 *
 * @param forwardedProto the values of all `X-Forwarded-Proto` lines of a trusted proxy, joined with commas
 * @param forwarded as for `resolveClientAddress`
 */
export function resolveClientScheme(
  forwardedProto: string | undefined,
  forwarded: string | undefined,
  trusted: TrustedProxies,
): Scheme | undefined {
  const nodes = forwarded === undefined ? undefined : nodesOf(forwarded, trusted);
  if (nodes !== undefined && trusted.header === 'forwarded') {
    const scheme = parseForwarded(forwarded as string)?.[indexOfClient(nodes, trusted)]?.scheme;
    if (scheme !== undefined) return parseScheme(scheme);
  }
  if (forwardedProto === undefined) return undefined;
  const schemes = elementsOf(forwardedProto);
  const at = schemes.length > 1 && nodes?.length === schemes.length ? indexOfClient(nodes, trusted) : 0;
  return parseScheme(schemes[at]);
}

/** Some proxies send `ws` and `wss` for WebSockets. */
function parseScheme(text: string | undefined): Scheme | undefined {
  switch (text?.toLowerCase()) {
    case 'https':
    case 'wss':
      return 'https';
    case 'http':
    case 'ws':
      return 'http';
    default:
      return undefined;
  }
}

/** The members of a list, without empty ones. */
function elementsOf(list: string): string[] {
  if (!list.includes(',')) {
    const only = withoutBlanks(list);
    return only === '' ? [] : [only];
  }
  return list
    .split(',')
    .map(withoutBlanks)
    .filter((element) => element !== '');
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

/** A zone names an interface of the machine that wrote it (RFC 4007 §11), and nothing here. */
function withoutZone(address: string): string {
  const at = address.indexOf('%');
  return at < 0 ? address : address.slice(0, at);
}

const bracketedNode = /^\[([\da-fA-F:.]{2,45})(?:%[\w.~-]{1,40})?\](?::(?:\d{1,5}|_[\w.-]{1,40}))?$/;
const ipv4NodeWithPort = /^([\d.]{7,15}):(?:\d{1,5}|_[\w.-]{1,40})$/;
const ipv6NodeWithZone = /^([\da-fA-F:.]{2,45})%[\w.~-]{1,40}$/;

/**
 * One hop: an address, `192.0.2.1:4711` or `[2001:db8::1]:4711` (the node forms of RFC 7239 §6), IPv6 with or without a
 * zone.
 */
function parseNode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const plain = canonicalAddress(text);
  if (plain !== undefined) return plain;
  const [, inBrackets] = bracketedNode.exec(text) ?? [];
  if (inBrackets !== undefined) return canonicalAddress(inBrackets);
  const [, ipv4] = ipv4NodeWithPort.exec(text) ?? [];
  if (ipv4 !== undefined) return canonicalAddress(ipv4);
  const [, ipv6] = ipv6NodeWithZone.exec(text) ?? [];
  return ipv6?.includes(':') === true ? canonicalAddress(ipv6) : undefined;
}
