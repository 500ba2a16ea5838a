// Finds the endpoint pattern by which usage counts a request. It never takes the path itself: that may hold a secret.
import type { AuthorizedKey } from '../domain/api-key.ts';
import { formatEndpointPattern, matchesEndpoint } from '../domain/endpoint.ts';
import { foldRequest, matchesDemand } from '../domain/endpoint-demand.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { UsageRoute } from '../domain/use.ts';
import { RecentMap } from './recent-map.ts';

/** The route of a request with a known key. `undefined`: no pattern is known that matches it. */
export type RouteOf = (
  key: Pick<AuthorizedKey, 'orgSeq' | 'endpoints'>,
  facts: Pick<RequestFacts, 'method' | 'path' | 'isEndpointUnknown'>,
) => UsageRoute | undefined;

/**
 * Prepares the routes of one API. The first that matches counts, of: the weights of the policy, its scopes, the
 * endpoints of the key. The policy's match loosely (see `matchesDemand`), so that no spelling makes a request lighter.
 */
export function createRouteOf({ id, policy }: Pick<ProtectedApi, 'id' | 'policy'>): RouteOf {
  const weighed = new Set(policy.weightRules.map(({ pattern }) => pattern));
  const rules = [
    ...policy.weightRules,
    ...policy.scopeRules.filter(({ pattern }) => !weighed.has(pattern)).map((rule) => ({ ...rule, units: 1 })),
  ].map(({ endpoint, pattern, units }) => ({ endpoint, route: { apiId: id, orgSeq: 0, pattern, units } }));
  const ofKeys = new RecentMap<UsageRoute>(10_000);

  return ({ orgSeq, endpoints }, { method, path, isEndpointUnknown }) => {
    if (isEndpointUnknown === true || (rules.length === 0 && endpoints.length === 0)) return undefined;
    if (rules.length > 0) {
      const request = foldRequest(method, path);
      for (const { endpoint, route } of rules) if (matchesDemand(endpoint, request)) return route;
    }
    for (const endpoint of endpoints) {
      if (!matchesEndpoint(endpoint, method, path)) continue;
      const pattern = formatEndpointPattern(endpoint);
      const name = `${orgSeq} ${pattern}`;
      const known = ofKeys.get(name);
      if (known !== undefined) return known;
      const route = { apiId: id, orgSeq, pattern, units: 1 };
      ofKeys.set(name, route);
      return route;
    }
    return undefined;
  };
}
