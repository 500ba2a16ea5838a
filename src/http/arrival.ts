// A request's method and target as the client sent them, whatever a framework made of `req.method` and `req.url` since.
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

// Symbols, so that nothing which a client sends can set them, and no header or query parser can.
const arrivedMethod = Symbol('method as it arrived');
const arrivedTarget = Symbol('target as it arrived');

interface Arrived {
  [arrivedMethod]?: string;
  [arrivedTarget]?: string;
}

// Node publishes this for each HTTP/1 request before any handler sees it.
subscribe('http.server.request.start', (message) => {
  const { request } = message as { readonly request: IncomingMessage & Arrived };
  request[arrivedMethod] = request.method as string;
  request[arrivedTarget] = request.url as string;
});

/** The request line's method; for a request that this module could not see arrive, what `req.method` says. */
export function arrivedMethodOf(req: IncomingMessage): string {
  return (req as Arrived)[arrivedMethod] ?? pseudoHeader(req, ':method') ?? (req.method as string);
}

/**
 * The request target as it stood in the request line, query included. Frameworks cut a mount's path off `req.url` (Express, Connect,
 * Nest, Koa's mount) or rewrite it (Fastify's `rewriteUrl`); this does not follow them. For a request that this module could
 * not see arrive (one that is made without a server), it is `req.originalUrl` or else `req.url`.
 */
export function arrivedTargetOf(req: IncomingMessage): string {
  return (
    (req as Arrived)[arrivedTarget] ??
    pseudoHeader(req, ':path') ??
    (req as { readonly originalUrl?: string }).originalUrl ??
    (req.url as string)
  );
}

/** Of a request over HTTP/2: setting `req.method` changes `req.headers`, so the raw ones are read (RFC 9113 §8.3.1). */
function pseudoHeader(req: IncomingMessage, name: string): string | undefined {
  if (req.httpVersionMajor !== 2) return undefined;
  const { rawHeaders } = req;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at] === name) return rawHeaders[at + 1];
  return undefined;
}
