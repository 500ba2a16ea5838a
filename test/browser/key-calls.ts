// Creates a key, and makes the calls that its clients make.
import type { TestServer } from '../fixture.ts';
import { callApi } from './calls.ts';

export interface TestKey {
  readonly id: string;
  readonly secret: string;
  /** The secret's last four characters, as its masked form shows them. */
  readonly tail: string;
}

const paths = { classic: '/v1/users/usr_123', palcards: '/user/profile', palm: '/v1/verifications' } as const;

export type TestApi = keyof typeof paths;

/** Creates a key as the operator. */
export async function makeKey(
  server: TestServer,
  org: string,
  fields: { readonly api: TestApi } & Record<string, unknown>,
): Promise<TestKey> {
  const { id, secret } = await server.createKey({ org, name: 'Production', ...fields });
  return { id, secret, tail: secret.slice(-4) };
}

/** The status of a call with the secret. The client's address may be any of 127.0.0.0/8. */
export function callWith(
  server: TestServer,
  secret: string,
  options: { api?: TestApi; from?: string; path?: string } = {},
) {
  const { api = 'classic', from = '127.0.0.1', path = paths[api] } = options;
  const key: Record<string, string> =
    api === 'palcards' ? { 'x-api-key': secret } : { authorization: `Bearer ${secret}` };
  const headers = { ...key, referer: 'https://app.example.com/' };
  return callApi(server, { host: `api.${api}.localhost`, path, headers, from });
}
