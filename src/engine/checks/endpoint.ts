// Refuses methods and paths that are not among the key's endpoints. It reads only the request line. Headers that
// override it never reach an upstream (domain/field-name.ts) unless passHeaders names them. The upstream must guard a
// `_method` in a body or query itself.
import { matchesEndpoint } from '../../domain/endpoint.ts';
import type { Check } from './check.ts';

export const checkEndpoint: Check = (key, facts) => {
  if (key.endpoints.length === 0) return undefined;
  if (facts.isEndpointUnknown === true) return 'endpoint_not_allowed';
  for (const pattern of key.endpoints) {
    if (matchesEndpoint(pattern, facts.method, facts.path)) return undefined;
  }
  return 'endpoint_not_allowed';
};
