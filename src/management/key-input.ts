// Checks the fields of a key against the policy of its API, and converts them to their stored form.

import { parseAddressEntry } from '../domain/address.ts';
import { mayReportAddresses } from '../domain/address-check.ts';
import type { AddressCheck, Restrictions } from '../domain/api-key.ts';
import { oneDayMs } from '../domain/durations.ts';
import { parseEndpointPattern } from '../domain/endpoint.ts';
import type { Policy } from '../domain/protected-api.ts';
import { formatRateLimit, parseRateLimit, type RateLimit } from '../domain/rate-limit.ts';
import type { Redactor } from '../domain/redaction.ts';
import { canonicalReferrer } from '../domain/referrer.ts';
import type { AnnotationFields } from './annotation-input.ts';
import { assertNoSecret, checkName } from './display-name.ts';
import { parseInstant } from './instant.ts';
import { invalidInput } from './management-error.ts';

/** The fields of a key, as text, when it is created or changed. A field that is left out is not set or not changed. */
export interface KeyFields extends AnnotationFields {
  /** Stored in Unicode NFC. The policy bounds its length. */
  readonly name?: string | undefined;
  /** Exact addresses or ranges; at most 500. The policy says which, and what an empty list means. */
  readonly addresses?: readonly string[] | undefined;
  /** What the list of addresses does. `report` is for APIs whose keys work without addresses. */
  readonly addressCheck?: AddressCheck | undefined;
  /** `https://example.com`, `example.com`, `*.example.com`; at most 100. Empty: any. */
  readonly referrers?: readonly string[] | undefined;
  /** `GET /v1/users/*`; at most 100. Empty: any. */
  readonly endpoints?: readonly string[] | undefined;
  /** `users:read`, or `*` for all; at most 100. Empty: none. */
  readonly scopes?: readonly string[] | undefined;
  /** `60/m`; at most 5. From the operator they are the key's grant, from others they tighten it. Empty: neither. */
  readonly rateLimits?: readonly string[] | undefined;
  /** ISO 8601 with offset, in the future; `null`: never. */
  readonly expiresAt?: string | null | undefined;
}

/** `KeyFields` in their stored form. `undefined`: the field was left out. */
export interface CheckedKeyFields {
  readonly name: string | undefined;
  readonly restrictions: Partial<Restrictions>;
  readonly rateLimits: readonly RateLimit[] | undefined;
  readonly expiresAtMs: number | null | undefined;
}

/** The most entries of a key's address list. */
export const maxAddresses = 500;
/** The most entries of each of its other lists: referrers, endpoints, scopes. */
export const maxPatterns = 100;
const maxRateLimits = 5;

/** The rules for input. */
export interface InputRules {
  readonly policy: Policy;
  readonly redactor: Redactor;
}

/**
 * Throws a `ManagementError` that names the first wrong field, also for a field that contains a secret. `createdAtMs`:
 * the creation of the key, from which its longest life counts. Bounds that depend on the actor are checked by
 * `assertScopesGivable` and `assertWithinGrant`.
 */
export function checkKeyFields(
  fields: KeyFields,
  rules: InputRules,
  nowMs: number,
  createdAtMs = nowMs,
): CheckedKeyFields {
  const { addresses, addressCheck, referrers, endpoints, scopes, rateLimits, expiresAt } = fields;
  const { policy, redactor } = rules;
  const name = fields.name === undefined ? undefined : checkName(fields.name, policy.name);
  assertNoSecret('name', name, redactor);
  return {
    name,
    restrictions: {
      ...(addresses !== undefined && { addresses: checkAddresses(addresses, rules) }),
      ...(addressCheck !== undefined && { addressCheck: checkAddressCheck(addressCheck, policy) }),
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

function checkAddressCheck(mode: AddressCheck, policy: Policy): Restrictions['addressCheck'] {
  if (mode === 'enforce') return undefined;
  if (mayReportAddresses(policy)) return mode;
  throw invalidInput('addressCheck', 'must be enforce: keys of this API work only from the addresses of their list');
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

/**
 * Throws `invalid_input` unless members, and keys that create keys, may give `scopes`, or the key has them (`held`).
 */
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

/** Throws `invalid_input` for a limit that is looser than the granted one of its window. Other windows only tighten. */
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

/** Reads the limits of a key or a grant. Throws `invalid_input` for `field`. */
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

/** Checks every entry and drops repetitions. No entry may contain a secret: lists are shown, logged and backed up. */
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

/** The text in a form that errors may repeat. It also cuts off parts of secrets that are too short to be refused. */
export function shown(text: string, { redactor }: Pick<InputRules, 'redactor'>): string {
  return JSON.stringify(redactor.redactText(text).slice(0, 60));
}
