// Calls to an API through the data plane, from an address of the test's choice. All of 127.0.0.0/8 is this machine.
import { once } from 'node:events';
import { request } from 'node:http';
import type { TestServer } from '../fixture.ts';

export interface ApiCall {
  /** The API's host, such as `api.palcards.localhost`. */
  readonly host: string;
  /** Default: `GET`. */
  readonly method?: string;
  readonly path: string;
  /** Includes the key, where the API reads it. */
  readonly headers: Readonly<Record<string, string>>;
  /** The client's address; default `127.0.0.1`. */
  readonly from?: string;
}

/** Resolves with the status when the whole reply has arrived. */
export async function callApi(
  server: TestServer,
  { host, method = 'GET', path, headers, from }: ApiCall,
): Promise<number> {
  const req = request({
    host: '127.0.0.1',
    port: server.publicPort,
    method,
    path,
    headers: { host: `${host}:${server.publicPort}`, ...headers },
    agent: false,
    ...(from !== undefined && { localAddress: from }),
  });
  req.end();
  const [res] = await once(req, 'response');
  res.resume();
  await once(res, 'end');
  return res.statusCode;
}
