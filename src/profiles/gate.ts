// A protected API, ready to decide and to answer: what every way in is given.
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Refused } from '../domain/verdict.ts';
import type { Authorize } from '../engine/authorize.ts';
import type { Explain } from '../engine/explain.ts';
import type { DenialSink, UsageSink } from '../engine/ports.ts';
import type { Dialect } from './profile.ts';

export interface Gate {
  readonly api: ProtectedApi;
  readonly dialect: Dialect;
  readonly authorize: Authorize;
  readonly explain: Explain;
  /** Told of every request of a known key, once, when it has ended. */
  readonly usage: UsageSink;
  /** Told of every refusal. */
  readonly denials: DenialSink;
}

/** Tells the gate's sinks of a refusal: the key's use, when a key was known, and the denial. */
export function recordRefusal(gate: Gate, refused: Refused, facts: RequestFacts): void {
  const { key, reason } = refused;
  const { clientAddress, method, path } = facts;
  if (key !== undefined) gate.usage.recordUse(key, reason, clientAddress);
  gate.denials.recordDenial({ apiId: gate.api.id, reason, key, clientAddress, method, path });
}
