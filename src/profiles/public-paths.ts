// Paths of an API that need no key, such as its health and its OpenAPI document.
import { type EndpointPattern, matchesEndpoint } from '../domain/endpoint.ts';
import { isCanonicalPath } from '../domain/path.ts';
import type { Policy } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { scopesFor } from '../engine/scopes.ts';

/** Whether a request needs no key. */
export type IsPublic = (
  facts: Pick<RequestFacts, 'method' | 'path' | 'isEndpointUnknown' | 'requiredScopes'>,
) => boolean;

/**
 * Compiles the public paths of an API; `undefined` where there are none. They allow, so they match exactly (decision
 * 0020): a path with two readings is none of them, and neither is an endpoint that a rule or its route guards with a
 * scope, however widely a pattern is drawn.
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
