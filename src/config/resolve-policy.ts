// Applies the policy of a file to the policy that it overrides, and compares the settings of the result.
import { metadataHeaderOf } from '../domain/annotations.ts';
import type { Policy } from '../domain/protected-api.ts';
import { formatRateLimit, type RateLimit } from '../domain/rate-limit.ts';
import type { PolicyFile } from './policy-schema.ts';
import type { Report } from './report.ts';
import { withTemplates } from './templates.ts';

/** The policy with the overrides of a file. Calls `report` for each problem that involves several values. */
export function overridePolicy(policy: Policy, override: PolicyFile, report: Report): Policy {
  return withTemplates(overrideRules(policy, override, report), override.templates, report);
}

function overrideRules(policy: Policy, override: PolicyFile, report: Report): Policy {
  const name = { min: override.name?.min ?? policy.name.min, max: override.name?.max ?? policy.name.max };
  if (name.min > name.max) report(['name'], `min ${name.min} is above max ${name.max}`);
  const rateLimits = override.rateLimit === undefined ? policy.rateLimits : limitsOf(override.rateLimit, report);
  const { rateLimitWindowSeconds } = policy;
  const isOther = ({ windowSeconds }: RateLimit) => windowSeconds !== rateLimitWindowSeconds;
  if (rateLimitWindowSeconds !== undefined && rateLimits.some(isOther)) {
    const example = formatRateLimit({ limit: 60, windowSeconds: rateLimitWindowSeconds });
    report(['rateLimit'], `limits of this profile must use the window of ${example}, which its headers declare`);
  }
  if (override.countRefusals === true && rateLimits.length === 0)
    report(['countRefusals'], 'there is no rate limit to count refused requests against: set rateLimit, such as 60/m');
  reportTwins(override.forwardMetadata ?? [], report);
  const hasExpiry = override.expiry ?? policy.hasExpiry;
  return {
    addresses: overrideAddresses(policy.addresses, override.addresses, report),
    hasReferrers: override.referrers ?? policy.hasReferrers,
    hasEndpoints: override.endpoints ?? policy.hasEndpoints,
    hasExpiry,
    expiry: overrideExpiry(policy.expiry, hasExpiry, override, report),
    name,
    orgKind: override.orgKind === 'any' ? undefined : (override.orgKind ?? policy.orgKind),
    canRotate: override.rotate ?? policy.canRotate,
    canDisable: override.disable ?? policy.canDisable,
    selfService:
      override.keysMay === undefined
        ? policy.selfService
        : {
            list: override.keysMay.includes('list'),
            create: override.keysMay.includes('create'),
            rotate: override.keysMay.includes('rotate'),
            revoke: override.keysMay.includes('revoke'),
          },
    maxKeysPerOrg: override.maxKeysPerOrg ?? policy.maxKeysPerOrg,
    requiresAddresses: override.addresses?.required ?? policy.requiresAddresses,
    keyIds: policy.keyIds,
    rateLimits,
    limitWindows: override.limitWindows ?? policy.limitWindows,
    rateLimitWindowSeconds,
    countsRefusals: override.countRefusals ?? policy.countsRefusals,
    memberScopes: override.memberScopes ?? policy.memberScopes,
    memberMetadata: override.memberMetadata ?? policy.memberMetadata,
    forwardedMetadata: override.forwardMetadata ?? policy.forwardedMetadata,
    templates: policy.templates,
    scopeRules: override.scopes ?? policy.scopeRules,
    hasStrictPaths: override.strictPaths ?? policy.hasStrictPaths,
    rotateAfterDays: override.rotateAfterDays === 0 ? undefined : (override.rotateAfterDays ?? policy.rotateAfterDays),
    defaultScope: override.defaultScope ?? policy.defaultScope,
    billing: {
      ends: override.billing?.replies ?? policy.billing.ends,
      billsHeadAndOptions: override.billing?.headAndOptions ?? policy.billing.billsHeadAndOptions,
      billsTest: override.billing?.test ?? policy.billing.billsTest,
    },
    weightRules: override.usage?.weights ?? policy.weightRules,
  };
}

/** Reports names of metadata that would share a header. */
function reportTwins(names: readonly string[], report: Report): void {
  const headers = new Map<string, string>();
  for (const [at, name] of names.entries()) {
    const header = metadataHeaderOf(name);
    const twin = headers.get(header);
    if (twin !== undefined) report(['forwardMetadata', at], `${name} and ${twin} have one header, ${header}: keep one`);
    headers.set(header, name);
  }
}

function overrideExpiry(
  expiry: Policy['expiry'],
  hasExpiry: boolean,
  { defaultExpiryDays = expiry.defaultDays, maxExpiryDays = expiry.maxDays }: PolicyFile,
  report: Report,
): Policy['expiry'] {
  if (!hasExpiry && (defaultExpiryDays ?? maxExpiryDays) !== undefined)
    report(['expiry'], 'keys of this profile do not expire: add expiry: true');
  if (defaultExpiryDays !== undefined && maxExpiryDays !== undefined && defaultExpiryDays > maxExpiryDays)
    report(['defaultExpiryDays'], `${defaultExpiryDays} is greater than maxExpiryDays ${maxExpiryDays}`);
  return { defaultDays: defaultExpiryDays, maxDays: maxExpiryDays };
}

function overrideAddresses(
  addresses: Policy['addresses'],
  override: PolicyFile['addresses'],
  report: Report,
): Policy['addresses'] {
  const mode = override?.mode ?? addresses.mode;
  if (mode !== 'none') return { mode, whenEmpty: override?.whenEmpty ?? addresses.whenEmpty };
  if (override?.whenEmpty === 'block')
    report(['addresses', 'whenEmpty'], 'keys of this profile have no address list: set mode too');
  return { mode, whenEmpty: 'any' };
}

function limitsOf(given: NonNullable<PolicyFile['rateLimit']>, report: Report): Policy['rateLimits'] {
  const entries = Array.isArray(given) ? given : [given];
  const limits = entries.filter((entry) => entry !== 'off');
  if (limits.length > 0 && limits.length < entries.length)
    report(['rateLimit'], 'off is mixed with limits: use only off, or remove it');
  if (new Set(limits.map((limit) => limit.windowSeconds)).size < limits.length)
    report(['rateLimit'], 'two limits for the same window: keep one of them');
  return limits;
}
