// The input of a decision: the request as it arrived. A decision reads nothing else about it.
import type { Environment } from './api-key.ts';

/**
 * Each carrier builds these facts: the data plane, `miftah/node`, `POST /v1/verify`, `/auth/…`. They are raw, except for the
 * client address, which the carrier resolves.
 */
export interface RequestFacts {
  /** Upper case, as sent. */
  readonly method: string;
  /** The request target without its query, exactly as sent and exactly as it will be forwarded. */
  readonly path: string;
  /** The query as sent, without its `?`. Carriers state it only where the API takes keys there; nothing records it. */
  readonly query?: string | undefined;
  /** Name, value, name, value … as received, duplicates included (the form of `http.IncomingMessage.rawHeaders`). */
  readonly rawHeaders: readonly string[];
  /** The canonical address of the client. `undefined`: unknown, such as after a trusted proxy's unreadable header. */
  readonly clientAddress: string | undefined;
  /** The environment of the host. `undefined`: one host serves both, and the key determines the environment. */
  readonly environment: Environment | undefined;
  /** `true`: the caller did not state method or path, so no rule about them is satisfied. Default: `false`. */
  readonly isEndpointUnknown?: boolean | undefined;
  /** Scopes that the route needs in addition to the policy's. */
  readonly requiredScopes?: readonly string[] | undefined;
}
