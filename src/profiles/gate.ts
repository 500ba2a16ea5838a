// A protected API, ready to decide and to answer: what every way in is given.
import type { Environment } from '../domain/api-key.ts';
import type { TrustedProxies } from '../domain/client-address.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { Redactor } from '../domain/redaction.ts';
import type { Authorize } from '../engine/authorize.ts';
import type { ChargeClient } from '../engine/client-charge.ts';
import type { Explain } from '../engine/explain.ts';
import type { OpenExchanges } from '../engine/open-exchanges.ts';
import type { DenialSink, UsageSink } from '../engine/ports.ts';
import type { Dialect } from './profile.ts';

export interface Gate {
  readonly api: ProtectedApi;
  readonly dialect: Dialect;
  readonly authorize: Authorize;
  readonly explain: Explain;
  /** The same by what the store says now, for whoever must not be answered by this node's memory. */
  readonly fresh: { readonly authorize: Authorize; readonly explain: Explain };
  /** Requests that were let through and have not ended. A carrier adds each, and deletes it at its end. */
  readonly openExchanges: OpenExchanges;
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
