// A stored key made ready for checking: lists compiled once, when it enters the cache, not on each request.

import { type Allowlist, compileAllowlist } from '../domain/address.ts';
import type { AuthorizedKey } from '../domain/api-key.ts';
import { type EndpointPattern, parseEndpointPattern } from '../domain/endpoint.ts';
import { grantOf } from '../domain/grant.ts';
import type { Policy } from '../domain/protected-api.ts';
import { formatRateLimits, type RateLimit, tightest } from '../domain/rate-limit.ts';
import { parseReferrerPattern, type ReferrerPattern } from '../domain/referrer.ts';
import type { LimitBucket, StoredSecret } from './ports.ts';
import { RecentMap } from './recent-map.ts';

/**
 * The form in which keys are cached and checked. With a million keys in memory each pointer followed is a cache miss, so
 * that what repeats between keys (patterns, limits) is one object shared by all.
 */
export interface VerificationKey extends AuthorizedKey, LimitBucket {
  readonly isOrgSuspended: boolean;
  readonly isRevoked: boolean;
  readonly isDisabled: boolean;
  /** Epoch milliseconds, far off when never. The end of the key or of this secret's overlap, whichever comes first. */
  readonly expiresAtMs: number;
  readonly addresses: Allowlist;
  readonly referrers: readonly ReferrerPattern[];
  readonly endpoints: readonly EndpointPattern[];
  /** What is granted and the key's own, together. Empty: no limit. */
  readonly rateLimits: readonly RateLimit[];
}

const nothing: readonly never[] = [];

/** Compiles a stored secret under its API's policy. Throws when the record is corrupt, so that this one key fails closed. */
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
    isOrgSuspended: org.status !== 'active',
    isRevoked: key.revokedAtMs !== null,
    isDisabled: key.disabledAtMs !== null,
    expiresAtMs: Math.min(key.expiresAtMs ?? Number.MAX_SAFE_INTEGER, stored.endsAtMs ?? Number.MAX_SAFE_INTEGER),
    addresses: compileAllowlist(restrictions.addresses, policy.addresses.whenEmpty),
    referrers: compileAll(restrictions.referrers, parseReferrerPattern, knownReferrers),
    endpoints: compileAll(restrictions.endpoints, parseEndpointPattern, knownEndpoints),
    scopes: restrictions.scopes.length === 0 ? nothing : restrictions.scopes,
    rateLimits: shareLimits(tightest(grantOf(key, org, policy), key.rateLimits), policy),
    counter: undefined,
  };
}

const knownLimits = new RecentMap<readonly RateLimit[]>(10_000);

/** The one list of all keys with these limits. */
function shareLimits(limits: readonly RateLimit[], policy: Policy): readonly RateLimit[] {
  if (limits === policy.rateLimits) return limits;
  const name = formatRateLimits(limits);
  const known = knownLimits.get(name);
  if (known !== undefined) return known;
  knownLimits.set(name, limits);
  return limits;
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
      if (pattern === undefined) throw new TypeError('the key record holds a pattern that cannot be read');
      return pattern;
    });
    known.set(name, patterns);
  }
  return patterns;
}
