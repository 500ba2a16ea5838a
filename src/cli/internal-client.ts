// Calls a running server on its internal listener, with the operator token or another one.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createWireClient, type MiftahClient } from '../client/wire-client.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type Context, checkTransport, chooseContext, readContext } from './contexts.ts';

/** The options that name the server and the data folder. */
export interface ClientOptions {
  /** A context, which has the address and the token. Default: see `chooseContext`. */
  readonly context?: string | undefined;
  /** Origin of the internal listener. Default: MIFTAH_URL, then http://127.0.0.1:4101. */
  readonly url?: string | undefined;
  /** Data folder with the operator token. Default: MIFTAH_DATA, then ./miftah-data. */
  readonly data?: string | undefined;
}

const answerTimeoutSeconds = 30;

/** How long to wait for an answer: MIFTAH_TIMEOUT, or 30 s. Throws `timeout_invalid`. */
function readTimeoutMs(): number {
  const given = process.env.MIFTAH_TIMEOUT || String(answerTimeoutSeconds);
  if (/^[1-9]\d{0,3}$/.test(given)) return Number(given) * 1000;
  throw new CliError(
    exitCodes.usage,
    'timeout_invalid',
    'MIFTAH_TIMEOUT is not a number of seconds from 1 to 9999',
    'Correct it, or unset it to wait for 30 seconds.',
  );
}

const noToken =
  'Set MIFTAH_TOKEN, or pass --data DIR with the data folder of the running server, which holds operator-token.';

const allowingToken = 'Set MIFTAH_TOKEN to a token that allows this: see miftah tokens create --help.';

/** The server's origin, and the token; `undefined`: none was found. */
export interface ServerAccess {
  readonly origin: string;
  readonly token: string | undefined;
  /** The name of the context that has both. `undefined`: no context is used. */
  readonly context?: string | undefined;
}

/** A client of the server that the options name. Throws as `findServer` does. */
export function openClient(options: ClientOptions): MiftahClient {
  return createInternalClient(findServer(options));
}

/** Throws a `CliError` if the context or the address can't be used, or the token can't. */
export function findServer(options: ClientOptions): ServerAccess {
  const chosen = chooseContext(options);
  if (chosen === undefined) return { origin: readOrigin(options), token: readToken(options) };
  const context = readContext(chosen.name);
  checkTransport(context);
  return { origin: new URL(context.url).origin, token: readContextToken(context), context: chosen.name };
}

/** `context prod (https://miftah.example.com)`, or the address alone. */
export function describeServer({ origin, context }: ServerAccess): string {
  return context === undefined ? origin : `context ${context} (${origin})`;
}

/** The end of a sentence about a change: `, at context prod (https://miftah.example.com)`. Empty without a context. */
export function endWithContext(server: ServerAccess): string {
  return server.context === undefined ? '' : `, at ${describeServer(server)}`;
}

/** Throws a `CliError` if the token is missing or can't be used. The server that a context names always needs one. */
function readContextToken(context: Context): string {
  const token =
    'tokenFile' in context ? readTokenFile(context.tokenFile, 0o077) : process.env[context.tokenVariable] || undefined;
  const place = 'tokenFile' in context ? context.tokenFile : context.tokenVariable;
  if (token !== undefined) return checkToken(token, place);
  throw new CliError(
    exitCodes.notSignedIn,
    'context_token_missing',
    `the context ${context.name} takes its token from ${place}, which ${'tokenFile' in context ? 'does not exist' : 'is not set'}`,
    'Put a token of miftah tokens create there, or add the context again with --force.',
  );
}

