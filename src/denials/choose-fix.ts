// Chooses the fix of a denial, as data. The console has the words, and applies some fixes with one click.
import { type AddressMode, isOnAllowlist, isPrivateAddress, parseAddressEntry } from '../domain/address.ts';
import { addressesOf } from '../domain/address-check.ts';
import type { ApiKey } from '../domain/api-key.ts';
import { oneDayMs } from '../domain/durations.ts';
import { matchesEndpoint, parseEndpointPattern } from '../domain/endpoint.ts';
import type { Policy } from '../domain/protected-api.ts';
import type { Reason } from '../domain/verdict.ts';
import { holdsScope, scopesFor } from '../engine/scopes.ts';
import { endpointOf, isWholePath, type RefusedSample } from './describe-fix.ts';

/** Fixes that can be applied to a key. All others tell people what to do. */
const appliedFixes = ['add_address', 'add_endpoint', 'add_scope', 'enable', 'extend'] as const;

/** Every kind of fix. They are on the wire, and the console has words for each. */
export const fixKinds = [
  ...appliedFixes,
  /** The address is that of a proxy, or of a network behind it: `public.trustedProxies` must name the proxy. */
  'trust_proxy',
  /** A trusted proxy named no client, or named it in an unreadable form. */
  'check_proxy',
  /** The API does not accept such an address on a key's list. */
  'address_not_supported',
  'edit_referrers',
  'edit_endpoints',
  'edit_scopes',
  /** Only the operator may give this scope. */
  'ask_for_scope',
  'send_key',
  'copy_key_again',
  'send_key_once',
  'use_known_key',
  /** A rotation superseded the secret; the key has a newer one. */
  'use_newest_secret',
  'create_replacement',
  'resume_organization',
  'use_environment',
  'send_plain_path',
  'slow_down',
  'await_quota',
  'try_again',
] as const;

export type FixKind = (typeof fixKinds)[number];

/** Fixes that tell people what to do. */
type AdviceKind = Exclude<FixKind, (typeof appliedFixes)[number]>;

/** The details of a fix. Each kind has only the members that it needs. */
export interface FixParams {
  readonly address?: string;
  readonly mode?: AddressMode;
  readonly endpoint?: string;
  readonly scope?: string;
  /** ISO 8601. */
  readonly expiresAt?: string;
  /** The environment of the key. */
  readonly environment?: ApiKey['environment'];
}

export interface Fix {
  readonly kind: FixKind;
  readonly params: FixParams;
  /** Whether one click applies it. */
  readonly canApply: boolean;
  /** Whether the key has the fix already, because the denial is older. */
  readonly isDone: boolean;
}

/** How the person who reads the denial reaches this server. Callers of the API use the same listener. */
export interface Reach {
  /** The address of the connection. */
  readonly peer: string | undefined;
  /** The address that trusted proxies state. */
  readonly clientAddress: string | undefined;
  /** Whether an untrusted proxy is between. Every caller behind it appears with the proxy's address. */
  readonly isBehindUntrustedProxy: boolean;
  /** Whether the address belongs to a trusted proxy. */
  readonly isTrustedProxy: (address: string) => boolean;
}

/** The facts that choose a fix, besides the denial. */
export interface FixContext {
  /** The key in its present state. `undefined`: the denial has no key, or its API is no longer configured. */
  readonly key: ApiKey | undefined;
  readonly policy: Policy | undefined;
  readonly reach: Reach;
  readonly nowMs: number;
  /** Whether the reader may give any scope. Others may give those of `memberScopes`, and those that the key has. */
  readonly mayGiveAnyScope: boolean;
}

const extensionDays = 90;

/** Chooses one fix for a denial. It allows exactly the refused request, and nothing else. */
export function chooseFix(refused: RefusedSample, { key, policy, reach, nowMs, mayGiveAnyScope }: FixContext): Fix {
  if (key === undefined || policy === undefined) return advise(adviceFor[refused.reason]);
  if (key.revokedAtMs !== null) return advise('create_replacement');
  switch (refused.reason) {
    case 'address_not_allowed':
    case 'address_list_empty':
      return fixAddress(refused.clientAddress, key, policy, reach);
    case 'endpoint_not_allowed':
      return fixEndpoint(refused, key);
    case 'scope_missing':
      return fixScope(refused, key, policy, mayGiveAnyScope);
    case 'key_disabled':
      return apply('enable', {}, key.disabledAtMs === null);
    case 'key_expired':
      return fixExpiry(key, policy, nowMs);
    case 'environment_mismatch':
      return advise('use_environment', { environment: key.environment });
    default:
      return advise(adviceFor[refused.reason]);
  }
}

/** The advice for each reason when the key is unknown. For a known key, `chooseFix` often has a better one. */
const adviceFor: Readonly<Record<Reason, AdviceKind>> = {
  credential_missing: 'send_key',
  credential_malformed: 'copy_key_again',
  credential_ambiguous: 'send_key_once',
  key_unknown: 'use_known_key',
  key_revoked: 'create_replacement',
  key_disabled: 'use_known_key',
  key_expired: 'use_known_key',
  environment_mismatch: 'use_known_key',
  address_not_allowed: 'use_known_key',
  address_list_empty: 'use_known_key',
  endpoint_not_allowed: 'use_known_key',
  scope_missing: 'use_known_key',
  org_suspended: 'resume_organization',
  referrer_not_allowed: 'edit_referrers',
  path_not_canonical: 'send_plain_path',
  rate_limited: 'slow_down',
  quota_exceeded: 'await_quota',
  unavailable: 'try_again',
};

