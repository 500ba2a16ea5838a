// Where usage is kept, as metering needs it.
import type { Environment } from '../domain/api-key.ts';
import type { UsageOutcome } from '../engine/ports.ts';

/** What one count stands for. */
export interface UsageGroup {
  readonly apiId: string;
  readonly orgId: string;
  readonly keyId: string;
  readonly environment: Environment;
  readonly outcome: UsageOutcome;
  /** Epoch milliseconds at which the hour began. */
  readonly hourMs: number;
}

/**
 * Counts of many keys that share everything else, in three arrays of one length: they go from thread to thread without being
 * copied. Ascending by organization, then by key, each pair once: that is the order of the table, which is then written page by
 * page, and one order for all, so that nodes that write at once never wait for each other in a circle.
 */
export interface UsageSeries extends Omit<UsageGroup, 'keyId' | 'orgId'> {
  readonly keySeqs: Uint32Array;
  readonly orgSeqs: Uint32Array;
  /** Requests to add, at least 1. */
  readonly counts: Uint32Array;
}

/** When and from where keys were last used: three arrays of one length, ascending by key, each key once. */
export interface LastUses {
  readonly keySeqs: Uint32Array;
  readonly atMs: Float64Array;
  /** Positions in `addresses`, from 1; 0 where the client's address was not known. */
  readonly addressAt: Uint32Array;
  /** Each address once. */
  readonly addresses: readonly string[];
}

/** What was done with a secret that a rotation has superseded: so that its owner sees who has yet to change over. */
export interface SupersededUse {
  readonly digest: string;
  /** Requests to add, refused ones included. */
  readonly count: number;
  readonly atMs: number;
  readonly address: string | null;
}

/** What was recorded from one flush to the next; each series and each superseded secret once. */
export interface UsageBatch {
  /** The process that recorded it, by a name that no other has. */
  readonly run: string;
  /** From 1, rising within the run: a run's batches are flushed in this order. */
  readonly sequence: number;
  readonly series: readonly UsageSeries[];
  readonly lastUses: LastUses;
  readonly superseded: readonly SupersededUse[];
}

/** What a batch's arrays lie in: handed from thread to thread, not copied. */
export function buffersOf({ series, lastUses }: UsageBatch): ArrayBuffer[] {
  const arrays = series.flatMap(({ keySeqs, orgSeqs, counts }) => [keySeqs, orgSeqs, counts]);
  return [...arrays, lastUses.keySeqs, lastUses.atMs, lastUses.addressAt].map(({ buffer }) => buffer as ArrayBuffer);
}

/** Which counts to add up, and along what. */
export interface UsageQuery {
  readonly apiId?: string | undefined;
  readonly orgId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly environment?: Environment | undefined;
  /** Hours that began at `fromMs` or later … */
  readonly fromMs: number;
  /** … and before `toMs`. */
  readonly toMs: number;
  /** The members that the sums keep apart; empty: one grand total. */
  readonly groupBy: readonly (keyof UsageGroup)[];
}

/** A sum with the members it was grouped by. */
export type UsageSum = Partial<UsageGroup> & { readonly count: number };

/**
 * What became of a batch. `added`; `repeated`: it was added before, and was not again; `unknown_run`: nothing was added, since the
 * database has never heard of the run: it is another one, or one from before.
 */
export type FlushResult = 'added' | 'repeated' | 'unknown_run';

export interface UsageStore {
  /** Takes note of a run, whose batches are then taken. Idempotent. */
  beginRun(run: string, nowMs: number): Promise<void>;
  /** Forgets a run of which no batch will come any more. Idempotent. */
  endRun(run: string): Promise<void>;
  /**
   * Adds the batch's counts to those kept and moves last uses forward, all or nothing and once, however often it is called. When it
   * rejects, with a coded error, the batch may be flushed again. Takes the arrays away: they are of no use afterwards.
   */
  flushUsage(batch: UsageBatch): Promise<FlushResult>;
  /** The sums, oldest hour first where grouped by hour. */
  listUsage(query: UsageQuery): Promise<readonly UsageSum[]>;
}
