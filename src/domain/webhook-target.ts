// Where webhooks may go: URLs that an endpoint may have, and addresses that the sender may connect to.
import { isIP } from 'node:net';
import { type Allowlist, canonicalAddress, compileAllowlist, isOnAllowlist, isPublicAddress } from './address.ts';

/** What the operator allows beside public addresses over https. */
export interface AllowedTargets {
  /** Host names, lower case. */
  readonly names: ReadonlySet<string>;
  readonly addresses: Allowlist;
}

/** Compiles host names, canonical addresses and canonical ranges. */
export function compileTargets(entries: readonly string[]): AllowedTargets {
  const isAddress = (entry: string) => isIP(entry.split('/')[0] as string) !== 0;
  return {
    names: new Set(entries.filter((entry) => !isAddress(entry))),
    addresses: compileAllowlist(entries.filter(isAddress), 'block'),
  };
}

/** Whether the sender may connect to an address that `host` resolved to, or that `host` is. */
export function mayConnect(address: string, host: string, { names, addresses }: AllowedTargets): boolean {
  if (names.has(host) || isPublicAddress(address)) return true;
  const canonical = canonicalAddress(address);
  return canonical !== undefined && isOnAllowlist(addresses, canonical);
}

/** The host of a URL: a name or an address, IPv6 without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

export type CheckedUrl = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly fix: string };

const maxUrlLength = 2_000;

/** Checks the URL of an endpoint. `fix` says what to send instead. Names are resolved, and checked again, at each attempt. */
export function checkTargetUrl(text: string, allowed: AllowedTargets): CheckedUrl {
  const url = text.length > maxUrlLength ? null : URL.parse(text);
  if (url === null) return refused(`must be a URL such as https://example.com/webhooks, of ${maxUrlLength} characters`);
  const host = hostOf(url);
  const isListed =
    allowed.names.has(host) || (isIP(host) !== 0 && isOnAllowlist(allowed.addresses, canonicalAddress(host) ?? ''));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isListed)) return refused('must begin with https://');
  if (url.username !== '' || url.password !== '') return refused('must have no user name and no password');
  if (url.hash !== '') return refused('must have no fragment: leave out # and what follows');
  if (isIP(host) !== 0 && !mayConnect(host, host, allowed)) return refused('must not be a private or reserved address');
  return { ok: true, url: url.href };
}

function refused(fix: string): CheckedUrl {
  return { ok: false, fix };
}
