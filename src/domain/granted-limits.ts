// The limits granted to a key. Its owner may tighten them; only the operator may loosen them.
import type { ApiKey, Organization } from './api-key.ts';
import type { Policy } from './protected-api.ts';
import type { RateLimit } from './rate-limit.ts';

/**
 * The limits granted to a key: its own grant, else that of its organization and API, else the policy's. Empty:
 * unlimited.
 */
export function grantOf(
  key: Pick<ApiKey, 'apiId' | 'grantedLimits'>,
  org: Pick<Organization, 'grantedLimits'>,
  policy: Pick<Policy, 'rateLimits'>,
): readonly RateLimit[] {
  return key.grantedLimits ?? org.grantedLimits.get(key.apiId) ?? policy.rateLimits;
}
