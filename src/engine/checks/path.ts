// Refuses a path with two readings where a rule looks at paths: what was matched must be what the upstream reads. Where
// none does, the upstream may read the path as it likes, since it can't read one that is forbidden.
import { isCanonicalPath, isTargetPath } from '../../domain/path.ts';
import { needsEndpoint } from '../scopes.ts';
import type { Check } from './check.ts';

export const checkPath: Check = (key, { path }, policy) => {
  const isRuled = key.endpoints.length > 0 || policy.hasStrictPaths || needsEndpoint(policy);
  // A path with one reading is a path: one look is enough.
  return (isRuled ? isCanonicalPath(path) : isTargetPath(path)) ? undefined : 'path_not_canonical';
};
