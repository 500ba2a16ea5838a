// `miftah/node`: puts API-key authentication in front of a `node:http` handler, with the engine in the same process.
import '../domain/node-version.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gate } from '../profiles/gate.ts';
import { createGuard, type Guard } from './node-guard.ts';
import type { ApiKeyAuthOptions, Auth } from './options.ts';

export type { ApiKeyAuthOptions, Auth } from './options.ts';

/** An allowed request. */
export type AuthenticatedRequest = IncomingMessage & { readonly auth: Auth };

/**
 * Wraps a handler, which then gets only allowed requests, with `req.auth` set. Requests to the API's public paths go to
 * `publicHandler`, without `req.auth`. Without it they need a key like all others, because `handler` relies on
 * `req.auth`.
 */
export type Protect = (
  handler: (req: AuthenticatedRequest, res: ServerResponse) => void,
  publicHandler?: (req: IncomingMessage, res: ServerResponse) => void,
) => (req: IncomingMessage, res: ServerResponse) => void;

/**
 * Creates the wrapper for one API. It decides on the method and target that the client sent, whatever a framework made
 * of `req.method` and `req.url`, and refuses a request whose method was changed before. It answers refused requests in
 * the API's dialect; the handler never sees them. What can't be decided gets a 503.
 * The handler sees no `X-Miftah-*` field of the client, and none that could change the meaning of the request (see
 * `passHeaders`). The reply has rate headers and `X-Request-Id` before the handler runs. A reply that is open when its
 * key loses its permissions is cut within 2 s. An error that the handler throws is an uncaught exception, as in plain
 * Node.
 * Throws a `TypeError` for an unknown option or a wrong value.
 */
export function apiKeyAuth(gate: Gate, options: ApiKeyAuthOptions = {}): Protect {
  const protect = createGuard(gate, options, 'before');
  return (handler, publicHandler) => protect(handler as Parameters<Guard>[0], publicHandler);
}
