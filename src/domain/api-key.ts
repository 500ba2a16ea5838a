// The API key's record, the organization that owns it, and its lifecycle.
import type { RateLimit } from './rate-limit.ts';

/** Part of the key record, enforced on every request, never inferred from a name. */
export type Environment = 'live' | 'test';

export const environments = ['live', 'test'] as const satisfies readonly Environment[];

/** The tenant that owns keys. A suspended organization's keys are all refused until it is resumed. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  /** What the organization is to the vendor, e.g. `dealer`; some profiles issue keys to one kind only. */
  readonly kind: string;
  readonly status: 'active' | 'suspended';
  /** The limits that the operator granted its keys, by API, in place of the policy's. No list is empty. */
  readonly grantedLimits: ReadonlyMap<string, readonly RateLimit[]>;
  readonly createdAtMs: number;
}

/** Where and for what a key may be used. Lists hold canonical text, checked when written; what empty means is the policy's. */
export interface Restrictions {
  /** Exact addresses or CIDR ranges, canonical (RFC 5952; IPv4-mapped IPv6 is written as IPv4). */
  readonly addresses: readonly string[];
  /** `https://example.com`, `example.com` or `*.example.com`. Empty: any. Advisory: a client that is not a browser can forge it. */
  readonly referrers: readonly string[];
  /** `GET /v1/users/*`. Empty: any. */
  readonly endpoints: readonly string[];
  /** Scopes the key holds; `*` holds all. Empty: none, so an endpoint that requires a scope refuses the key. */
  readonly scopes: readonly string[];
}

/** What anyone may see of a secret: never enough to use it. */
export interface SecretHint {
  readonly prefix: string;
  /** The first 4 random characters. */
  readonly start: string;
  /** The last 4 characters. */
  readonly end: string;
}

/** A key as management sees it. Times are epoch milliseconds, `null` for never. */
export interface ApiKey {
  readonly id: string;
  readonly apiId: string;
  readonly orgId: string;
  readonly environment: Environment;
  readonly name: string;
  readonly hint: SecretHint;
  readonly restrictions: Restrictions;
  /** The key's own limits. They hold beside what is granted to it (`grantOf`), so they only tighten. Empty: none. */
  readonly rateLimits: readonly RateLimit[];
  /** The limits that the operator granted this key, never empty. `null`: it has those of its organization or API. */
  readonly grantedLimits: readonly RateLimit[] | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly expiresAtMs: number | null;
  /** Set once, never cleared: the record stays as a tombstone so that its owner sees "revoked", not "unknown". */
  readonly revokedAtMs: number | null;
  /** Since when it is switched off; `null` when it is on. Unlike a revoked key it can be switched on again. */
  readonly disabledAtMs: number | null;
  /** Counts the changes of this record, from 1. */
  readonly revision: number;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
}

/** What a decision tells of the key it was made for. */
export interface AuthorizedKey {
  readonly id: string;
  /** The short numbers under which the store counts the key and its organization. Never shown. */
  readonly seq: number;
  readonly orgSeq: number;
  /** The digest of the secret that was sent, when a rotation has superseded it; else `undefined`. */
  readonly supersededDigest: string | undefined;
  readonly apiId: string;
  readonly orgId: string;
  readonly environment: Environment;
  readonly scopes: readonly string[];
}

export type KeyStatus = 'active' | 'disabled' | 'expired' | 'revoked';

/** The status a key has at `nowMs`; revocation outranks expiry, and expiry that the key is switched off. A key is expired from the very millisecond of its expiry on. */
export function keyStatus(key: Pick<ApiKey, 'expiresAtMs' | 'revokedAtMs' | 'disabledAtMs'>, nowMs: number): KeyStatus {
  if (key.revokedAtMs !== null) return 'revoked';
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) return 'expired';
  if (key.disabledAtMs !== null) return 'disabled';
  return 'active';
}
