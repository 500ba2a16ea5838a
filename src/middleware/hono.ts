// `miftah/hono`: API-key authentication as middleware of Hono 4.
import '../domain/node-version.ts';
import type { Gate } from '../profiles/gate.ts';
import { type Behind, createFetchGuard, type FetchAuthOptions, toResponse } from './fetch-guard.ts';
import type { Auth } from './options.ts';
import { checkScopes, keepPassage, passageOf } from './passage.ts';

export type { FetchAuthOptions } from './fetch-guard.ts';
export type { Auth } from './options.ts';

/** For `new Hono<AuthEnv>()`: types `c.var.auth`. It is `undefined` on a public path, which needs no key. */
export interface AuthEnv {
  Variables: { auth: Auth | undefined };
}

/**
 * The parts of Hono's `Context` that the middleware uses. Hono's own type fits one copy of Hono alone, and an
 * application's copy need not be that of Miftah.
 */
export interface HonoContext {
  readonly req: { raw: Request };
  readonly env: unknown;
  get res(): Response;
  set res(response: Response | undefined);
  set(name: never, value: never): void;
}

/** Fits Hono's `MiddlewareHandler`. */
export type HonoMiddleware = (c: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>;

/**
 * Middleware that lets allowed requests go on, with `c.var.auth`, and answers all others in the API's dialect. With
 * `@hono/node-server`, it reads the request as it arrived and knows the client's address. Elsewhere, state
 * `clientAddress`. Throws a `TypeError` for an unknown option or a wrong value.
 */
export function apiKeyAuth(gate: Gate, options: FetchAuthOptions = {}): HonoMiddleware {
  const guard = createFetchGuard(gate, options);
  return async (c, next) => {
    const entry = await guard(c.req.raw, true, behindOf(c.env));
    if (entry instanceof Response) return entry;
    c.req.raw = entry.request;
    c.set('auth' as never, entry.auth as never);
    keepPassage(c, entry.passage);
    try {
      await next();
    } catch (error) {
      entry.fail();
      throw error;
    }
    const { res } = c;
    const response = entry.finish(res);
    if (response === res) return undefined;
    // Otherwise Hono adds the headers of the old response to the new one.
    c.res = undefined;
    c.res = response;
    return undefined;
  };
}

/**
 * Middleware for a route after `apiKeyAuth`: refuses a key that lacks one of the scopes, as a scope rule does. Throws a
 * `TypeError` without a scope.
 */
export function requireScopes(...scopes: readonly string[]): HonoMiddleware {
  checkScopes(scopes);
  return async (c, next) => {
    const reply = await passageOf(c).refuseWithout(scopes);
    if (reply !== undefined) return toResponse(reply);
    await next();
    return undefined;
  };
}

/** `@hono/node-server` puts both into `c.env`. */
function behindOf(env: unknown): Behind | undefined {
  const { incoming, outgoing } = (env ?? {}) as Partial<Behind>;
  return incoming === undefined || outgoing === undefined ? undefined : { incoming, outgoing };
}
