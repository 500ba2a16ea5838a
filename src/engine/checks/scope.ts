// Refuses keys that lack a scope which the policy or the route requires for this endpoint.
import { matchesEndpoint } from '../../domain/endpoint.ts';
import type { Check } from './check.ts';

export const checkScope: Check = (key, facts, policy) => {
  for (const rule of policy.scopeRules) {
    if (matchesEndpoint(rule.endpoint, facts.method, facts.path) && !holds(key.scopes, rule.scope))
      return 'scope_missing';
  }
  if (facts.requiredScopes !== undefined) {
    for (const scope of facts.requiredScopes) {
      if (!holds(key.scopes, scope)) return 'scope_missing';
    }
  }
  return undefined;
};

function holds(scopes: readonly string[], scope: string): boolean {
  return scopes.includes(scope) || scopes.includes('*');
}
