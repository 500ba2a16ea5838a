// Renders a verdict or a fault as the reply that the vendor's clients expect: status, headers, body.
import { STATUS_CODES } from 'node:http';
import type { Clock } from '../domain/clock.ts';
import type { CredentialSource } from '../domain/credential.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import { type RateState, secondsToReset } from '../domain/rate-limit.ts';
import { type Dialect, type Help, type Problem, passingReasons, problems, type WireError } from './profile.ts';
import {
  type ConstantValues,
  compileBody,
  compileText,
  encodingOf,
  type Fill,
  type Text,
  textOf,
  type VaryingValues,
  varyingNamesIn,
} from './template.ts';

/** A whole reply. `headers` is flat, name and value in turn, ready for `writeHead`. */
export interface Reply {
  readonly status: number;
  readonly headers: string[];
  readonly body: string;
}

/** The values of one request that its reply may show. */
export interface ReplyContext {
  readonly requestId: string;
  /** `undefined`: the client's address is not known. */
  readonly clientAddress: string | undefined;
  /** The caller's rate state, if a limit counted the request. */
  readonly rate: RateState | undefined;
}

/** The compiled replies of one API. */
export interface Replies {
  readonly api: Pick<ProtectedApi, 'id' | 'source'>;
  readonly dialect: Dialect;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly problems: Readonly<Record<Problem, CompiledError>>;
}

/** An error with all that is the same in its replies. */
interface CompiledError {
  readonly status: number;
  readonly body: string | Fill;
  /** Of a body that is the same in all replies, in bytes; else `undefined`. */
  readonly length: string | undefined;
  /** `Link`, the challenge and the error's own headers. */
  readonly headers: readonly CompiledHeader[];
  readonly problem: Problem | undefined;
}

/** A header of an error. It is not sent if one of `needed` has no value. */
interface CompiledHeader {
  readonly name: string;
  readonly value: string | Fill;
  readonly needed: readonly (keyof VaryingValues)[];
}

/** Compiles the templates of a dialect for one API. */
export function compileReplies(dialect: Dialect, { id, source }: Replies['api'], clock: Replies['clock']): Replies {
  const api = { id, source };
  const compiled = Object.fromEntries(
    problems.map((problem) => [problem, compileError(dialect, api, dialect.errors[problem], problem)]),
  ) as Record<Problem, CompiledError>;
  return { api, dialect, clock, problems: compiled };
}

/**
 * @param problem `undefined`: the failure of a command
 * @param message the text for `{message}`. Default: that of the error
 */
function compileError(
  dialect: Dialect,
  api: Replies['api'],
  error: WireError,
  problem: Problem | undefined,
  message: Text = textOf(error.message),
): CompiledError {
  const { status, code, headers = {} } = error;
  const { docs, contact } = dialect.help ?? {};
  const constants: ConstantValues = {
    status,
    statusText: STATUS_CODES[status] ?? '',
    code,
    docs,
    contact,
    api: api.id,
    message,
  };
  const encoding = encodingOf(dialect.contentType);
  if (encoding === undefined) throw new TypeError(`no escapes are known for bodies of type ${dialect.contentType}`);
  const body = compileBody(dialect.body, encoding, constants);
  const compiled: CompiledHeader[] = [];
  const add = (name: string, value: string | Fill | undefined, needed: CompiledHeader['needed'] = []) => {
    if (value !== undefined) compiled.push({ name, value, needed });
  };
  add('Link', dialect.help && linkTo(dialect.help));
  if (status === 401 && problem !== undefined) {
    const { challenge } = dialect;
    const own = challenge === undefined ? undefined : compileText(textOf(challenge), 'quoted', constants);
    add('WWW-Authenticate', own ?? challengeFor(api.source, api.id, problem));
  }
  for (const [name, stated] of Object.entries(headers)) {
    const text = textOf(stated);
    add(name, compileText(text, 'header', constants), varyingNamesIn(text, constants));
  }
  const length = typeof body === 'string' ? String(Buffer.byteLength(body)) : undefined;
  return { status, body, length, headers: compiled, problem };
}

/** The reply to a request with a problem: the reason of a denial, or a fault. It has `Cache-Control: no-store`. */
export function renderProblem(replies: Replies, problem: Problem, context: ReplyContext): Reply {
  return renderError(replies, replies.problems[problem], context);
}

/**
 * The reply of a management route to a command that failed. It has `Cache-Control: no-store`.
 *
 * @param message instead of the error's own; it has no placeholders
 */
export function renderFailure(
  replies: Replies,
  error: WireError,
  message: string | undefined,
  context: ReplyContext,
): Reply {
  const { dialect, api } = replies;
  const literal = message === undefined ? undefined : [message];
  return renderError(replies, compileError(dialect, api, error, undefined, literal), context);
}

function renderError(replies: Replies, error: CompiledError, context: ReplyContext): Reply {
  const { dialect } = replies;
  const { requestId, rate } = context;
  const retryAfter = retryAfterSeconds(error.problem, rate);
  const values = new ReplyValues(context, replies, retryAfter);
  const body = fill(error.body, values);
  const headers = openHeaders(dialect.contentType, error.length ?? String(Buffer.byteLength(body)), requestId);
  for (const { name, value, needed } of error.headers) {
    if (needed.every((each) => values[each] !== undefined)) headers.push(name, fill(value, values));
  }
  if (rate !== undefined) appendRateHeaders(headers, dialect, rate);
  if (retryAfter !== undefined) headers.push('Retry-After', String(retryAfter));
  return { status: error.status, headers, body };
}

