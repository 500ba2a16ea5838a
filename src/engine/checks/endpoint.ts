// Refuses methods and paths that are not among the key's endpoints. Override headers (X-HTTP-Method-Override) are not looked at.
import { matchesEndpoint } from '../../domain/endpoint.ts';
import type { Check } from './check.ts';

export const checkEndpoint: Check = (key, facts) => {
  if (key.endpoints.length === 0) return undefined;
  for (const pattern of key.endpoints) {
    if (matchesEndpoint(pattern, facts.method, facts.path)) return undefined;
  }
  return 'endpoint_not_allowed';
};
