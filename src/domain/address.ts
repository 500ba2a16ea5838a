// Network addresses: the canonical spelling of each, the entries of an address list, and matching.
import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The canonical spelling of an address: dotted decimal for IPv4 and for IPv4-mapped IPv6, RFC 5952 for IPv6.
 * `undefined` for anything that is not exactly one address: octal or short forms (CVE-2021-28918), zone ids, ports,
 * brackets, white space.
 */
export function canonicalAddress(text: string): string | undefined {
  const family = isIP(text);
  if (family === 4) return text;
  if (family !== 6 || text.includes('%')) return undefined;
  const address = readIPv6(text);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}

/** `::0:` keeps ipaddr.js from reading the deprecated `::192.0.2.1` (RFC 4291 §2.5.5.1) as `::ffff:192.0.2.1`. */
function readIPv6(text: string): ipaddr.IPv6 {
  return ipaddr.IPv6.parse(/^::\d+\./.test(text) ? `::0:${text.slice(2)}` : text);
}

/** The entries that a profile accepts in an address list. */
export type AddressMode = 'none' | 'exact_ipv4' | 'exact' | 'cidr';

export type ParsedEntry = { readonly ok: true; readonly entry: string } | { readonly ok: false; readonly fix: string };

/** Checks and canonicalizes one entry before it is stored. `fix` says what to send instead. */
export function parseAddressEntry(text: string, mode: AddressMode): ParsedEntry {
  const shown = JSON.stringify(text.slice(0, 60));
  if (mode === 'none')
    return {
      ok: false,
      fix: 'keys of this API have no address list: leave it out',
    };
  if (text.includes('/')) {
    if (mode !== 'cidr')
      return {
        ok: false,
        fix: `${shown} is a range; only exact addresses are accepted here: list each address`,
      };
    const entry = canonicalRange(text);
    if (entry === undefined)
      return {
        ok: false,
        fix: `${shown} is not a range like 203.0.113.0/24 or 2001:db8::/32`,
      };
    return { ok: true, entry };
  }
  const entry = canonicalAddress(text);
  if (entry === undefined)
    return {
      ok: false,
      fix: `${shown} is not an IP address like 203.0.113.7${mode === 'exact_ipv4' ? '' : ' or 2001:db8::7'}`,
    };
  if (mode === 'exact_ipv4' && isIP(text) !== 4)
    return {
      ok: false,
      fix: `${shown} is not IPv4; only exact IPv4 addresses are accepted here`,
    };
  return { ok: true, entry };
}

function canonicalRange(text: string): string | undefined {
  const parts = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  if (parts === null) return undefined;
  const base = parts[1] as string;
  const family = isIP(base);
  if (family === 0 || base.includes('%')) return undefined;
  const bits = Number(parts[2]);
  if (bits > (family === 4 ? 32 : 128)) return undefined;
  if (family === 4) {
    return bits === 32 ? base : `${ipaddr.IPv4.networkAddressFromCIDR(text).toString()}/${bits}`;
  }
  const address = readIPv6(base);
  // ::ffff:192.0.2.0/120 is the IPv4 range 192.0.2.0/24, and the addresses to match are canonical IPv4.
  if (address.isIPv4MappedAddress() && bits >= 96) {
    return canonicalRange(`${address.toIPv4Address().toString()}/${bits - 96}`);
  }
  if (bits === 128) return address.toRFC5952String();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toRFC5952String()}/${bits}`).toRFC5952String()}/${bits}`;
}

/** A compiled address list. `none` blocks every request: some vendors give an empty list that meaning. */
export type Allowlist =
  | { readonly kind: 'any' }
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly address: string }
  | {
      readonly kind: 'only';
      readonly exact: ReadonlySet<string>;
      readonly ranges: BlockList | undefined;
    };

const any: Allowlist = { kind: 'any' };
const none: Allowlist = { kind: 'none' };

/**
 * Compiles canonical entries: exact addresses and CIDR ranges. Throws a `TypeError` for any other entry, because the
 * record is then corrupt.
 */
export function compileAllowlist(entries: readonly string[], whenEmpty: 'any' | 'block'): Allowlist {
  if (entries.length === 0) return whenEmpty === 'any' ? any : none;
  const exact = new Set<string>();
  let ranges: BlockList | undefined;
  for (const entry of entries) {
    const slash = entry.indexOf('/');
    // Guessing is unsafe: `10.0.0.0/` would become `10.0.0.0/0`.
    if ((slash < 0 ? canonicalAddress(entry) : canonicalRange(entry)) !== entry)
      throw new TypeError('the address list holds something that is not a canonical address or range');
    if (slash < 0) {
      exact.add(entry);
    } else {
      const base = entry.slice(0, slash);
      ranges ??= new BlockList();
      ranges.addSubnet(base, Number(entry.slice(slash + 1)), isIP(base) === 4 ? 'ipv4' : 'ipv6');
    }
  }
  const [first] = exact;
  if (first !== undefined && exact.size === 1 && ranges === undefined) return { kind: 'one', address: first };
  return { kind: 'only', exact, ranges };
}

/** Whether `address` is on the list; it must be canonical. Exact entries cost one `Set` look-up, ranges a search. */
export function isOnAllowlist(list: Allowlist, address: string): boolean {
  if (list.kind === 'one') return list.address === address;
  if (list.kind !== 'only') return list.kind === 'any';
  if (list.exact.has(address)) return true;
  return list.ranges?.check(address, address.includes(':') ? 'ipv6' : 'ipv4') === true;
}

/**
 * The group that counts as one client: an IPv4 address, or the /64 of an IPv6 address, which belongs to one subscriber.
 * `address` must be canonical.
 */
export function clientGroupOf(address: string): string {
  if (!address.includes(':')) return address;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`).toRFC5952String()}/64`;
}

/**
 * The network of an address, or of a /64 as `clientGroupOf` returns it: the /24 of IPv4, the /48 of IPv6. Addresses that a
 * provider changes by itself mostly stay in it.
 */
export function networkOf(address: string): string {
  const [base = ''] = address.split('/');
  return canonicalRange(`${base}/${base.includes(':') ? 48 : 24}`) ?? address;
}

const privateRanges = new Set(['loopback', 'private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat']);

/** Whether a canonical address is private: many networks reuse it, and it is unreachable from outside (RFC 6890). */
export function isPrivateAddress(address: string): boolean {
  return privateRanges.has(ipaddr.parse(address).range());
}

/** Ranges inside 2000::/3 that reach no ordinary host, or one behind an IPv4 address: RFC 6890, 3056, 4380 and 9637. */
const specialInGlobal = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map((range) =>
  ipaddr.parseCIDR(range),
);

/**
 * Whether an address is that of an ordinary public host. `false` for everything else: private, loopback, link-local,
 * shared (CGNAT), multicast and reserved ranges, each IPv6 form that holds an IPv4 address (mapped, NAT64, 6to4, Teredo),
 * and text that is no address.
 */
export function isPublicAddress(text: string): boolean {
  const family = isIP(text);
  if (family === 4) return ipaddr.IPv4.parse(text).range() === 'unicast';
  if (family !== 6 || text.includes('%')) return false;
  const address = ipaddr.IPv6.parse(text);
  const isGlobal = address.match(ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]);
  return isGlobal && !specialInGlobal.some((range) => address.match(range as [ipaddr.IPv6, number]));
}