/** The origin of the internal listener. Throws a `CliError` if the address is not a URL. */
export function readOrigin(options: Pick<ClientOptions, 'url'>): string {
  const url = options.url ?? process.env.MIFTAH_URL ?? 'http://127.0.0.1:4101';
  if (!/^https?:\/\/[^/?#@\s]+\/?$/i.test(url) || !URL.canParse(url)) {
    throw new CliError(
      exitCodes.usage,
      'url_invalid',
      'the address of the server is not a URL such as http://127.0.0.1:4101',
      'Correct --url or MIFTAH_URL.',
    );
  }
  return new URL(url).origin;
}

/** The data folder: the option, MIFTAH_DATA, or ./miftah-data. */
export function dataFolderOf({ data }: Pick<ClientOptions, 'data'>): string {
  return data ?? (process.env.MIFTAH_DATA || 'miftah-data');
}

/**
 * A client whose calls reject with a `CliError` unless they succeed. It calls the server even without a token, so that
 * an unreachable server is reported first.
 */
export function createInternalClient(server: ServerAccess): MiftahClient {
  const { origin, token } = server;
  const answerTimeoutMs = readTimeoutMs();
  return createWireClient({ origin, token, fetch: send });

  async function send(request: Request): Promise<Response> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(request, { signal: AbortSignal.timeout(answerTimeoutMs) });
      text = await response.text();
    } catch (error) {
      throw explainUnreachable(server, error);
    }
    const answer = parseJson(text);
    if (!response.ok) throw explainProblem(response.status, answer, new URL(request.url).pathname, server);
    if (answer === undefined) throw explainWrongServer(server);
    return new Response(text, response);
  }
}

/** The revision of a change, which the server returns in a header. */
export interface Changed {
  readonly changeRevision?: string;
}

/** The JSON of an answer. For a change it has the revision as `changeRevision`. Rejects as the call does. */
export async function answerOf<Data>(
  call: Promise<{ readonly data?: Data; readonly response: Response }>,
): Promise<NonNullable<Data> & Changed> {
  const { data, response } = await call;
  const changeRevision = response.headers.get('x-miftah-revision');
  const answer = data as NonNullable<Data>;
  return changeRevision === null ? answer : { ...answer, changeRevision };
}

/** The error when nothing answers. */
export function explainUnreachable({ origin, context }: ServerAccess, cause: unknown): CliError {
  return new CliError(
    exitCodes.unreachable,
    'server_unreachable',
    `no Miftah server answers at ${origin}`,
    context === undefined
      ? 'Start it with miftah serve, or set its internal listener with --url or MIFTAH_URL.'
      : `Start it, or correct the address of the context ${context}.`,
    { cause },
  );
}

/** The error when another program answers. */
export function explainWrongServer({ origin, context }: ServerAccess): CliError {
  return new CliError(
    exitCodes.failure,
    'answer_not_understood',
    `the program that answers at ${origin} is not Miftah's internal listener`,
    context === undefined
      ? 'Set --url or MIFTAH_URL to the internal listener, not the public one.'
      : `Set the address of the context ${context} to the internal listener, not the public one.`,
  );
}

/**
 * The token: MIFTAH_TOKEN, or the operator token from the variables of the server or the file in the data folder.
 * `undefined` if there is none. Throws a `CliError` if it can't be used, for example because other users can read the file.
 */
export function readToken(options: ClientOptions): string | undefined {
  for (const name of ['MIFTAH_TOKEN', 'MIFTAH_OPERATOR_TOKEN']) {
    const given = process.env[name];
    if (given !== undefined && given !== '') return checkToken(given, name);
  }
  const given = process.env.MIFTAH_OPERATOR_TOKEN_FILE;
  // The operator chose the mode of a named file: Kubernetes lets all users of a container read a mounted secret.
  if (given !== undefined && given !== '') return readTokenFile(given, 0o002);
  return readTokenFile(join(dataFolderOf(options), 'operator-token'), 0o077);
}