function fill(piece: string | Fill, values: VaryingValues): string {
  return typeof piece === 'string' ? piece : piece(values);
}

/** What a passing problem says about when to try again. `undefined`: nothing. */
function retryAfterSeconds(problem: Problem | undefined, rate: RateState | undefined): number | undefined {
  if (problem === undefined || !passingReasons.has(problem)) return undefined;
  if (rate === undefined) return 1;
  return problem === 'unavailable' ? undefined : secondsToReset(rate);
}

/** The values of one reply, each computed when a template asks for it. */
class ReplyValues implements VaryingValues {
  readonly #context: ReplyContext;
  readonly #dialect: Dialect;
  readonly #clock: Replies['clock'];
  readonly retryAfter: number | undefined;

  constructor(context: ReplyContext, { dialect, clock }: Replies, retryAfter: number | undefined) {
    this.#context = context;
    this.#dialect = dialect;
    this.#clock = clock;
    this.retryAfter = retryAfter;
  }

  get requestId(): string {
    return this.#context.requestId;
  }

  /** A trusted proxy may set ids that are no UUIDs. */
  get requestUuid(): string | undefined {
    const { requestId } = this.#context;
    return uuid.test(requestId) ? requestId : undefined;
  }

  get clientAddress(): string | undefined {
    return this.#context.clientAddress;
  }

  get limit(): number | undefined {
    return this.#context.rate?.limit;
  }

  get remaining(): number | undefined {
    return this.#context.rate?.remaining;
  }

  get reset(): number | undefined {
    const { rate } = this.#context;
    return rate && resetOf(rate, this.#dialect.rateHeaders?.resetAs ?? 'unix');
  }

  get time(): string {
    return new Date(this.#clock.nowMs()).toISOString();
  }
}

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The help as the value of `Link` (RFC 8288 §3); `help` is a registered relation. `undefined`: there is none. */
function linkTo({ docs, contact }: Help): string | undefined {
  const links = [docs, contact].filter((url) => url !== undefined).map((url) => `<${url}>; rel="help"`);
  return links.length === 0 ? undefined : links.join(', ');
}

/** The reply of a management route. It has `Cache-Control: no-store`. */
export function renderAnswer(
  { dialect }: Replies,
  status: number,
  contentType: string,
  body: string,
  { requestId, rate }: Pick<ReplyContext, 'requestId' | 'rate'>,
): Reply {
  const headers = openHeaders(contentType, String(Buffer.byteLength(body)), requestId);
  if (rate !== undefined) appendRateHeaders(headers, dialect, rate);
  return { status, headers, body };
}

/** The headers that every reply has. */
function openHeaders(contentType: string, length: string, requestId: string): string[] {
  return [
    'Content-Type',
    contentType,
    'Content-Length',
    length,
    'Cache-Control',
    'no-store',
    'X-Request-Id',
    requestId,
  ];
}

/**
 * Adds the vendor's rate headers and, if the dialect sends them, the IETF's two
 * (draft-ietf-httpapi-ratelimit-headers; `t` is the seconds until the reset). Times are rounded up.
 */
export function appendRateHeaders(
  headers: string[],
  { rateHeaders, sendsRateLimitFields }: Pick<Dialect, 'rateHeaders' | 'sendsRateLimitFields'>,
  rate: RateState,
): void {
  if (rateHeaders !== undefined) {
    const { limit, remaining, reset, resetAs } = rateHeaders;
    if (limit !== undefined) headers.push(limit, String(rate.limit));
    if (remaining !== undefined) headers.push(remaining, String(rate.remaining));
    if (reset !== undefined) headers.push(reset, String(resetOf(rate, resetAs)));
  }
  if (!sendsRateLimitFields) return;
  headers.push(
    'RateLimit-Policy',
    `"default";q=${rate.limit};w=${rate.windowSeconds}`,
    'RateLimit',
    `"default";r=${rate.remaining};t=${secondsToReset(rate)}`,
  );
}

/** The names of all headers that `appendRateHeaders` may add. */
export function rateHeaderNames({
  rateHeaders,
  sendsRateLimitFields,
}: Pick<Dialect, 'rateHeaders' | 'sendsRateLimitFields'>): readonly string[] {
  const { limit, remaining, reset } = rateHeaders ?? {};
  const own = [limit, remaining, reset].filter((name) => name !== undefined);
  return sendsRateLimitFields ? [...own, 'RateLimit-Policy', 'RateLimit'] : own;
}

function resetOf(rate: RateState, resetAs: 'unix' | 'seconds'): number {
  return resetAs === 'unix' ? Math.ceil(rate.resetAtMs / 1000) : secondsToReset(rate);
}

/**
 * The challenge that every 401 carries (RFC 9110 §15.5.2). For Bearer, it omits `error` when the request had no
 * credential (RFC 6750 §3.1). Several places give a list of challenges (RFC 9110 §11.6.1). `ApiKey` is not registered:
 * no registered scheme fits a key in a place of its own.
 */
function challengeFor(source: CredentialSource, realm: string, problem: Problem): string {
  switch (source.kind) {
    case 'anyOf':
      return [...new Set(source.sources.map((each) => challengeFor(each, realm, problem)))].join(', ');
    case 'basic':
      return `Basic realm="${realm}", charset="UTF-8"`;
    case 'header':
    case 'subprotocol':
    case 'query':
      return `ApiKey realm="${realm}"`;
    case 'scheme':
      return `${source.scheme} realm="${realm}"`;
    case 'bearer':
      return problem === 'credential_missing'
        ? `Bearer realm="${realm}"`
        : `Bearer realm="${realm}", error="invalid_token"`;
  }
}
