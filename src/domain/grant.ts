// Which limits a key is granted: what its owner may tighten, and only the operator may loosen.
import type { ApiKey, Organization } from './api-key.ts';
import type { Policy } from './protected-api.ts';
import type { RateLimit } from './rate-limit.ts';

/**
 * The limits that a key is granted: the operator's for this key, else the operator's for its organization and API, else the
 * API's policy. Empty: unlimited.
 */
export function grantOf(
  key: Pick<ApiKey, 'apiId' | 'grantedLimits'>,
  org: Pick<Organization, 'grantedLimits'>,
  policy: Pick<Policy, 'rateLimits'>,
): readonly RateLimit[] {
  return key.grantedLimits ?? org.grantedLimits.get(key.apiId) ?? policy.rateLimits;
}