/** @param exposed the bits of its mode that other users must not have */
function readTokenFile(file: string, exposed: number): string | undefined {
  let text: string;
  try {
    if (process.platform !== 'win32' && (statSync(file).mode & exposed) !== 0) {
      const isRead = exposed !== 0o002;
      throw new CliError(
        exitCodes.notSignedIn,
        'token_file_exposed',
        `other users can ${isRead ? 'read' : 'write'} ${file}`,
        `Run chmod ${isRead ? '600' : 'o-w'} ${file}`,
      );
    }
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof CliError) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CliError(exitCodes.notSignedIn, 'token_file_unreadable', `${file} cannot be read (${code})`, noToken, {
      cause: error,
    });
  }
  return checkToken(text, file);
}

/** The token without spaces around it. Throws `token_invalid` for a text that can't be one. */
export function checkToken(token: string, place: string): string {
  const stated = token.trim();
  if (/^[!-~]+$/.test(stated)) return stated;
  throw new CliError(exitCodes.notSignedIn, 'token_invalid', `${place} does not hold a token`, noToken);
}

/** `undefined` if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The option that sets each field of the internal API. */
const optionOfField: Readonly<Record<string, string>> = {
  addresses: '--ip',
  api: '--api',
  apis: '--api',
  by: '--by',
  clientIp: '--client-ip',
  compare: '--compare',
  cursor: '--cursor',
  endpoints: '--endpoint',
  endsIn: 'the expiry',
  environment: '--env',
  expiresAt: '--expires',
  format: '--format',
  from: '--from',
  kind: '--kind',
  limit: '--limit',
  may: '--may',
  minRevision: '--min-revision',
  name: '--name',
  org: '--org',
  outcome: '--outcome',
  overlap: '--overlap',
  rateLimits: '--rate',
  readOnly: '--read-only',
  referrers: '--referrer',
  scopes: '--scope',
  signature: '--signature',
  timeZone: '--time-zone',
  to: '--to',
  top: '--top',
  topBy: '--top-by',
  types: '--types',
  url: '--to',
};

/** The error for an unsuccessful answer: problem details (RFC 9457) with `code` and, for bad input, `field`. */
export function explainProblem(
  status: number,
  answer: unknown,
  path: string,
  { token, context }: Omit<ServerAccess, 'origin'>,
): CliError {
  const problem = (typeof answer === 'object' && answer !== null ? answer : {}) as Readonly<Record<string, unknown>>;
  const detail = textOf(problem.detail) ?? textOf(problem.title) ?? `the server answered ${status}`;
  const code = textOf(problem.code);
  const field = textOf(problem.field)?.replace(/\[.*/, '');
  const option = field === undefined ? undefined : optionOfField[field];
  // No option of the command line is called `url`.
  const message = field === 'url' ? detail.replace(/^url: /, '--to: ') : detail;
  if (status === 401 || status === 403) {
    const allowing = context === undefined ? allowingToken : `Give the context ${context} a token that allows this.`;
    const valid = context === undefined ? noToken : `Give the context ${context} a valid token.`;
    const fix = code === 'token_not_allowed' ? allowing : valid;
    if (token !== undefined) return new CliError(exitCodes.notSignedIn, code ?? 'not_signed_in', message, fix);
    return new CliError(exitCodes.notSignedIn, 'not_signed_in', 'no token to sign in with', noToken);
  }
  if (status === 404) {
    const noun = /^\/v1\/(apis|orgs|tokens|webhooks|alerts)/.exec(path)?.[1] ?? 'keys';
    return new CliError(exitCodes.notFound, code ?? 'not_found', message, `List what exists with miftah ${noun} list.`);
  }
  if (status === 429 || status === 502 || status === 503 || status === 504)
    return new CliError(exitCodes.unreachable, code ?? 'unavailable', message, 'Try again in a moment.');
  const isUsage = status === 400 || status === 413 || status === 422;
  const fix = option === undefined ? '' : `Correct ${option}.`;
  return new CliError(
    isUsage ? exitCodes.usage : exitCodes.failure,
    code ?? 'failed',
    message,
    textOf(problem.fix) ?? fix,
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
