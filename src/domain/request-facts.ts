// What a decision may look at: the request as it arrived, nothing else.
import type { Environment } from './api-key.ts';

/**
 * Built by each way in (data plane, decision endpoint, middleware, verify call). Nothing here is interpreted yet, except
 * the client address, which only the listener can know.
 */
export interface RequestFacts {
  /** Upper case, as sent. */
  readonly method: string;
  /** The request target without its query, exactly as sent and exactly as it will be forwarded. */
  readonly path: string;
  /** Name, value, name, value … as received, duplicates included (the form of `http.IncomingMessage.rawHeaders`). */
  readonly rawHeaders: readonly string[];
  /** The canonical address of the client; `undefined` when a trusted proxy's header could not be understood. */
  readonly clientAddress: string | undefined;
  /** The environment to which the host is bound; `undefined` when one host serves both and the key tells. */
  readonly environment: Environment | undefined;
  /** Set where the caller did not say method or path: no rule about them is then fulfilled. Default: they are known. */
  readonly isEndpointUnknown?: boolean | undefined;
  /** Scopes that the route needs beyond those the policy names. */
  readonly requiredScopes?: readonly string[] | undefined;
}
