// The session API, typed from its OpenAPI document. Every failure throws an `ApiError`.
import createClient from 'openapi-fetch';
import { ApiError, errorOf } from './problem.ts';
import type { paths } from './schema.ts';
import { holdsSecret } from './secrets.ts';

/** Call it as `unwrap(api.GET('/api/orgs/{org}/keys', { params: { path: { org } } }))`. */
export const api = createClient<paths>({
  baseUrl: '/',
  fetch: (request) => sendPlain(request),
});

/** Sends the request unless a secret is in its address or its body, where others could read it. */
async function sendPlain(request: Request): Promise<Response> {
  const body = request.body === null ? '' : await request.clone().text();
  if (holdsSecret(request.url) || holdsSecret(body)) throw new ApiError('secret_in_request', 0);
  return send(() => fetch(request));
}

/** Returns the data of a call. Throws `ApiError`. */
export async function unwrap<Data>(
  call: Promise<{ readonly data?: Data; readonly error?: unknown; readonly response: Response }>,
): Promise<Data> {
  const { data, error, response } = await call;
  if (!response.ok) throw errorOf(response, error);
  return data as Data;
}

/**
 * Calls a route of `/api/auth`. better-auth answers it, and the OpenAPI document does not list it. Throws `ApiError`.
 */
export async function callAuth<Data>(method: 'GET' | 'POST', path: string, body?: object): Promise<Data> {
  const init =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await send(() => fetch(`/api/auth${path}`, { method, ...init }));
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw errorOf(response, answer);
  return answer as Data;
}

async function send(request: () => Promise<Response>): Promise<Response> {
  try {
    return await request();
  } catch {
    throw new ApiError('network', 0);
  }
}
