// The outcome of a decision about one request: allowed or refused, as plain data, with the closed list of reasons.
import type { AuthorizedKey } from './api-key.ts';
import type { RateState } from './rate-limit.ts';
import type { ReferrerPattern } from './referrer.ts';

/**
 * Every reason to refuse a request. The list is closed: each reason has a row in every dialect and a section in
 * `docs/reference/errors.md`. Tests keep the three in step.
 */
export const reasons = [
  'credential_missing',
  'credential_malformed',
  'credential_ambiguous',
  'key_unknown',
  'key_revoked',
  'key_disabled',
  'key_expired',
  'org_suspended',
  'environment_mismatch',
  'address_not_allowed',
  'address_list_empty',
  'referrer_not_allowed',
  'endpoint_not_allowed',
  'scope_missing',
  'path_not_canonical',
  'rate_limited',
  'quota_exceeded',
  'unavailable',
] as const;

export type Reason = (typeof reasons)[number];

/**
 * The request may pass, on behalf of `key`. `rate`: the tightest limit, with this request counted. `undefined`: none.
 */
export interface Allowed {
  readonly kind: 'allowed';
  readonly key: AuthorizedKey;
  /** The stored digest of the sent secret. Open exchanges are decided again with it. It never leaves the process. */
  readonly digest: string;
  readonly rate: RateState | undefined;
  /** The pages that the key names. Empty: it names none. */
  readonly referrers: readonly ReferrerPattern[];
}

/**
 * The request may not pass. `key` is set when the secret belongs to a key of this API. The key's owner can then see the
 * denial; the caller can't tell. `rate`: the limit that this request was counted against. `undefined`: none.
 */
export interface Refused {
  readonly kind: 'refused';
  readonly reason: Reason;
  readonly key: AuthorizedKey | undefined;
  readonly rate: RateState | undefined;
}

/** The outcome of a decision. A refused request is a returned value, never an exception. */
export type Verdict = Allowed | Refused;
