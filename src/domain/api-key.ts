// The API key's record, the organization that owns it, and its lifecycle.
import type { Annotations, Metadata } from './annotations.ts';
import type { EndpointPattern } from './endpoint.ts';
import type { RateLimit } from './rate-limit.ts';

/** Part of the key record. Every request is checked against it; it is never inferred from a name. */
export type Environment = 'live' | 'test';

export const environments = ['live', 'test'] as const satisfies readonly Environment[];

/** The owner of keys. */
export interface Organization extends Annotations {
  readonly id: string;
  readonly name: string;
  /** The sorts of organization, such as `dealer`; at least one. Some APIs issue keys only to one kind. */
  readonly kinds: readonly string[];
  /** While it is suspended, all its keys are refused. */
  readonly status: 'active' | 'suspended';
  /** Ids of the APIs for which it is suspended, sorted. Its keys of these are refused, whatever the status is. */
  readonly suspendedApis: readonly string[];
  /** The limits that the operator granted its keys, by API id, in place of the policy's. No list is empty. */
  readonly grantedLimits: ReadonlyMap<string, readonly RateLimit[]>;
  readonly createdAtMs: number;
}

/** Whether the organization's keys of the API are refused. */
export function isSuspendedFor(
  { status, suspendedApis }: Pick<Organization, 'status' | 'suspendedApis'>,
  apiId: string,
): boolean {
  return status !== 'active' || suspendedApis.includes(apiId);
}

/**
 * What a key's address list does. `enforce`: others are refused. `report`: no one is refused, and the addresses that the
 * list lacks are shown, so that a key can learn where it is used from.
 */
export const addressChecks = ['enforce', 'report'] as const;

export type AddressCheck = (typeof addressChecks)[number];

/** Where a key may be used, and for what. The lists contain canonical text, which is checked before it is stored. */
export interface Restrictions {
  /** Exact addresses or CIDR ranges, canonical (RFC 5952; IPv4-mapped IPv6 as IPv4). Empty: see `Policy.addresses`. */
  readonly addresses: readonly string[];
  /** `undefined`: the list is enforced. See `addressesOf`. */
  readonly addressCheck?: 'report' | undefined;
  /**
   * `https://example.com`, `example.com` or `*.example.com`. Empty: any. Advisory: only browsers send an honest one.
   */
  readonly referrers: readonly string[];
  /** `GET /v1/users/*`. Empty: any. */
  readonly endpoints: readonly string[];
  /** The scopes of the key; `*` stands for all. Empty: none, so an endpoint that requires a scope refuses the key. */
  readonly scopes: readonly string[];
}

/** The visible parts of a secret: never enough to use it. */
export interface SecretHint {
  readonly prefix: string;
  /** The first 4 random characters. */
  readonly start: string;
  /** The last 4 characters. */
  readonly end: string;
}

/** A key as management sees it. Times are epoch milliseconds; `null`: never. */
export interface ApiKey extends Annotations {
  readonly id: string;
  readonly apiId: string;
  readonly orgId: string;
  readonly environment: Environment;
  readonly name: string;
  readonly hint: SecretHint;
  readonly restrictions: Restrictions;
  /** The key's own limits. They apply on top of the granted ones (`grantOf`), so they only tighten. Empty: none. */
  readonly rateLimits: readonly RateLimit[];
  /** The limits that the operator granted this key; never empty. `null`: those of its organization or API apply. */
  readonly grantedLimits: readonly RateLimit[] | null;
  readonly createdAtMs: number;
  /** When the newest secret was made: at the creation, or at the last rotation. */
  readonly secretCreatedAtMs: number;
  readonly updatedAtMs: number;
  readonly expiresAtMs: number | null;
  /** Set once, never cleared. The record stays, so its owner sees "revoked" and not "unknown". */
  readonly revokedAtMs: number | null;
  /** When the key was disabled. `null`: it is enabled. Unlike a revoked key, a disabled key can be enabled again. */
  readonly disabledAtMs: number | null;
  /** Counts the changes of this record, from 1. */
  readonly revision: number;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
}

/** The part of a key that a decision passes on. */
export interface AuthorizedKey {
  readonly id: string;
  /** The store's short numbers for the key and its organization. Never shown. */
  readonly seq: number;
  readonly orgSeq: number;
  /** The digest of the sent secret, if a rotation has superseded it; else `undefined`. */
  readonly supersededDigest: string | undefined;
  readonly apiId: string;
  readonly orgId: string;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  /** The endpoints that it may call. Empty: any. */
  readonly endpoints: readonly EndpointPattern[];
  /** The metadata that the upstream learns. */
  readonly metadata: Metadata;
}

/** Derived from a key and the time, never stored (see `keyStatus`). */
export type KeyStatus = 'active' | 'disabled' | 'expired' | 'revoked';

/**
 * The status of a key at `nowMs`. Revoked outranks expired, and expired outranks disabled. A key is expired from the
 * very millisecond of `expiresAtMs`.
 */
export function keyStatus(key: Pick<ApiKey, 'expiresAtMs' | 'revokedAtMs' | 'disabledAtMs'>, nowMs: number): KeyStatus {
  if (key.revokedAtMs !== null) return 'revoked';
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) return 'expired';
  if (key.disabledAtMs !== null) return 'disabled';
  return 'active';
}
