// Renders a verdict or a fault as the reply that the vendor's clients expect: status, headers, body.
import { type RateState, secondsToReset } from '../domain/rate-limit.ts';
import type { Dialect, Help, Problem, WireError } from './profile.ts';

/** A whole reply. `headers` is flat, name and value in turn, ready for `writeHead`. */
export interface Reply {
  readonly status: number;
  readonly headers: string[];
  readonly body: string;
}

/**
 * The reply to a request with a problem: the reason of a denial, or a fault. It has `Cache-Control: no-store`.
 *
 * @param realm the API's id
 * @param rate the caller's rate state, if a limit counted the request
 */
export function renderProblem(
  dialect: Dialect,
  realm: string,
  problem: Problem,
  rate: RateState | undefined,
  requestId: string,
): Reply {
  const error = dialect.errors[problem];
  const reply = openErrorReply(dialect, error, requestId);
  const { headers } = reply;
  if (error.status === 401) headers.push('WWW-Authenticate', challenge(dialect, realm, problem));
  if (rate !== undefined) {
    appendRateHeaders(headers, dialect, rate);
    if (error.status === 429) headers.push('Retry-After', String(secondsToReset(rate)));
  } else if (error.status === 429 || error.status === 503) {
    headers.push('Retry-After', '1');
  }
  return reply;
}

/** The reply of a management route to a command that failed. It has `Cache-Control: no-store`. */
export function renderFailure(
  dialect: Dialect,
  error: WireError,
  rate: RateState | undefined,
  requestId: string,
): Reply {
  const reply = openErrorReply(dialect, error, requestId);
  if (rate !== undefined) appendRateHeaders(reply.headers, dialect, rate);
  return reply;
}

function openErrorReply(dialect: Dialect, error: WireError, requestId: string): Reply {
  const { contentType, help } = dialect;
  const reply = openReply(error.status, contentType, dialect.renderError(error, requestId, help), requestId);
  if (help !== undefined) reply.headers.push(...linksTo(help));
  return reply;
}

/** The help as a `Link` header (RFC 8288 §3); `help` is a registered relation. Empty: there is none. */
function linksTo({ docs, contact }: Help): string[] {
  const links = [docs, contact].filter((url) => url !== undefined).map((url) => `<${url}>; rel="help"`);
  return links.length === 0 ? [] : ['Link', links.join(', ')];
}

/** The reply of a management route. It has `Cache-Control: no-store`. */
export function renderAnswer(
  dialect: Dialect,
  status: number,
  contentType: string,
  body: string,
  rate: RateState | undefined,
  requestId: string,
): Reply {
  const reply = openReply(status, contentType, body, requestId);
  if (rate !== undefined) appendRateHeaders(reply.headers, dialect, rate);
  return reply;
}

/** A reply with the headers that every reply has. */
function openReply(status: number, contentType: string, body: string, requestId: string): Reply {
  const headers = ['Content-Type', contentType, 'Content-Length', String(Buffer.byteLength(body))];
  headers.push('Cache-Control', 'no-store', 'X-Request-Id', requestId);
  return { status, headers, body };
}

/**
 * Adds the vendor's three rate headers and, if the dialect sends them, the IETF's two
 * (draft-ietf-httpapi-ratelimit-headers). `reset` is in Unix seconds; `t` is the seconds until then. Both are rounded
 * up.
 */
export function appendRateHeaders(headers: string[], dialect: Dialect, rate: RateState): void {
  const names = dialect.rateHeaders;
  headers.push(
    names.limit,
    String(rate.limit),
    names.remaining,
    String(rate.remaining),
    names.reset,
    String(Math.ceil(rate.resetAtMs / 1000)),
  );
  if (!dialect.sendsRateLimitFields) return;
  headers.push(
    'RateLimit-Policy',
    `"default";q=${rate.limit};w=${rate.windowSeconds}`,
    'RateLimit',
    `"default";r=${rate.remaining};t=${secondsToReset(rate)}`,
  );
}

/**
 * The challenge that every 401 carries (RFC 9110 §15.5.2). For Bearer, it omits `error` when the request had no
 * credential (RFC 6750 §3.1). `ApiKey` is not registered: no registered scheme fits a key in its own header.
 */
function challenge(dialect: Dialect, realm: string, problem: Problem): string {
  switch (dialect.scheme) {
    case 'Basic':
      return `Basic realm="${realm}", charset="UTF-8"`;
    case 'ApiKey':
      return `ApiKey realm="${realm}"`;
    case 'Bearer':
      return problem === 'credential_missing'
        ? `Bearer realm="${realm}"`
        : `Bearer realm="${realm}", error="invalid_token"`;
  }
}
