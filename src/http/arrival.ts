// A request's method and target as the client sent them, even if a framework has changed `req.method` or `req.url`.
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

// Symbols, so that no client and no header or query parser can set these properties.
const arrivedMethod = Symbol('method as it arrived');
const arrivedTarget = Symbol('target as it arrived');
const arrivedHeaders = Symbol('headers as they arrived');

interface Arrived {
  [arrivedMethod]?: string;
  [arrivedTarget]?: string;
  [arrivedHeaders]?: readonly string[];
}

// Node publishes this for each HTTP/1 request before any handler sees it.
subscribe('http.server.request.start', (message) => {
  const { request } = message as { readonly request: IncomingMessage & Arrived };
  request[arrivedMethod] = request.method as string;
  request[arrivedTarget] = request.url as string;
});

/** The method in the request line; `req.method` for a request that this module did not see arrive. */
export function arrivedMethodOf(req: IncomingMessage): string {
  return (req as Arrived)[arrivedMethod] ?? pseudoHeader(req, ':method') ?? (req.method as string);
}

/**
 * The request target in the request line, with its query. Frameworks remove a mount path from `req.url` (Express,
 * Connect, Nest, Koa's mount) or rewrite it (Fastify's `rewriteUrl`); this value stays as it arrived. For a request
 * that this module did not see arrive, such as one made without a server, it is `req.originalUrl` or else `req.url`.
 */
export function arrivedTargetOf(req: IncomingMessage): string {
  return (
    (req as Arrived)[arrivedTarget] ??
    pseudoHeader(req, ':path') ??
    (req as { readonly originalUrl?: string }).originalUrl ??
    (req.url as string)
  );
}

/**
 * A pseudo-header of an HTTP/2 request (RFC 9113 §8.3.1). Reads the raw headers, because setting `req.method` changes
 * `req.headers`.
 */
function pseudoHeader(req: IncomingMessage, name: string): string | undefined {
  if (req.httpVersionMajor !== 2) return undefined;
  const { rawHeaders } = req;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at] === name) return rawHeaders[at + 1];
  return undefined;
}

/** The raw headers with the key that a guard has removed; else `req.rawHeaders`. */
export function arrivedHeadersOf(req: IncomingMessage): readonly string[] {
  return (req as Arrived)[arrivedHeaders] ?? req.rawHeaders;
}

/** Keeps the target and the raw headers for the functions above. Call it before you remove a key from them. */
export function keepArrived(req: IncomingMessage): void {
  const arrived = req as Arrived;
  arrived[arrivedTarget] ??= arrivedTargetOf(req);
  arrived[arrivedHeaders] ??= [...req.rawHeaders];
}
