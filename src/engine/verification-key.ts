// A stored key, compiled for checking: its lists are compiled once, when it enters the cache, not on each request.

import type { Allowlist } from '../domain/address.ts';
import { addressesOf } from '../domain/address-check.ts';
import { forwardedMetadata, type Metadata, noAnnotations } from '../domain/annotations.ts';
import { type AuthorizedKey, isSuspendedFor } from '../domain/api-key.ts';
import { type EndpointPattern, parseEndpointPattern } from '../domain/endpoint.ts';
import { grantOf } from '../domain/granted-limits.ts';
import type { Policy } from '../domain/protected-api.ts';
import { formatRateLimits, type RateLimit, tightest } from '../domain/rate-limit.ts';
import { parseReferrerPattern, type ReferrerPattern } from '../domain/referrer.ts';
import type { LimitBucket, StoredSecret } from './ports.ts';
import { RecentMap } from './recent-map.ts';

/**
 * A key in the form in which it is cached and checked. With a million keys in memory, each pointer costs a cache miss,
 * so keys with the same patterns or limits share one object.
 */
export interface VerificationKey extends AuthorizedKey, LimitBucket {
  /** Whether its organization is suspended, or suspended for its API. */
  readonly isOrgSuspended: boolean;
  readonly isRevoked: boolean;
  readonly isDisabled: boolean;
  /**
   * The end of the key or of this secret's overlap, whichever comes first, in epoch milliseconds. Never:
   * `Number.MAX_SAFE_INTEGER`.
   */
  readonly expiresAtMs: number;
  readonly addresses: Allowlist;
  readonly referrers: readonly ReferrerPattern[];
  /** The granted limits and the key's own, combined. Empty: no limit. */
  readonly rateLimits: readonly RateLimit[];
}

const nothing: readonly never[] = [];

/**
 * Compiles a stored secret under its API's policy. Throws a `TypeError` for a corrupt record: its key then fails
 * closed.
 */
export function compileKey(stored: StoredSecret, policy: Policy): VerificationKey {
  const { key, org } = stored;
  const { restrictions } = key;
  return {
    id: key.id,
    seq: key.seq,
    orgSeq: org.seq,
    supersededDigest: stored.endsAtMs === null ? undefined : stored.digest,
    apiId: key.apiId,
    orgId: key.orgId,
    environment: key.environment,
    isOrgSuspended: isSuspendedFor(org, key.apiId),
    isRevoked: key.revokedAtMs !== null,
    isDisabled: key.disabledAtMs !== null,
    expiresAtMs: Math.min(key.expiresAtMs ?? Number.MAX_SAFE_INTEGER, stored.endsAtMs ?? Number.MAX_SAFE_INTEGER),
    addresses: addressesOf(restrictions, policy),
    referrers: compileAll(restrictions.referrers, parseReferrerPattern, knownReferrers),
    endpoints: compileAll(restrictions.endpoints, parseEndpointPattern, knownEndpoints),
    scopes: restrictions.scopes.length === 0 ? nothing : restrictions.scopes,
    metadata: shareMetadata(key.metadata, org.metadata, policy),
    rateLimits: shareLimits(tightest(grantOf(key, org, policy), key.rateLimits), policy),
    counter: undefined,
  };
}

const knownLimits = new RecentMap<readonly RateLimit[]>(10_000);

/** The shared list of all keys with these limits. */
function shareLimits(limits: readonly RateLimit[], policy: Policy): readonly RateLimit[] {
  if (limits === policy.rateLimits) return limits;
  const name = formatRateLimits(limits);
  const known = knownLimits.get(name);
  if (known !== undefined) return known;
  knownLimits.set(name, limits);
  return limits;
}

const knownMetadata = new RecentMap<Metadata>(10_000);

/** The shared object of all keys with this metadata for the upstream. */
function shareMetadata(ofKey: Metadata, ofOrganization: Metadata, policy: Policy): Metadata {
  if (policy.forwardedMetadata.length === 0) return noAnnotations.metadata;
  const metadata = forwardedMetadata(policy.forwardedMetadata, ofKey, ofOrganization);
  if (metadata === noAnnotations.metadata) return metadata;
  const name = JSON.stringify(metadata);
  const known = knownMetadata.get(name);
  if (known !== undefined) return known;
  knownMetadata.set(name, metadata);
  return metadata;
}

const knownReferrers = new RecentMap<readonly ReferrerPattern[]>(10_000);
const knownEndpoints = new RecentMap<readonly EndpointPattern[]>(10_000);

function compileAll<Pattern>(
  texts: readonly string[],
  parse: (text: string) => Pattern | undefined,
  known: RecentMap<readonly Pattern[]>,
): readonly Pattern[] {
  if (texts.length === 0) return nothing;
  const name = texts.join('\n');
  let patterns = known.get(name);
  if (patterns === undefined) {
    patterns = texts.map((text) => {
      const pattern = parse(text);
      if (pattern === undefined) throw new TypeError('the key record holds a malformed pattern');
      return pattern;
    });
    known.set(name, patterns);
  }
  return patterns;
}
