// Checks the templates of a policy against the policy itself: a template that no one could use is an error.
import { parseAddressEntry } from '../domain/address.ts';
import type { KeyTemplate, Policy } from '../domain/protected-api.ts';
import { formatRateLimit } from '../domain/rate-limit.ts';
import type { TemplateFile } from './policy-schema.ts';
import type { Report } from './report.ts';

/** The policy with these templates. Calls `report` for each value that the policy would refuse on a key. */
export function withTemplates(policy: Policy, templates: readonly TemplateFile[] | undefined, report: Report): Policy {
  if (templates === undefined) return policy;
  const ids = new Set<string>();
  const resolved = templates.map((template, at) => {
    const reportHere: Report = (path, message) => report(['templates', at, ...path], message);
    if (ids.has(template.id)) reportHere(['id'], `${template.id} is used twice: give each template its own id`);
    ids.add(template.id);
    return resolveTemplate(template, policy, reportHere);
  });
  return { ...policy, templates: resolved };
}

function resolveTemplate(template: TemplateFile, policy: Policy, report: Report): KeyTemplate {
  const { id, name, description, addresses, referrers, endpoints, scopes, rateLimits, expiresInDays } = template;
  const { memberScopes, rateLimitWindowSeconds, expiry } = policy;
  for (const [field, isOffered] of [
    ['referrers', policy.hasReferrers],
    ['endpoints', policy.hasEndpoints],
  ] as const) {
    if (template[field] !== undefined && !isOffered)
      report([field], `keys of this API have no ${field}: remove it, or add ${field}: true to policy`);
  }
  for (const [at, scope] of (scopes ?? []).entries()) {
    if (memberScopes !== undefined && !memberScopes.includes(scope))
      report(['scopes', at], `members may not give ${scope}, and a template widens nothing: add it to memberScopes`);
  }
  for (const [at, { windowSeconds }] of (rateLimits ?? []).entries()) {
    if (rateLimitWindowSeconds !== undefined && windowSeconds !== rateLimitWindowSeconds) {
      const example = formatRateLimit({ limit: 60, windowSeconds: rateLimitWindowSeconds });
      report(['rateLimits', at], `limits of this profile must use the window of ${example}, which its headers declare`);
    }
  }
  if (new Set(rateLimits?.map(({ windowSeconds }) => windowSeconds)).size < (rateLimits ?? []).length)
    report(['rateLimits'], 'two limits for the same window: keep one of them');
  if (expiresInDays !== undefined && !policy.hasExpiry)
    report(['expiresInDays'], 'keys of this API do not expire: remove it, or add expiry: true to policy');
  if (expiresInDays !== undefined && expiry.maxDays !== undefined && expiresInDays > expiry.maxDays)
    report(['expiresInDays'], `${expiresInDays} is greater than maxExpiryDays ${expiry.maxDays}`);
  return {
    id,
    name: inBoth(name),
    description: description === undefined ? undefined : inBoth(description),
    addresses: addresses && resolveAddresses(addresses, policy, report),
    referrers,
    endpoints,
    scopes,
    rateLimits,
    expiresInDays,
  };
}

function resolveAddresses(
  entries: readonly string[],
  { addresses: { mode } }: Policy,
  report: Report,
): readonly string[] {
  return entries.map((entry, at) => {
    const parsed = parseAddressEntry(entry, mode);
    if (parsed.ok) return parsed.entry;
    report(['addresses', at], parsed.fix);
    return entry;
  });
}

/** A text without languages is for both. */
function inBoth(given: TemplateFile['name']): KeyTemplate['name'] {
  return typeof given === 'string' ? { en: given, ar: given } : given;
}
