// Checks what someone asks for a key against the policy of its API, and brings it into the form in which it is kept.

import { parseAddressEntry } from '../domain/address.ts';
import type { Restrictions } from '../domain/api-key.ts';
import { oneDayMs } from '../domain/durations.ts';
import { parseEndpointPattern } from '../domain/endpoint.ts';
import type { Policy } from '../domain/protected-api.ts';
import { formatRateLimit, parseRateLimit, type RateLimit } from '../domain/rate-limit.ts';
import type { Redactor } from '../domain/redaction.ts';
import { canonicalReferrer } from '../domain/referrer.ts';
import { assertNoSecret, checkName } from './display-name.ts';
import { parseInstant } from './instant.ts';
import { invalidInput } from './management-error.ts';

/** What may be said of a key when it is made and afterwards, as text; what is left out is not set or not changed. */
export interface KeyFields {
  /** Kept in Unicode NFC; how long it may be is the policy's. */
  readonly name?: string | undefined;
  /** Exact addresses or ranges, as the policy has it; at most 500. What an empty list means is the policy's. */
  readonly addresses?: readonly string[] | undefined;
  /** `https://example.com`, `example.com`, `*.example.com`; at most 100. Empty: any. */
  readonly referrers?: readonly string[] | undefined;
  /** `GET /v1/users/*`; at most 100. Empty: any. */
  readonly endpoints?: readonly string[] | undefined;
  /** `users:read`, or `*` for all; at most 100. Empty: none. */
  readonly scopes?: readonly string[] | undefined;
  /** `60/m`; at most 5. From the operator it is the key's grant, from others it tightens what is granted. Empty: neither. */
  readonly rateLimits?: readonly string[] | undefined;
  /** ISO 8601 with offset, in the future; `null`: never. */
  readonly expiresAt?: string | null | undefined;
}

/** `KeyFields` in the form in which a record holds them; `undefined` where nothing was said. */
export interface CheckedKeyFields {
  readonly name: string | undefined;
  readonly restrictions: Partial<Restrictions>;
  readonly rateLimits: readonly RateLimit[] | undefined;
  readonly expiresAtMs: number | null | undefined;
}

/** Entries that a key's lists may have: addresses; referrers, endpoints and scopes. */
export const maxAddresses = 500;
export const maxPatterns = 100;
const maxRateLimits = 5;

/** What input is checked by. */
export interface InputRules {
  readonly policy: Policy;
  readonly redactor: Redactor;
}

/**
 * Throws a `ManagementError` that names the first field at fault, also for one that holds a secret. `createdAtMs`: of a key that exists, from which its longest
 * life counts. What only the rights of an actor bound is checked by `assertScopesGivable` and `assertWithinGrant`.
 */
export function checkKeyFields(
  fields: KeyFields,
  rules: InputRules,
  nowMs: number,
  createdAtMs = nowMs,
): CheckedKeyFields {
  const { addresses, referrers, endpoints, scopes, rateLimits, expiresAt } = fields;
  const { policy, redactor } = rules;
  const name = fields.name === undefined ? undefined : checkName(fields.name, policy.name);
  assertNoSecret('name', name, redactor);
  return {
    name,
    restrictions: {
      ...(addresses !== undefined && { addresses: checkAddresses(addresses, rules) }),
      ...(referrers !== undefined && { referrers: checkReferrers(referrers, rules) }),
      ...(endpoints !== undefined && { endpoints: checkEndpoints(endpoints, rules) }),
      ...(scopes !== undefined && { scopes: checkScopes(scopes, rules) }),
    },
    rateLimits: rateLimits === undefined ? undefined : checkRateLimits('rateLimits', rateLimits, rules),
    expiresAtMs: expiresAt === undefined ? undefined : checkExpiry(expiresAt, policy, nowMs, createdAtMs),
  };
}

function checkAddresses(entries: readonly string[], rules: InputRules): readonly string[] {
  return checkEach('addresses', entries, maxAddresses, rules, (entry, field) => {
    const parsed = parseAddressEntry(entry, rules.policy.addresses.mode);
    if (!parsed.ok) throw invalidInput(field, rules.redactor.redactText(parsed.fix));
    return parsed.entry;
  });
}

function checkReferrers(patterns: readonly string[], rules: InputRules): readonly string[] {
  return checkEach('referrers', patterns, maxPatterns, rules, (pattern, field) => {
    if (!rules.policy.hasReferrers)
      throw invalidInput(field, 'keys of this API have no referrer list: remove this field');
    const canonical = canonicalReferrer(pattern);
    if (canonical === undefined) {
      throw invalidInput(
        field,
        `${shown(pattern, rules)} is not a site such as https://example.com, example.com or *.example.com (hosts only, no path)`,
      );
    }
    return canonical;
  });
}

