// Refuses keys without a scope that the policy or the route requires for this endpoint.
import { holdsScope, needsEndpoint, scopesFor } from '../scopes.ts';
import type { Check } from './check.ts';

export const checkScope: Check = (key, facts, policy) => {
  if (facts.isEndpointUnknown === true && needsEndpoint(policy)) return 'scope_missing';
  for (const scope of scopesFor(policy, facts.method, facts.path)) {
    if (!holdsScope(key.scopes, scope)) return 'scope_missing';
  }
  if (facts.requiredScopes !== undefined) {
    for (const scope of facts.requiredScopes) {
      if (!holdsScope(key.scopes, scope)) return 'scope_missing';
    }
  }
  return undefined;
};
