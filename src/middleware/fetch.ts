// `miftah/fetch`: puts API-key authentication in front of a function from `Request` to `Response`.
import '../domain/node-version.ts';
import type { Gate } from '../profiles/gate.ts';
import { createFetchGuard, type FetchAuthOptions, toResponse } from './fetch-guard.ts';
import type { Auth } from './options.ts';
import { checkScopes } from './passage.ts';

export type { FetchAuthOptions } from './fetch-guard.ts';
export type { Auth } from './options.ts';

/** A request that may pass. */
export interface Passing {
  /** The key of the request. `undefined`: a public path, which needs no key. */
  readonly auth: Auth | undefined;
  /** The request for the application: without headers that could change its meaning. */
  readonly request: Request;
  /**
   * The vendor's reply if the key lacks one of the scopes, as a scope rule gives it; `undefined` if it has all of them.
   * Throws a `TypeError` without a scope.
   */
  requireScopes(...scopes: readonly string[]): Promise<Response | undefined>;
  /** Finishes the application's response: adds rate headers, and cuts its body when the key loses its permissions. */
  reply(response: Response): Response;
  /** Records that the application threw. Its host answers then. */
  fail(): void;
}

/** Answers requests of one kind: with a key, or for public paths without one. `rest`: what the host gives beside it. */
export type Answer<A extends Auth | undefined, Rest extends readonly unknown[]> = (
  request: Request,
  auth: A,
  ...rest: Rest
) => Response | Promise<Response>;

/**
 * Wraps a handler, which then gets only allowed requests, with the key as its second argument. Requests to the API's
 * public paths go to `publicHandler`. Without it they need a key like all others.
 */
export type Protect = <Rest extends readonly unknown[]>(
  handler: Answer<Auth, Rest>,
  publicHandler?: Answer<undefined, Rest>,
) => (request: Request, ...rest: Rest) => Promise<Response>;

/**
 * Creates the wrapper for one API. It answers refused requests in the API's dialect. An error that the handler throws is
 * the host's to answer. Throws a `TypeError` for an unknown option or a wrong value.
 */
export function apiKeyAuth(gate: Gate, options: FetchAuthOptions = {}): Protect {
  const guard = createFetchGuard(gate, options);
  return (handler, publicHandler) =>
    async function answer(incoming, ...rest) {
      const entry = await guard(incoming, publicHandler !== undefined);
      if (entry instanceof Response) return entry;
      const { auth, request } = entry;
      try {
        const response = auth === undefined ? publicHandler?.(request, auth, ...rest) : handler(request, auth, ...rest);
        return entry.finish((await response) as Response);
      } catch (error) {
        entry.fail();
        throw error;
      }
    };
}

/**
 * Decides about requests: resolves to the response of a refused request, in the API's dialect, or to a `Passing`. Finish
 * each passing request with `reply` or `fail`. Throws a `TypeError` for an unknown option or a wrong value.
 */
export function checkRequests(
  gate: Gate,
  options: FetchAuthOptions = {},
): (request: Request) => Promise<Response | Passing> {
  const guard = createFetchGuard(gate, options);
  return async function check(incoming) {
    const entry = await guard(incoming, true);
    if (entry instanceof Response) return entry;
    return {
      auth: entry.auth,
      request: entry.request,
      async requireScopes(...scopes) {
        checkScopes(scopes);
        const reply = await entry.passage.refuseWithout(scopes);
        return reply && toResponse(reply);
      },
      reply: (response) => entry.finish(response),
      fail: () => entry.fail(),
    };
  };
}