function checkEndpoints(patterns: readonly string[], rules: InputRules): readonly string[] {
  return checkEach('endpoints', patterns, maxPatterns, rules, (pattern, field) => {
    if (!rules.policy.hasEndpoints)
      throw invalidInput(field, 'keys of this API have no endpoint list: remove this field');
    if (parseEndpointPattern(pattern) === undefined) {
      throw invalidInput(
        field,
        `${shown(pattern, rules)} is not an endpoint such as "GET /v1/users/*": use a method in capitals or *, and a path, with * for one whole segment and ** for the rest`,
      );
    }
    return pattern;
  });
}

function checkScopes(scopes: readonly string[], rules: InputRules): readonly string[] {
  return checkEach('scopes', scopes, maxPatterns, rules, (scope, field) => {
    if (!/^(?:\*|[a-z0-9][a-z0-9:._/-]{0,99})$/.test(scope)) {
      throw invalidInput(
        field,
        `${shown(scope, rules)} is not a scope such as users:read (lower case, digits and : . _ / -, at most 100 characters) or *`,
      );
    }
    return scope;
  });
}

/** Throws unless a member, or a key that makes a key, may give `scopes`, or `held` has them already. */
export function assertScopesGivable(scopes: readonly string[], policy: Policy, held: readonly string[] = []): void {
  const { memberScopes } = policy;
  if (memberScopes === undefined) return;
  const at = scopes.findIndex((scope) => !memberScopes.includes(scope) && !held.includes(scope));
  if (at < 0) return;
  const givable = memberScopes.length === 0 ? 'none' : memberScopes.join(', ');
  throw invalidInput(
    `scopes[${at}]`,
    `members may give keys of this API only these scopes: ${givable}. Ask the operator for other scopes`,
  );
}

/** Throws when one of `limits` is looser than the granted one of the same window. Other windows only tighten. */
export function assertWithinGrant(limits: readonly RateLimit[], granted: readonly RateLimit[]): void {
  for (const [at, limit] of limits.entries()) {
    const bound = granted.find(({ windowSeconds }) => windowSeconds === limit.windowSeconds);
    if (bound === undefined || limit.limit <= bound.limit) continue;
    throw invalidInput(
      `rateLimits[${at}]`,
      `${formatRateLimit(limit)} is more than the granted ${formatRateLimit(bound)}: use that or less. Only the operator can grant more`,
    );
  }
}

/** Reads limits of a key or a grant. `field` names them in errors. */
export function checkRateLimits(field: string, texts: readonly string[], rules: InputRules): readonly RateLimit[] {
  const byWindow = new Map<number, RateLimit>();
  const { rateLimitWindowSeconds } = rules.policy;
  checkEach(field, texts, maxRateLimits, rules, (text, field) => {
    const limit = parseRateLimit(text);
    if (limit === undefined)
      throw invalidInput(field, `${shown(text, rules)} is not a limit such as 60/m, 10/s or 100/30s`);
    if (rateLimitWindowSeconds !== undefined && limit.windowSeconds !== rateLimitWindowSeconds) {
      const example = formatRateLimit({ limit: 60, windowSeconds: rateLimitWindowSeconds });
      throw invalidInput(field, `limits of this API must use the window of ${example}, which its headers declare`);
    }
    if (byWindow.has(limit.windowSeconds)) {
      throw invalidInput(field, 'is a second limit for the same window: keep one of them');
    }
    byWindow.set(limit.windowSeconds, limit);
    return text;
  });
  return [...byWindow.values()];
}

function checkExpiry(text: string | null, policy: Policy, nowMs: number, createdAtMs: number): number | null {
  const { maxDays } = policy.expiry;
  if (text === null) {
    if (maxDays !== undefined)
      throw invalidInput('expiresAt', `keys of this API last at most ${maxDays} days: set an expiry`);
    return null;
  }
  if (!policy.hasExpiry) throw invalidInput('expiresAt', 'keys of this API do not expire: leave it out');
  const expiresAtMs = parseInstant('expiresAt', text);
  if (expiresAtMs <= nowMs) throw invalidInput('expiresAt', 'must be in the future');
  if (maxDays !== undefined && expiresAtMs > createdAtMs + maxDays * oneDayMs) {
    const latest = new Date(createdAtMs + maxDays * oneDayMs).toISOString();
    throw invalidInput('expiresAt', `keys of this API last at most ${maxDays} days: use ${latest} or earlier`);
  }
  return expiresAtMs;
}

/** Checks every entry and drops repetitions. No entry holds a secret: lists are shown, logged and kept in backups. */
function checkEach(
  field: string,
  entries: readonly string[],
  max: number,
  { redactor }: InputRules,
  check: (entry: string, field: string) => string,
): readonly string[] {
  if (entries.length > max) throw invalidInput(field, `may have at most ${max} entries, but has ${entries.length}`);
  const checked = entries.map((entry, at) => {
    assertNoSecret(`${field}[${at}]`, entry, redactor);
    return check(entry, `${field}[${at}]`);
  });
  return [...new Set(checked)];
}

/** The text as an error may repeat it: also a part of a secret that is too short to be refused is cut off. */
export function shown(text: string, { redactor }: Pick<InputRules, 'redactor'>): string {
  return JSON.stringify(redactor.redactText(text).slice(0, 60));
}
