// How a forwarded request ended: enough for the caller to render a failure, count the request and log it.

import { explainTlsFailure } from '../domain/tls-failure.ts';

/**
 * Why there was no complete reply.
 * - `connect`: no connection was made.
 * - `timeout`: no connection, or nothing more of a reply, came in time; a 504.
 * - `closed`: the upstream closed the connection early.
 * - `protocol`: any other failure, such as a reply that is not HTTP/1.1 or whose head is too large.
 * - `overloaded`: no connection to the upstream became free in time.
 * - `loop`: the request has passed this server too often.
 */
export type UpstreamFailure = 'connect' | 'timeout' | 'closed' | 'protocol' | 'overloaded' | 'loop';

/**
 * The end of one request. If `res.headersSent` is false, the caller renders the reply, except for `answered` and
 * `client_aborted`. If it is true, the client's connection has been cut, so that the client sees a truncated reply.
 * - `answered`: the reply is complete and its last byte goes out next. With `status` 101, the tunnel opens next.
 * - `client_aborted`: the client left first, so no reply is needed.
 * - `body_too_large`: the request body exceeds the limit; a 413. The connection closes after the reply.
 * - `body_too_slow`: the request body arrives too slowly; a 408 (RFC 9110 §15.5.9). The connection closes after the
 *   reply.
 * - `share_exceeded`: the key or its organization already holds its share of connections and places, or of tunnels; a
 *   503.
 * - `cut`: the caller ended the request (`Carried.cut`). The connection closes after the reply.
 * - `request_invalid`: undici rejected the request (two Host headers, a target without a leading slash); a 400.
 *
 * `status`: that of the upstream's reply. 0: no reply had begun.
 */
export type ForwardOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'upstream_failed'; readonly cause: UpstreamFailure; readonly error: Error }
  | { readonly kind: 'client_aborted'; readonly status: number }
  | { readonly kind: 'body_too_large'; readonly status: number }
  | { readonly kind: 'body_too_slow'; readonly status: number }
  | { readonly kind: 'share_exceeded' }
  | { readonly kind: 'cut'; readonly status: number }
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

/** Turns a transport error into an outcome. `isConnected` is false if the request was never put on a connection. */
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
 * Returns the reason that the transport gave: a TLS problem in words, or a code such as ECONNREFUSED. It contains
 * nothing from the request.
 */
export function reasonOf(error: Error): string | undefined {
  return explainTlsFailure(error)?.problem ?? (codeOf(error) || undefined);
}

/** The cause of a failure for metrics: as `UpstreamFailure`, and `tls` where TLS is what failed. */
export function kindOf({
  cause,
  error,
}: Extract<ForwardOutcome, { kind: 'upstream_failed' }>): UpstreamFailure | 'tls' {
  return explainTlsFailure(error) === undefined ? cause : 'tls';
}

/**
 * True if the error looks like an idle connection that the upstream closed just before the request. undici's own error
 * tells whether the connection had served before; a reset does not. In both cases one more try is safe for a request
 * that may be repeated.
 */
export function isStaleConnection(error: Error): boolean {
  const code = codeOf(error);
  if (code === 'ECONNRESET' || code === 'EPIPE') return true;
  if (code !== 'UND_ERR_SOCKET') return false;
  const { socket } = error as { socket?: { bytesRead?: number } };
  return (socket?.bytesRead ?? 0) > 0;
}
