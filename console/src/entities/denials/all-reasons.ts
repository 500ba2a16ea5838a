// The reasons of denials, without their icons and words.
import type { Reason } from './denials-api.ts';

const reasons: Readonly<Record<Reason, true>> = {
  credential_missing: true,
  credential_malformed: true,
  credential_ambiguous: true,
  key_unknown: true,
  key_revoked: true,
  key_disabled: true,
  key_expired: true,
  org_suspended: true,
  environment_mismatch: true,
  address_not_allowed: true,
  address_list_empty: true,
  referrer_not_allowed: true,
  endpoint_not_allowed: true,
  scope_missing: true,
  path_not_canonical: true,
  rate_limited: true,
  quota_exceeded: true,
  unavailable: true,
};

/** All reasons, in the order of the checks (`src/domain/verdict.ts`). */
export const allReasons = Object.keys(reasons) as readonly Reason[];
