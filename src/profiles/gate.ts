// A protected API, ready to decide and to answer: what every way in is given.
import type { Environment } from '../domain/api-key.ts';
import type { TrustedProxies } from '../domain/client-address.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { RateState } from '../domain/rate-limit.ts';
import type { Redactor } from '../domain/redaction.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Refused } from '../domain/verdict.ts';
import type { Authorize } from '../engine/authorize.ts';
import type { ChargeClient } from '../engine/client-charge.ts';
import type { Explain } from '../engine/explain.ts';
import type { OpenExchanges } from '../engine/open-exchanges.ts';
import type { DenialSink, UsageSink } from '../engine/ports.ts';
import type { Dialect, Fault, Problem } from './profile.ts';

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

/** Tells the gate's sinks of a refusal: the key's use, when a key was known, and the denial. */
export function recordRefusal(gate: Gate, refused: Refused, facts: RequestFacts): void {
  const { key, reason } = refused;
  const { clientAddress, method } = facts;
  // Someone may have put a key into the path, of this API or another; the sample that is kept of a refusal must not hold it.
  const path = gate.redactor.redactPath(facts.path, gate.api);
  if (key !== undefined) gate.usage.recordUse(key, reason, clientAddress);
  gate.denials.recordDenial({ apiId: gate.api.id, reason, key, clientAddress, method, path });
}

/**
 * What to answer to a request that fails before it can be decided: the fault itself or, once its client has used up what it
 * may send without a key, `rate_limited`; with the rate headers' numbers, where the policy has them on every response.
 */
export async function chargeFault(
  gate: Gate,
  fault: Fault,
  facts: RequestFacts,
): Promise<{ readonly problem: Problem; readonly rate: RateState | undefined }> {
  try {
    const taken = await gate.chargeClient(facts);
    return { problem: taken?.isAdmitted === false ? 'rate_limited' : fault, rate: taken?.state };
  } catch {
    return { problem: 'unavailable', rate: undefined };
  }
}
