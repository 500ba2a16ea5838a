// The interfaces that the engine needs: the key store, the limiter, the sinks for uses and denials, the right to send.
import type { ApiKey, AuthorizedKey, Organization } from '../domain/api-key.ts';
import type { RateLimit, RateState } from '../domain/rate-limit.ts';
import type { UsageRoute, Use } from '../domain/use.ts';
import type { Reason } from '../domain/verdict.ts';

/** A secret's record with its key and the key's organization, from one consistent read. */
export interface StoredSecret {
  readonly digest: string;
  /**
   * The end of a rotation's overlap, in epoch milliseconds. From then on the secret is refused, although its key works.
   * `null`: the secret was not rotated away.
   */
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
    | 'metadata'
  > &
    Pick<AuthorizedKey, 'seq'>;
  readonly org: Pick<Organization, 'id' | 'status' | 'suspendedApis' | 'grantedLimits' | 'metadata'> & {
    readonly seq: number;
  };
}

/** The store of keys. */
export interface KeyStore {
  /**
   * The secret with this digest (64 hex characters), also if it is revoked or expired. `undefined`: unknown. It reads
   * the last commit, never an older state. Rejects when the store fails, and when the record is unreadable.
   */
  findSecret(digest: string): Promise<StoredSecret | undefined>;
}

/** A limiter's decision. `state`: the refusing limit that resets last, else the limit with the fewest requests left. */
export interface LimitDecision {
  readonly isAdmitted: boolean;
  readonly state: RateState;
}

/** The name under which requests are counted. The caller keeps it, so that a driver can remember its counter there. */
export interface LimitBucket {
  readonly id: string;
  /** For the driver alone, which must work without it too. `undefined` at first. */
  counter: object | undefined;
}

/** Counts requests in windows of one kind. Safe concurrently: any number of parallel calls admits exactly the limit. */
export interface Limiter {
  /**
   * Counts one request of `bucket` against all `limits` or, if one of them is used up, against none. `limits` must not
   * be empty. `nowMs` is the caller's clock; a driver with its own clock may ignore it. A driver that counts in process
   * returns the decision itself, not a promise. Rejects when it can't count.
   */
  take(bucket: LimitBucket, limits: readonly RateLimit[], nowMs: number): LimitDecision | Promise<LimitDecision>;
  /** The same answer without counting. */
  peek(bucket: LimitBucket, limits: readonly RateLimit[], nowMs: number): LimitDecision | Promise<LimitDecision>;
}

/**
 * Records requests of known keys, once each and before the reply leaves, so that every answered request is counted.
 * Must not fail.
 */
export interface UsageSink {
  /**
   * Records one use. After it returns, a killed process does not lose the use. It costs a system call, some 2 µs.
   * `clientAddress` is that of the request's facts.
   *
   * @param route the pattern that the request counts for; `undefined`: none matches it
   * @param responseMs the time from the arrival of the request to the head of the upstream's reply; `undefined`: unknown
   */
  recordUse(
    key: AuthorizedKey,
    use: Use,
    clientAddress: string | undefined,
    route?: UsageRoute | undefined,
    responseMs?: number | undefined,
  ): void;
  /**
   * The same at a fraction of the cost, for callers that hold the reply back until the promise resolves. It resolves in
   * this turn of the event loop, after one write for all uses of the turn. Never rejects.
   */
  recordUseInTurn(
    key: AuthorizedKey,
    use: Use,
    clientAddress: string | undefined,
    route?: UsageRoute | undefined,
    responseMs?: number | undefined,
  ): Promise<void>;
}

/** One denied request, as the key's owner and the operator see it. */
export interface Denial {
  readonly apiId: string;
  readonly reason: Reason;
  /** `undefined`: the request had no known key, so only the operator sees the denial. */
  readonly key: AuthorizedKey | undefined;
  readonly clientAddress: string | undefined;
  readonly method: string;
  readonly path: string;
}

/** Records denials. It must not fail or do I/O, and its memory must stay bounded under any flood. */
export interface DenialSink {
  recordDenial(denial: Denial): void;
}

/** Keeps a right that one node has at a time. It ends by itself when the node vanishes. */
export interface RightStore {
  /** Takes the right until `untilMs`, or prolongs it. `false`: another holder has it at `nowMs`. */
  claim(holder: string, nowMs: number, untilMs: number): Promise<boolean>;
  /** Returns the right. Does nothing if another holder has it. */
  release(holder: string): Promise<void>;
}
