// `miftah/next`: API-key authentication around the route handlers of Next.js 16.
import '../domain/node-version.ts';
import type { Gate } from '../profiles/gate.ts';
import { checkFetchOptions, createFetchGuard, type FetchAuthOptions, type FetchGuard } from './fetch-guard.ts';
import type { Auth } from './options.ts';

export type { FetchAuthOptions } from './fetch-guard.ts';
export type { Auth } from './options.ts';

/** The gate of an API, or a function that opens it for the first request: Next.js loads route files to build them. */
export type GateOrOpen = Gate | (() => Gate | Promise<Gate>);

/** A route handler behind a guard. Its second argument is that of Next.js, with `auth`. */
export type GuardedRouteHandler<Incoming extends Request, Context> = (
  request: Incoming,
  context: Context & { readonly auth: Auth },
) => Response | Promise<Response>;

/** A route handler as Next.js calls it. */
export type RouteHandler<Incoming extends Request, Context> = (
  request: Incoming,
  context: Context,
) => Promise<Response>;

/**
 * Wraps a route handler, which then gets only allowed requests. It answers all others in the API's dialect. Its request
 * has no address of the client: state `clientAddress` if keys have address lists. `scopes` of the options are those of
 * this route. Throws a `TypeError` for an unknown option or a wrong value.
 */
export function withApiKey<Incoming extends Request, Context>(
  gate: GateOrOpen,
  handler: GuardedRouteHandler<Incoming, Context>,
  options: FetchAuthOptions = {},
): RouteHandler<Incoming, Context> {
  checkFetchOptions(options);
  const known = new WeakMap<Gate, FetchGuard>();
  return async function route(incoming, context) {
    const opened = typeof gate === 'function' ? await gate() : gate;
    let guard = known.get(opened);
    if (guard === undefined) {
      guard = createFetchGuard(opened, options);
      known.set(opened, guard);
    }
    const entry = await guard(incoming, false);
    if (entry instanceof Response) return entry;
    try {
      const { auth, request } = entry as typeof entry & { readonly auth: Auth };
      return entry.finish(await handler(request as Incoming, { ...context, auth }));
    } catch (error) {
      entry.fail();
      throw error;
    }
  };
}
