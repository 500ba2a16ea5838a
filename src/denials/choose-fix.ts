// The fix of a denial, as data: the console puts it into words, and applies it with one click where it can.
import {
  type AddressMode,
  compileAllowlist,
  isOnAllowlist,
  isPrivateAddress,
  parseAddressEntry,
} from '../domain/address.ts';
import type { ApiKey } from '../domain/api-key.ts';
import { oneDayMs } from '../domain/durations.ts';
import { matchesEndpoint, parseEndpointPattern } from '../domain/endpoint.ts';
import type { Policy } from '../domain/protected-api.ts';
import type { Reason } from '../domain/verdict.ts';
import { holdsScope, scopesFor } from '../engine/scopes.ts';
import { endpointOf, isWholePath, type RefusedSample } from './describe-fix.ts';

/** These can be applied to a key; the others tell people what to do. */
const appliedFixes = ['add_address', 'add_endpoint', 'add_scope', 'enable', 'extend'] as const;

export const fixKinds = [
  ...appliedFixes,
  /** The address is our own proxy's, or a network's behind it: `public.trustedProxies` must name the proxy. */
  'trust_proxy',
  /** A trusted proxy named the client unreadably, or not at all. */
  'check_proxy',
  /** The API takes no such address on a key's list. */
  'address_not_supported',
  'edit_referrers',
  'edit_endpoints',
  'edit_scopes',
  /** Only the operator gives this scope. */
  'ask_for_scope',
  'send_key',
  'copy_key_again',
  'send_key_once',
  'use_known_key',
  /** The secret was superseded by a rotation; the key has a newer one. */
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

/** Those that tell people what to do. */
type AdviceKind = Exclude<FixKind, (typeof appliedFixes)[number]>;

/** What the kind is about; members that it has no use for are left out. */
export interface FixParams {
  readonly address?: string;
  readonly mode?: AddressMode;
  readonly endpoint?: string;
  readonly scope?: string;
  /** ISO 8601. */
  readonly expiresAt?: string;
  /** The environment that the key is of. */
  readonly environment?: ApiKey['environment'];
}

export interface Fix {
  readonly kind: FixKind;
  readonly params: FixParams;
  /** Whether one click does it. */
  readonly canApply: boolean;
  /** Whether the key has it already: the denial is older. */
  readonly isDone: boolean;
}

/** How the reader reaches this server: callers of the API come through the same listener. */
export interface Reach {
  /** The address from which the connection comes. */
  readonly peer: string | undefined;
  /** After what trusted proxies say. */
  readonly clientAddress: string | undefined;
  /** An untrusted proxy is in between: every caller behind it appears with its address. */
  readonly isBehindUntrustedProxy: boolean;
  /** Whether the address belongs to a trusted proxy. */
  readonly isTrustedProxy: (address: string) => boolean;
}

export interface FixContext {
  /** As it is now; `undefined`: no key has the secret, or its API is no longer configured. */
  readonly key: ApiKey | undefined;
  readonly policy: Policy | undefined;
  readonly reach: Reach;
  readonly nowMs: number;
  /** Whether the reader may give any scope; others give those of the policy's `memberScopes`, and what the key has. */
  readonly mayGiveAnyScope: boolean;
}

const extensionDays = 90;

/** One fix for each denial. It allows exactly what was refused, and nothing else. */
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

/** For each reason the advice that needs no key. `chooseFix` has a better one for some reasons when the key is known. */
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
  const { mode, whenEmpty } = policy.addresses;
  if (isOnAllowlist(compileAllowlist(key.restrictions.addresses, whenEmpty), address)) {
    return apply('add_address', { address }, true);
  }
  // It passed on a request without saying whose.
  if (reach.isTrustedProxy(address)) return advise('check_proxy', { address });
  if (!parseAddressEntry(address, mode).ok) return advise('address_not_supported', { address, mode });
  return isProxysOwn(address, reach) ? advise('trust_proxy', { address }) : apply('add_address', { address }, false);
}

/**
 * Whether the address may be one that stands for everybody: put on a list, it would let in the world. A private address is a
 * client's own only to someone who is in such a network too, with no proxy between.
 */
function isProxysOwn(address: string, { peer, clientAddress, isBehindUntrustedProxy }: Reach): boolean {
  if (isBehindUntrustedProxy && address === peer) return true;
  if (!isPrivateAddress(address)) return false;
  return isBehindUntrustedProxy || clientAddress === undefined || !isPrivateAddress(clientAddress);
}

/** A path is added only when it is whole and matches nothing but itself as a pattern. */
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
 * A scope that the route asked for, and not the policy, is not known here. A part of a path may be that of another rule, so
 * only a whole one tells. What the reader may not give is not offered: the click would be refused.
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
 * Whether the fix that was shown is the one that would be done now. A suggested expiry moves on with time, so an earlier one that
 * was shown still counts: it grants no more.
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

/** 90 days from now, or as long as the policy still lets the key live. */
function fixExpiry(key: ApiKey, { expiry }: Policy, nowMs: number): Fix {
  if (key.expiresAtMs === null || key.expiresAtMs > nowMs) return advise('use_newest_secret');
  const latest = expiry.maxDays === undefined ? Number.POSITIVE_INFINITY : key.createdAtMs + expiry.maxDays * oneDayMs;
  const expiresAtMs = Math.min(nowMs + extensionDays * oneDayMs, latest);
  if (expiresAtMs <= nowMs) return advise('create_replacement');
  return apply('extend', { expiresAt: new Date(expiresAtMs).toISOString() }, false);
}
