// `miftah/client`: the admin API from TypeScript, typed by its OpenAPI document.
import type { components } from './schema.ts';
import { createWireClient, type MiftahClient } from './wire-client.ts';

export type { MiftahClient };

/** The bodies of the admin API by name: `Schemas['Key']`. */
export type Schemas = components['schemas'];

/** A failure as the server tells it (RFC 9457); branch on `code`, which docs/reference/errors.md explains. */
export type Problem = Schemas['Problem'];

export interface ClientOptions {
  /** Origin of the internal listener, such as `http://127.0.0.1:4101`. */
  readonly url: string;
  /** The operator token. */
  readonly token: string;
  /** How requests are sent. Default: the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** A client of one server. Throws a `TypeError` for what is no http(s) origin or no token. Safe concurrently. */
export function createMiftahClient({ url, token, fetch }: ClientOptions): MiftahClient {
  if (!URL.canParse(url) || !/^https?:\/\/[^/?#@\s]+\/?$/i.test(url)) {
    throw new TypeError('url: must be the origin of the internal listener, such as http://127.0.0.1:4101');
  }
  if (!/^[!-~]+$/.test(token)) throw new TypeError('token: must be the operator token');
  const client = createWireClient({ origin: new URL(url).origin, token, fetch });
  client.use({ onResponse: ({ response }) => (response.ok || isProblem(response) ? undefined : toProblem(response)) });
  return client;
}

/** An answer that is no success, as `unwrap` throws it. */
export class MiftahError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'MiftahError';
    this.problem = problem;
  }

  /** Same as `problem.code`. */
  get code(): Problem['code'] {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** The data of a call. Rejects with a `MiftahError` when the answer is no success. */
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

/** What something between us and the server answered in its own way. */
async function toProblem(response: Response): Promise<Response> {
  await response.body?.cancel();
  const problem: Problem = {
    type: 'about:blank',
    title: 'The answer is not Miftah’s',
    status: response.status,
    detail: `Something that is not Miftah’s internal listener answered ${response.status}: check the url and what stands before it.`,
    code: 'unavailable',
  };
  return new Response(JSON.stringify(problem), {
    status: response.status,
    headers: { 'Content-Type': 'application/problem+json' },
  });
}
