// How a forwarded request ended: what the caller needs to render a failure, to count the call and to log it.

import { explainTlsFailure } from '../domain/tls-failure.ts';

/**
 * Why there was no whole reply. `connect`: no connection was made. `timeout`: the upstream was silent for too long (a 504).
 * `closed`: it closed the connection early. `protocol`: it did not speak HTTP/1.1. `overloaded`: no connection
 * to it became free in time. `loop`: the request has passed this server too often to be sent on.
 */
export type UpstreamFailure = 'connect' | 'timeout' | 'closed' | 'protocol' | 'overloaded' | 'loop';

/**
 * The end of one request. Unless it is `answered` or `client_aborted`, the caller renders the reply when `res.headersSent` is still
 * false; when it is true the client's connection has been cut already, so that the truncation shows.
 * - `answered`: the whole reply is there, and its last byte goes to the client's connection next (`status` 101: the tunnel opens).
 * - `client_aborted`: the client left first; there is nobody to answer.
 * - `body_too_large`: the request's body exceeds the limit; a 413. The connection will close after the reply.
 * - `body_too_slow`: the client sends its body too slowly; a 408 (RFC 9110 §15.5.9). The connection will close after the reply.
 * - `share_exceeded`: the key or its organization holds its share of connections and places already; a 503.
 * - `cut`: the caller ended it (`Carried.cut`). The connection will close after the reply.
 * - `request_invalid`: undici refused to send the request (two Host headers, a target without a leading slash); a 400.
 */
export type ForwardOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'upstream_failed'; readonly cause: UpstreamFailure; readonly error: Error }
  | { readonly kind: 'client_aborted' }
  | { readonly kind: 'body_too_large' }
  | { readonly kind: 'body_too_slow' }
  | { readonly kind: 'share_exceeded' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'request_invalid'; readonly error: Error };

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : '';
}

const timeoutCodes: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

const closedCodes: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** Reads an error of the transport. `isConnected` is false while the request was never put on a connection. */
export function describeFailure(error: Error, isConnected: boolean): ForwardOutcome {
  const code = codeOf(error);
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return { kind: 'request_invalid', error };
  let cause: UpstreamFailure = 'protocol';
  if (timeoutCodes.has(code)) cause = 'timeout';
  else if (code === 'UPSTREAM_BUSY') cause = 'overloaded';
  else if (!isConnected) cause = 'connect';
  else if (closedCodes.has(code)) cause = 'closed';
  return { kind: 'upstream_failed', cause, error };
}

/**
 * What the transport said: what is wrong with the upstream's TLS, in words, or a code such as ECONNREFUSED. It holds nothing of the
 * request.
 */
export function reasonOf(error: Error): string | undefined {
  return explainTlsFailure(error)?.problem ?? (codeOf(error) || undefined);
}

/**
 * True when the connection ended under a request as an idle keep-alive connection does that the upstream had just closed.
 * undici's own error tells whether the connection had served before; a reset does not, and one more try is safe either way for a
 * request that may be repeated.
 */
export function isStaleConnection(error: Error): boolean {
  const code = codeOf(error);
  if (code === 'ECONNRESET' || code === 'EPIPE') return true;
  if (code !== 'UND_ERR_SOCKET') return false;
  const { socket } = error as { socket?: { bytesRead?: number } };
  return (socket?.bytesRead ?? 0) > 0;
}
