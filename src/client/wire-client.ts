// Typed requests to the admin API, for `miftah/client` and the command line.
import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './schema.ts';

/**
 * `GET`, `POST`, `PATCH` and `DELETE` by path. Each resolves to `{ data, response }`, or to `{ error, response }` with
 * a `Problem` for an unsuccessful answer. Rejects only if there is no answer, as `fetch` does.
 */
export type MiftahClient = Client<paths, `${string}/${string}`>;

/** The server to call, and how. */
export interface WireOptions {
  readonly origin: string;
  /** The token. `undefined`: requests carry no token. */
  readonly token: string | undefined;
  /** Sends a request. Default: the global `fetch`. */
  readonly fetch: ((request: Request) => Promise<Response>) | undefined;
}

/** A client of one server that checks nothing and passes on every answer unchanged. */
export function createWireClient({ origin, token, fetch }: WireOptions): MiftahClient {
  return createClient<paths>({
    baseUrl: origin,
    ...(token !== undefined && { headers: { Authorization: `Bearer ${token}` } }),
    // The token goes to this server only.
    redirect: 'error',
    ...(fetch !== undefined && { fetch }),
  });
}
