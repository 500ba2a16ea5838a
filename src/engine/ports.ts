// The interfaces that the engine needs filled: where keys are found, where limits are counted, who is told.
import type { ApiKey, AuthorizedKey, Organization } from '../domain/api-key.ts';
import type { RateLimit, RateState } from '../domain/rate-limit.ts';
import type { Reason } from '../domain/verdict.ts';

/** A secret's record with its key and the key's owner, as one consistent read. */
export interface StoredSecret {
  readonly digest: string;
  /** After this instant the secret is refused although the key lives on: the end of a rotation's overlap. `null`: never. */
  readonly endsAtMs: number | null;
  readonly key: Pick<
    ApiKey,
    | 'id'
    | 'apiId'
    | 'orgId'
    | 'environment'
    | 'restrictions'
    | 'rateLimits'
    | 'grantedLimits'
    | 'expiresAtMs'
    | 'revokedAtMs'
    | 'disabledAtMs'
  > &
    Pick<AuthorizedKey, 'seq'>;
  readonly org: Pick<Organization, 'id' | 'status' | 'grantedLimits'> & { readonly seq: number };
}

/** Where keys are kept. */
export interface KeyStore {
  /**
   * The secret with this SHA-256 (hex), revoked and expired ones included; `undefined` when there is none. Reads what was
   * committed last, never an older state. Rejects when it can't tell, also when the record can't be understood.
   */
  findSecret(digest: string): Promise<StoredSecret | undefined>;
}

/** What a limiter decided. `state` is the tightest limit: the refusing one that resets last, else the one with least left. */
export interface LimitDecision {
  readonly isAdmitted: boolean;
  readonly state: RateState;
}

/** What requests are counted under. The caller keeps it between requests, so that a driver can remember where it counts. */
export interface LimitBucket {
  readonly id: string;
  /** The driver's own note, never shared and lost at any time without harm. `undefined` at first. */
  counter: object | undefined;
}

/** Counts requests in fixed windows. Safe concurrently: of any number of parallel calls exactly the limit is admitted. */
export interface Limiter {
  /**
   * Counts one request of `bucket` against all of `limits` or, when one of them is used up, against none. `limits` is not
   * empty; `nowMs` is the caller's clock, which a driver with a clock of its own may disregard. Rejects when it can't
   * count; a driver that counts in process answers at once, without a promise.
   */
  take(bucket: LimitBucket, limits: readonly RateLimit[], nowMs: number): LimitDecision | Promise<LimitDecision>;
  /** The same answer without counting. */
  peek(bucket: LimitBucket, limits: readonly RateLimit[], nowMs: number): LimitDecision | Promise<LimitDecision>;
}

/** What became of a request of a known key. */
export type UsageOutcome = 'allowed' | 'upstream_failed' | Reason;

/** Takes note of requests of known keys, once each and before the reply leaves, so that what was answered was counted. Must not fail. */
export interface UsageSink {
  /**
   * Takes note of one use: when it returns, a process that is killed does not lose it. Costs a system call, some 2 µs.
   * `clientAddress` as in the request's facts.
   */
  recordUse(key: AuthorizedKey, outcome: UsageOutcome, clientAddress: string | undefined): void;
  /**
   * The same at a fraction of the cost, for whoever can hold the reply back until the promise resolves, in this turn of the
   * loop: all uses of a turn are written at once. Never rejects.
   */
  recordUseInTurn(key: AuthorizedKey, outcome: UsageOutcome, clientAddress: string | undefined): Promise<void>;
}

/** A refusal, as told to the key's owner and the operator. */
export interface Denial {
  readonly apiId: string;
  readonly reason: Reason;
  /** `undefined` when the secret was not a key's, so the refusal is nobody's but the operator's to see. */
  readonly key: AuthorizedKey | undefined;
  readonly clientAddress: string | undefined;
  readonly method: string;
  readonly path: string;
}

/** Takes note of refusals; must not do I/O or fail, and must stay bounded under any flood. */
export interface DenialSink {
  recordDenial(denial: Denial): void;
}
