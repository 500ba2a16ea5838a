// A protected API with all that a carrier needs to decide about its requests and to answer them.
import type { Environment } from '../domain/api-key.ts';
import type { TrustedProxies } from '../domain/client-address.ts';
import type { CorsPolicy } from '../domain/cors.ts';
import type { EndpointPattern } from '../domain/endpoint.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { LimitWindows } from '../domain/rate-limit.ts';
import type { Redactor } from '../domain/redaction.ts';
import { type Authorize, createAuthorize, type EngineParts } from '../engine/authorize.ts';
import { createUseOf, type UseOf } from '../engine/billing.ts';
import { type ChargeClient, createClientCharge } from '../engine/client-charge.ts';
import { createExplain, type Explain } from '../engine/explain.ts';
import type { KeyCache, KeySource } from '../engine/key-cache.ts';
import { OpenExchanges } from '../engine/open-exchanges.ts';
import type { DenialSink, Limiter, UsageSink } from '../engine/ports.ts';
import { createRecheck, type Recheck } from '../engine/recheck.ts';
import { createRouteOf, type RouteOf } from '../engine/usage-route.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { ApiTraffic, Traffic } from '../telemetry/traffic.ts';
import { type Cors, createCors } from './cors.ts';
import type { Dialect } from './profile.ts';
import { createIsPublic, type IsPublic } from './public-paths.ts';
import { compileReplies, type Replies } from './reply.ts';

/** A protected API, ready to decide and to answer. All carriers share it. */
export interface Gate {
  readonly api: ProtectedApi;
  readonly dialect: Dialect;
  /** The compiled replies of the dialect. */
  readonly replies: Replies;
  /** The answers for pages of other origins. `undefined`: browsers block such pages from the API. */
  readonly cors: Cors | undefined;
  /** Which requests need no key. `undefined`: all need one. */
  readonly isPublic: IsPublic | undefined;
  readonly authorize: Authorize;
  readonly explain: Explain;
  /** Decides from the store's current state, for callers that may not rely on this node's memory. */
  readonly fresh: { readonly authorize: Authorize; readonly explain: Explain };
  /** Allowed requests that have not ended. A carrier adds each one, and deletes it at its end. */
  readonly openExchanges: OpenExchanges;
  /** Decides again about an open exchange. */
  readonly recheck: Recheck;
  /** Counts a request that fails before its decision, if the policy counts refused requests. */
  readonly chargeClient: ChargeClient;
  /** Called once for every request of a known key, at its end. */
  readonly usage: UsageSink;
  /** What to record of an allowed request. */
  readonly useOf: UseOf;
  /** The pattern that a request of a known key counts for. */
  readonly routeOf: RouteOf;
  /** Called for every denied request. */
  readonly denials: DenialSink;
  /** The hosts that are bound to one environment. Empty: the key decides, or the API has one environment only. */
  readonly boundHosts: ReadonlyMap<string, Environment>;
  /** The proxies that the configuration trusts to name the client's address. */
  readonly trustedProxies: TrustedProxies;
  /** Called with the error when a request could not be decided or recorded, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** Knows the secrets of all APIs of the installation. */
  readonly redactor: Redactor;
  /** What the requests of this API take, for `/metrics`. */
  readonly traffic: ApiTraffic;
  readonly accessLog: AccessLog;
  /** `undefined`: requests make no spans. */
  readonly tracing: Tracing | undefined;
}

/** The parts of a gate that belong to one API. */
interface GateOf extends Pick<Gate, 'api' | 'dialect' | 'boundHosts'> {
  readonly cors?: CorsPolicy | undefined;
  /** Default: none. */
  readonly publicPaths?: readonly EndpointPattern[] | undefined;
}

/** The parts that all gates of an installation share. */
export interface GateParts
  extends Pick<EngineParts, 'clock'>,
    Pick<Gate, 'usage' | 'denials' | 'trustedProxies' | 'onFault' | 'redactor' | 'accessLog' | 'tracing'> {
  readonly cache: KeyCache;
  /** Count the requests of keys. The policy of each API chooses one. */
  readonly limiters: Readonly<Record<LimitWindows, Limiter>>;
  /** Counts clients without a valid key. */
  readonly clientLimiter: Limiter;
  readonly traffic: Traffic;
}

/**
 * The gate of one API. Close its `openExchanges` with the installation.
 *
 * @param former the gate of this API under the previous configuration. Its open exchanges continue here. They follow
 *   this gate's `recheck` after `follow`.
 */
export function createGate(
  own: GateOf,
  { cache, limiters, clientLimiter, clock, traffic, ...shared }: GateParts,
  former?: Pick<Gate, 'openExchanges'>,
): Gate {
  const { api, dialect } = own;
  const { onFault } = shared;
  const limiter = limiters[api.policy.limitWindows];
  const isPublic = createIsPublic(own.publicPaths ?? [], api.policy);
  const recheck = createRecheck(api, { keys: cache, clock, isPublic });
  const chargeClient = createClientCharge(api, { clientLimiter, clock });
  const decideBy = (keys: KeySource) => {
    const parts = { keys, limiter, chargeClient, clock, onFault };
    return { authorize: createAuthorize(api, parts), explain: createExplain(api, parts) };
  };
  return {
    ...own,
    ...shared,
    traffic: traffic.of(api.id),
    replies: compileReplies(dialect, api, clock),
    cors: own.cors && createCors(own.cors, api, dialect),
    isPublic,
    useOf: createUseOf(api.policy.billing),
    routeOf: createRouteOf(api),
    ...decideBy(cache),
    fresh: decideBy(cache.fresh),
    openExchanges: former?.openExchanges ?? new OpenExchanges({ recheck, onFault }),
    recheck,
    chargeClient,
  };
}
