// The outcome of a decision about one request: allowed or refused, as plain data, with the closed list of reasons.
import type { AuthorizedKey } from './api-key.ts';
import type { RateState } from './rate-limit.ts';

/**
 * Every reason for which a request can be refused. The list is closed: each one has a row in every dialect and a section
 * in `docs/reference/errors.md`, and a test holds the three together.
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

/** The request may pass, on behalf of `key`. `rate` is the tightest limit after this request was counted, if any applies. */
export interface Allowed {
  readonly kind: 'allowed';
  readonly key: AuthorizedKey;
  /** The stored digest of the secret that was shown: what is still open is decided again with it. Never leaves the process. */
  readonly digest: string;
  readonly rate: RateState | undefined;
}

/**
 * The request may not pass. `key` is set when the secret was a real key of this API, so that the refusal can be shown to
 * its owner; the caller is never told. `rate` is the limit the refusal was counted against, if any.
 */
export interface Refused {
  readonly kind: 'refused';
  readonly reason: Reason;
  readonly key: AuthorizedKey | undefined;
  readonly rate: RateState | undefined;
}

export type Verdict = Allowed | Refused;
