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
  return send(request.method, () => fetch(request));
}

let onSessionEnd: () => Promise<void> | undefined = () => undefined;

/**
 * Sets what happens when a call finds that the session has ended. `handler` returns a promise that resolves when the
 * same person has signed in again. `undefined`: there was no session. `app.tsx` calls it once.
 */
export function setSessionEnd(handler: () => Promise<void> | undefined): void {
  onSessionEnd = handler;
}

/** Lets the reader sign in again in place, for a call that needs a fresh session. */
export function askToSignIn(): void {
  void onSessionEnd();
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
  const response = await send(method, () => fetch(`/api/auth${path}`, { method, ...init }));
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw errorOf(response, answer);
  return answer as Data;
}

/**
 * Sends a request. When the session has ended, a read waits until the reader has signed in again, so the page stays as
 * it is. A change is never sent again without them: they may be someone else by then.
 */
async function send(method: string, request: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await receive(request);
    if (response.status !== 401 || !(await saysSignedOut(response))) return response;
    const signedInAgain = onSessionEnd();
    if (signedInAgain === undefined || method !== 'GET') return response;
    await signedInAgain;
  }
}

async function receive(request: () => Promise<Response>): Promise<Response> {
  try {
    return await request();
  } catch {
    throw new ApiError('network', 0);
  }
}

async function saysSignedOut(response: Response): Promise<boolean> {
  const answer: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return errorOf(response, answer).code === 'not_signed_in';
}
