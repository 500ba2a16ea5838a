// Fills in the fields of a new key from a template of the policy.
import { oneDayMs } from '../../domain/durations.ts';
import type { KeyTemplate, Policy } from '../../domain/protected-api.ts';
import { formatRateLimit } from '../../domain/rate-limit.ts';
import type { Redactor } from '../../domain/redaction.ts';
import { type KeyFields, shown } from '../key-input.ts';
import { invalidInput } from '../management-error.ts';
import type { NewKey } from './commands.ts';

/**
 * The input with the fields of its template, where it leaves them out itself. The result must be checked like any other
 * input: a template gives no right. Throws `invalid_input` for an unknown template.
 */
export function applyTemplate(input: NewKey, policy: Policy, redactor: Redactor, nowMs: number): NewKey {
  if (input.template === undefined) return input;
  const template = policy.templates.find(({ id }) => id === input.template);
  if (template !== undefined) return { ...input, ...presetsFor(input, template, nowMs) };
  const ids = policy.templates.map(({ id }) => id);
  const fix = ids.length === 0 ? 'keys of this API have none: leave it out' : `use one of ${ids.join(', ')}`;
  throw invalidInput('template', `${shown(input.template, { redactor })} is not a template of this API: ${fix}`);
}

function presetsFor(input: NewKey, template: KeyTemplate, nowMs: number): KeyFields {
  const { addresses, referrers, endpoints, scopes, rateLimits, expiresInDays } = template;
  const presets: KeyFields = {
    addresses,
    referrers,
    endpoints,
    scopes,
    rateLimits: rateLimits?.map(formatRateLimit),
    expiresAt: expiresInDays === undefined ? undefined : new Date(nowMs + expiresInDays * oneDayMs).toISOString(),
  };
  const names = Object.keys(presets) as (keyof KeyFields)[];
  return Object.fromEntries(names.filter((name) => input[name] === undefined).map((name) => [name, presets[name]]));
}
