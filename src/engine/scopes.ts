// Which scopes a request needs under an API's policy: one answer for the check, its explanation and its fix.
import { foldRequest, matchesDemand } from '../domain/endpoint-demand.ts';
import type { Policy } from '../domain/protected-api.ts';

const none: readonly never[] = [];

/**
 * The scopes of all rules that the request matches, or the default scope where none does. Empty: the policy asks for none.
 * Rules match loosely (see `matchesDemand`). `rawPath` must be canonical.
 */
export function scopesFor(
  { scopeRules, defaultScope }: Pick<Policy, 'scopeRules' | 'defaultScope'>,
  method: string,
  rawPath: string,
): readonly string[] {
  if (scopeRules.length === 0) return defaultScope === undefined ? none : [defaultScope];
  const request = foldRequest(method, rawPath);
  let scopes: string[] | undefined;
  for (const rule of scopeRules) {
    if (!matchesDemand(rule.endpoint, request)) continue;
    if (scopes === undefined) scopes = [rule.scope];
    else if (!scopes.includes(rule.scope)) scopes.push(rule.scope);
  }
  return scopes ?? (defaultScope === undefined ? none : [defaultScope]);
}

/** Whether the scopes that a request needs depend on its method and path. */
export function needsEndpoint({ scopeRules }: Pick<Policy, 'scopeRules'>): boolean {
  return scopeRules.length > 0;
}

/** Every scope that some request needs, sorted: what a key of this API can be given a use for. */
export function knownScopes({ scopeRules, defaultScope }: Pick<Policy, 'scopeRules' | 'defaultScope'>): string[] {
  const scopes = new Set(scopeRules.map(({ scope }) => scope));
  if (defaultScope !== undefined) scopes.add(defaultScope);
  return [...scopes].sort();
}

/** Whether these scopes hold the needed one; `*` holds all. */
export function holdsScope(scopes: readonly string[], needed: string): boolean {
  return scopes.includes(needed) || scopes.includes('*');
}