function advise(kind: AdviceKind, params: FixParams = {}): Fix {
  return { kind, params, canApply: false, isDone: false };
}

function apply(kind: (typeof appliedFixes)[number], params: FixParams, isDone: boolean): Fix {
  return { kind, params, canApply: !isDone, isDone };
}

function fixAddress(address: string | null, key: ApiKey, policy: Policy, reach: Reach): Fix {
  if (address === null) return advise('check_proxy');
  const { mode } = policy.addresses;
  if (isOnAllowlist(addressesOf(key.restrictions, policy), address)) {
    return apply('add_address', { address }, true);
  }
  // The trusted proxy forwarded a request without naming the client.
  if (reach.isTrustedProxy(address)) return advise('check_proxy', { address });
  if (!parseAddressEntry(address, mode).ok) return advise('address_not_supported', { address, mode });
  return mayBeProxy(address, reach) ? advise('trust_proxy', { address }) : apply('add_address', { address }, false);
}

/**
 * Whether the address may be that of a proxy. On a list, it would allow every caller behind the proxy. A private
 * address is a client's own only if the reader is also in a private network, without a proxy between.
 */
function mayBeProxy(address: string, { peer, clientAddress, isBehindUntrustedProxy }: Reach): boolean {
  if (isBehindUntrustedProxy && address === peer) return true;
  if (!isPrivateAddress(address)) return false;
  return isBehindUntrustedProxy || clientAddress === undefined || !isPrivateAddress(clientAddress);
}

/** Adds a path only when it is complete and, as a pattern, matches only itself. */
function fixEndpoint(refused: RefusedSample, key: ApiKey): Fix {
  const { method, path } = refused;
  const endpoint = endpointOf(refused);
  const patterns = key.restrictions.endpoints.flatMap((text) => parseEndpointPattern(text) ?? []);
  const isDone =
    patterns.length === 0 || (isWholePath(path) && patterns.some((pattern) => matchesEndpoint(pattern, method, path)));
  if (isDone) return apply('add_endpoint', { endpoint: `${method} ${path}` }, true);
  return endpoint === undefined ? advise('edit_endpoints') : apply('add_endpoint', { endpoint }, false);
}

/**
 * The scopes of a route are unknown here, only those of the policy. An incomplete path could match another rule, so it
 * gets advice only. A scope that the reader may not give is not offered, because the click would be refused.
 */
function fixScope({ method, path }: RefusedSample, key: ApiKey, policy: Policy, mayGiveAnyScope: boolean): Fix {
  const { scopes } = key.restrictions;
  if (!isWholePath(path)) return advise('edit_scopes');
  const wanted = scopesFor(policy, method, path);
  const missing = wanted.find((scope) => !holdsScope(scopes, scope));
  if (missing !== undefined) {
    const isGivable = mayGiveAnyScope || policy.memberScopes?.includes(missing) !== false;
    return isGivable ? apply('add_scope', { scope: missing }, false) : advise('ask_for_scope', { scope: missing });
  }
  const [first] = wanted;
  return first === undefined ? advise('edit_scopes') : apply('add_scope', { scope: first }, true);
}

/**
 * Whether the fix that a person saw is still the one to apply. A suggested expiry moves on with time, so an earlier one
 * also counts: it grants no more.
 */
export function isSameFix(
  shown: Pick<Fix, 'kind' | 'params'>,
  now: Pick<Fix, 'kind' | 'params'>,
  nowMs: number,
): boolean {
  if (shown.kind !== now.kind) return false;
  const { expiresAt: shownEnd, ...shownRest } = shown.params;
  const { expiresAt: endNow, ...restNow } = now.params;
  const names = ['address', 'mode', 'endpoint', 'scope', 'environment'] as const;
  if (names.some((name) => shownRest[name] !== restNow[name])) return false;
  if (endNow === undefined || shownEnd === undefined) return shownEnd === endNow;
  const shownMs = Date.parse(shownEnd);
  return shownMs > nowMs && shownMs <= Date.parse(endNow);
}

/** Extends the key by 90 days from now, or to its longest life under the policy. */
function fixExpiry(key: ApiKey, { expiry }: Policy, nowMs: number): Fix {
  if (key.expiresAtMs === null || key.expiresAtMs > nowMs) return advise('use_newest_secret');
  const latest = expiry.maxDays === undefined ? Number.POSITIVE_INFINITY : key.createdAtMs + expiry.maxDays * oneDayMs;
  const expiresAtMs = Math.min(nowMs + extensionDays * oneDayMs, latest);
  if (expiresAtMs <= nowMs) return advise('create_replacement');
  return apply('extend', { expiresAt: new Date(expiresAtMs).toISOString() }, false);
}
