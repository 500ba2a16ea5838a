// `miftah/koa`: API-key authentication as middleware of Koa 3.
import '../domain/node-version.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from 'koa';
import type { Gate } from '../profiles/gate.ts';
import { createGuard, demandScopes } from './node-guard.ts';
import type { ApiKeyAuthOptions, Auth } from './options.ts';
import { checkScopes } from './passage.ts';

export type { ApiKeyAuthOptions, Auth } from './options.ts';

declare module 'koa' {
  interface DefaultState {
    /** The key of the request, after `apiKeyAuth`. `undefined`: a public path, which needs no key. */
    auth?: Auth | undefined;
  }
}

/**
 * Middleware that lets allowed requests go on, with `ctx.state.auth`, and answers all others in the API's dialect.
 * Throws a `TypeError` for an unknown option or a wrong value.
 */
export function apiKeyAuth(gate: Gate, options: ApiKeyAuthOptions = {}): Middleware {
  const guard = createGuard(gate, options, 'at_head');
  return ({ req, res, state }, next) =>
    untilDone(res, (pass) => {
      const enter = () => {
        state.auth = (req as IncomingMessage & { readonly auth?: Auth }).auth;
        pass(next());
      };
      guard(enter, enter)(req, res);
    });
}

/**
 * Middleware for a route after `apiKeyAuth`: refuses a key that lacks one of the scopes, as a scope rule does. Throws a
 * `TypeError` without a scope.
 */
export function requireScopes(...scopes: readonly string[]): Middleware {
  checkScopes(scopes);
  return ({ req, res }, next) => untilDone(res, (pass) => demandScopes(scopes, req, res, () => pass(next())));
}

/** Waits for what comes next or, where nothing does, for the end of the reply. */
function untilDone(res: ServerResponse, run: (pass: (next: Promise<unknown>) => void) => void): Promise<unknown> {
  const done = Promise.withResolvers<unknown>();
  const end = () => done.resolve(undefined);
  res.once('close', end);
  run((next) => {
    res.off('close', end);
    done.resolve(next);
  });
  return done.promise;
}
