// `miftah/express`: API-key authentication as middleware of Express 5 and 4.
import '../domain/node-version.ts';
import type { RequestHandler } from 'express';
import type { Gate } from '../profiles/gate.ts';
import { createGuard, demandScopes } from './node-guard.ts';
import type { ApiKeyAuthOptions, Auth } from './options.ts';
import { checkScopes } from './passage.ts';

export type { ApiKeyAuthOptions, Auth } from './options.ts';

declare global {
  namespace Express {
    interface Request {
      /** The key of the request, after `apiKeyAuth`. `undefined`: a public path, which needs no key. */
      auth?: Auth | undefined;
    }
  }
}

/**
 * Middleware that lets allowed requests go on, with `req.auth`, and answers all others in the API's dialect. Throws a
 * `TypeError` for an unknown option or a wrong value.
 */
export function apiKeyAuth(gate: Gate, options: ApiKeyAuthOptions = {}): RequestHandler {
  const guard = createGuard(gate, options, 'at_head');
  return (req, res, next) => {
    const pass = () => next();
    guard(pass, pass)(req, res);
  };
}

/**
 * Middleware for a route after `apiKeyAuth`: refuses a key that lacks one of the scopes, as a scope rule does. Throws a
 * `TypeError` without a scope.
 */
export function requireScopes(...scopes: readonly string[]): RequestHandler {
  checkScopes(scopes);
  return (req, res, next) => demandScopes(scopes, req, res, () => next());
}
