// A protected API, ready to decide and to answer: what every way in is given.
import type { Environment } from '../domain/api-key.ts';
import type { TrustedProxies } from '../domain/client-address.ts';
import type { CorsPolicy } from '../domain/cors.ts';
import type { EndpointPattern } from '../domain/endpoint.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { Redactor } from '../domain/redaction.ts';
import { type Authorize, createAuthorize, type EngineParts } from '../engine/authorize.ts';
import { type ChargeClient, createClientCharge } from '../engine/client-charge.ts';
import { createExplain, type Explain } from '../engine/explain.ts';
import type { KeyCache, KeySource } from '../engine/key-cache.ts';
import { OpenExchanges } from '../engine/open-exchanges.ts';
import type { DenialSink, Limiter, UsageSink } from '../engine/ports.ts';
import { createRecheck, type Recheck } from '../engine/recheck.ts';
import { type Cors, createCors } from './cors.ts';
import type { Dialect } from './profile.ts';
import { createIsPublic, type IsPublic } from './public-paths.ts';

export interface Gate {
  readonly api: ProtectedApi;
  readonly dialect: Dialect;
  /** What pages of other origins are answered; `undefined`: browsers let none of them call the API. */
  readonly cors: Cors | undefined;
  /** Which requests need no key; `undefined`: all need one. */
  readonly isPublic: IsPublic | undefined;
  readonly authorize: Authorize;
  readonly explain: Explain;
  /** The same by what the store says now, for whoever must not be answered by this node's memory. */
  readonly fresh: { readonly authorize: Authorize; readonly explain: Explain };
  /** Requests that were let through and have not ended. A carrier adds each, and deletes it at its end. */
  readonly openExchanges: OpenExchanges;
  /** Decides again about those. */
  readonly recheck: Recheck;
  /** Counts a request that fails before it can be decided, where the policy counts those. */
  readonly chargeClient: ChargeClient;
  /** Told of every request of a known key, once, when it has ended. */
  readonly usage: UsageSink;
  /** Told of every refusal. */
  readonly denials: DenialSink;
  /** The hosts that are bound to one environment. Empty: the key tells, or the API has one environment only. */
  readonly boundHosts: ReadonlyMap<string, Environment>;
  /** The proxies whose word about the client is taken, as configured. */
  readonly trustedProxies: TrustedProxies;
  /** Called with what kept a request from being decided or recorded, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** Knows the secrets of all APIs of the installation. */
  readonly redactor: Redactor;
}

/** What is the API's own of a gate. */
interface GateOf extends Pick<Gate, 'api' | 'dialect' | 'boundHosts'> {
  readonly cors?: CorsPolicy | undefined;
  /** Default: none. */
  readonly publicPaths?: readonly EndpointPattern[] | undefined;
}

/** What the gates of an installation share. */
export interface GateParts
  extends Pick<EngineParts, 'limiter' | 'clock'>,
    Pick<Gate, 'usage' | 'denials' | 'trustedProxies' | 'onFault' | 'redactor'> {
  readonly cache: KeyCache;
  /** Counts clients without a valid key. */
  readonly clientLimiter: Limiter;
}

/**
 * The gate of one API. Close its `openExchanges` with the installation.
 *
 * @param former the gate of this API under the previous configuration. Its open exchanges continue here. They follow this
 *   gate's `recheck` after `follow`.
 */
export function createGate(
  own: GateOf,
  { cache, limiter, clientLimiter, clock, ...shared }: GateParts,
  former?: Pick<Gate, 'openExchanges'>,
): Gate {
  const { api, dialect } = own;
  const { onFault } = shared;
  const recheck = createRecheck(api, { keys: cache, clock });
  const chargeClient = createClientCharge(api, { clientLimiter, clock });
  const decideBy = (keys: KeySource) => {
    const parts = { keys, limiter, chargeClient, clock, onFault };
    return { authorize: createAuthorize(api, parts), explain: createExplain(api, parts) };
  };
  return {
    ...own,
    ...shared,
    cors: own.cors && createCors(own.cors, api, dialect),
    isPublic: createIsPublic(own.publicPaths ?? [], api.policy),
    ...decideBy(cache),
    fresh: decideBy(cache.fresh),
    openExchanges: former?.openExchanges ?? new OpenExchanges({ recheck, onFault }),
    recheck,
    chargeClient,
  };
}
