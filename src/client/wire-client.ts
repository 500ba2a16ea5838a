// Typed requests to the admin API, as `miftah/client` and the command line send them.
import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './schema.ts';

/**
 * `GET`, `POST`, `PATCH` and `DELETE` by path, each resolving to `{ data, response }` or, for an answer that is no success, to
 * `{ error, response }` with a `Problem`. Rejects only when there was no answer, as `fetch` does.
 */
export type MiftahClient = Client<paths, `${string}/${string}`>;

export interface WireOptions {
  readonly origin: string;
  /** `undefined`: requests carry none. */
  readonly token: string | undefined;
  /** How requests are sent. Default: the global `fetch`. */
  readonly fetch: ((request: Request) => Promise<Response>) | undefined;
}

/** A client of one server that checks nothing and hands on every answer as `fetch` gave it. */
export function createWireClient({ origin, token, fetch }: WireOptions): MiftahClient {
  return createClient<paths>({
    baseUrl: origin,
    ...(token !== undefined && { headers: { Authorization: `Bearer ${token}` } }),
    // The token goes to this server and nowhere else.
    redirect: 'error',
    ...(fetch !== undefined && { fetch }),
  });
}
