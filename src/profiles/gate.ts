// A protected API, ready to decide and to answer: what every way in is given.
import type { ProtectedApi } from '../domain/protected-api.ts';
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
