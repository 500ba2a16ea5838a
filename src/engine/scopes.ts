// The scopes that a request needs under an API's policy. The check, its explanation and its fix share this answer.
import { foldRequest, matchesDemand } from '../domain/endpoint-demand.ts';
import type { Policy } from '../domain/protected-api.ts';

const none: readonly never[] = [];

/**
 * The scopes of all rules that match the request, or the default scope if no rule does. Empty: the request needs none.
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

/** Every scope that some request of this API needs, sorted. */
export function knownScopes({ scopeRules, defaultScope }: Pick<Policy, 'scopeRules' | 'defaultScope'>): string[] {
  const scopes = new Set(scopeRules.map(({ scope }) => scope));
  if (defaultScope !== undefined) scopes.add(defaultScope);
  return [...scopes].sort();
}

/** Whether `scopes` includes the needed one; `*` stands for all. */
export function holdsScope(scopes: readonly string[], needed: string): boolean {
  return scopes.includes(needed) || scopes.includes('*');
}
