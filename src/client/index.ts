// `miftah/client`: the admin API from TypeScript, with the types of its OpenAPI document.
import type { components } from './schema.ts';
import { createWireClient, type MiftahClient } from './wire-client.ts';

export type { MiftahClient };

/** The bodies of the admin API by name: `Schemas['Key']`. */
export type Schemas = components['schemas'];

/** A failure, as the server describes it (RFC 9457). Branch on `code`; docs/reference/errors.md lists the codes. */
export type Problem = Schemas['Problem'];

/** The server to call, and how. */
export interface ClientOptions {
  /** Origin of the internal listener, such as `http://127.0.0.1:4101`. */
  readonly url: string;
  /** The operator token, or another one that allows the calls. */
  readonly token: string;
  /** Sends a request. Default: the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * A client of one server. Safe concurrently. Throws a `TypeError` if `url` is not an http(s) origin or `token` is
 * malformed.
 */
export function createMiftahClient({ url, token, fetch }: ClientOptions): MiftahClient {
  if (!URL.canParse(url) || !/^https?:\/\/[^/?#@\s]+\/?$/i.test(url)) {
    throw new TypeError('url: must be the origin of the internal listener, such as http://127.0.0.1:4101');
  }
  if (!/^[!-~]+$/.test(token)) throw new TypeError('token: must be a token of the server');
  const client = createWireClient({ origin: new URL(url).origin, token, fetch });
  client.use({ onResponse: ({ response }) => (response.ok || isProblem(response) ? undefined : toProblem(response)) });
  return client;
}

/** An unsuccessful answer, which `unwrap` throws. */
export class MiftahError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'MiftahError';
    this.problem = problem;
  }

  /** The same as `problem.code`. */
  get code(): Problem['code'] {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** The data of a call. Rejects with a `MiftahError` if the call was unsuccessful. */
export async function unwrap<Data>(
  call: Promise<{ readonly data?: Data; readonly error?: unknown }>,
): Promise<NonNullable<Data>> {
  const { data, error } = await call;
  if (data === undefined || data === null) throw new MiftahError(error as Problem);
  return data;
}

function isProblem(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/problem+json') === true;
}

/** Makes a `Problem` of an error answer that a proxy, or another program, sent in its own format. */
async function toProblem(response: Response): Promise<Response> {
  await response.body?.cancel();
  const problem: Problem = {
    type: 'about:blank',
    title: 'The answer is not Miftah’s',
    status: response.status,
    detail:
      `A server that is not Miftah’s internal listener answered ${response.status}: ` +
      'check url, and the proxies in front of Miftah.',
    code: 'unavailable',
  };
  return new Response(JSON.stringify(problem), {
    status: response.status,
    headers: { 'Content-Type': 'application/problem+json' },
  });
}
