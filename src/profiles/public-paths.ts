// Paths of an API that need no key, such as its health and its OpenAPI document.
import { type EndpointPattern, matchesEndpoint } from '../domain/endpoint.ts';
import { isCanonicalPath } from '../domain/path.ts';
import type { Policy } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { scopesFor } from '../engine/scopes.ts';

/** Returns whether a request needs no key. */
export type IsPublic = (
  facts: Pick<RequestFacts, 'method' | 'path' | 'isEndpointUnknown' | 'requiredScopes'>,
) => boolean;

/**
 * Compiles the public paths of an API. `undefined` if it has none. Public paths allow, so they match exactly (decision
 * 0020): a path that is not canonical never matches. An endpoint for which a rule or its route requires a scope is
 * never public, even if a pattern covers it.
 */
export function createIsPublic(
  patterns: readonly EndpointPattern[],
  { scopeRules }: Pick<Policy, 'scopeRules'>,
): IsPublic | undefined {
  if (patterns.length === 0) return undefined;
  return function isPublic({ method, path, isEndpointUnknown, requiredScopes = [] }) {
    return (
      isEndpointUnknown !== true &&
      requiredScopes.length === 0 &&
      isCanonicalPath(path) &&
      patterns.some((pattern) => matchesEndpoint(pattern, method, path)) &&
      scopesFor({ scopeRules, defaultScope: undefined }, method, path).length === 0
    );
  };
}
