// The store of usage, and the batches that metering writes to it.
import type { Environment } from '../domain/api-key.ts';
import type { StatusClass, UsageOutcome } from '../domain/use.ts';

/** The requests that one count stands for. */
export interface UsageGroup {
  readonly apiId: string;
  readonly orgId: string;
  readonly keyId: string;
  readonly environment: Environment;
  readonly outcome: UsageOutcome;
  /** Epoch milliseconds at which the hour began. */
  readonly hourMs: number;
}

/** The classes that are counted. What is in none of them is `unknown`. */
export type CountedClass = Exclude<StatusClass, 'unknown'>;

/**
 * Counts of many keys with the same API, environment, outcome and hour, in arrays of one length. Threads hand the
 * arrays over without a copy. They are in ascending order of organization, then key, each pair once. This is the order
 * of the table, so it is written page by page. As all nodes use it, concurrent writes never deadlock. A part that is
 * the whole of `counts` is the same array, so that most series have three.
 */
export interface UsageSeries extends Omit<UsageGroup, 'keyId' | 'orgId'> {
  readonly keySeqs: Uint32Array;
  readonly orgSeqs: Uint32Array;
  /** Requests to add, at least 1. */
  readonly counts: Uint32Array;
  /** The part of `counts` that is billed. `undefined`: none. */
  readonly billed: Uint32Array | undefined;
  /** The parts of `counts` by status class. Left out: none. */
  readonly statuses: Readonly<Partial<Record<CountedClass, Uint32Array>>>;
}

/** The last use of keys, in three arrays of one length, ascending by key, each key once. */
export interface LastUses {
  readonly keySeqs: Uint32Array;
  readonly atMs: Float64Array;
  /** Positions in `addresses`, from 1. 0: the client's address was unknown. */
  readonly addressAt: Uint32Array;
  /** Each address once. */
  readonly addresses: readonly string[];
}

/** Requests with a secret that a rotation has superseded. Its owner sees which clients still have to change. */
export interface SupersededUse {
  readonly digest: string;
  /** Requests to add, refused ones included. */
  readonly count: number;
  readonly atMs: number;
  readonly address: string | null;
}

/** The sums of one segment of the journal. Each series and each superseded secret occurs once. */
export interface UsageBatch {
  /** The unique name of the process that recorded it. */
  readonly run: string;
  /** From 1, rising within the run. A run's batches are flushed in this order. */
  readonly sequence: number;
  readonly series: readonly UsageSeries[];
  readonly lastUses: LastUses;
  readonly superseded: readonly SupersededUse[];
}

/** The buffers of a batch's arrays, for a transfer between threads without a copy. */
export function buffersOf({ series, lastUses }: UsageBatch): ArrayBuffer[] {
  const arrays = series.flatMap(({ keySeqs, orgSeqs, counts, billed, statuses }) => [
    ...[keySeqs, orgSeqs, counts, ...Object.values(statuses)],
    ...(billed === undefined ? [] : [billed]),
  ]);
  const all = new Set([...arrays, lastUses.keySeqs, lastUses.atMs, lastUses.addressAt]);
  return Array.from(all, ({ buffer }) => buffer as ArrayBuffer);
}

/** Which counts to add up, and how to group them. */
export interface UsageQuery {
  readonly apiId?: string | undefined;
  readonly orgId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly environment?: Environment | undefined;
  /** Hours that began at `fromMs` or later … */
  readonly fromMs: number;
  /** … and before `toMs`. */
  readonly toMs: number;
  /** The members to group by. Empty: one grand total. */
  readonly groupBy: readonly (keyof UsageGroup)[];
}

/** Numbers of requests. */
export interface UsageCounts {
  readonly count: number;
  /** Those that the policy of their API billed when they were recorded. */
  readonly billed: number;
  /** Those that were allowed, by the status class of the upstream's reply. */
  readonly statuses: Readonly<Record<StatusClass, number>>;
}

/** A sum, with the members by which it is grouped. */
export type UsageSum = Partial<UsageGroup> & UsageCounts;

/** What the largest groups have the most of. `errors`: 5xx replies, and requests that the upstream failed. */
export const usageMeasures = ['count', 'billed', 'refused', 'errors'] as const;

export type UsageMeasure = (typeof usageMeasures)[number];

/** A question with an answer of bounded size. */
export interface UsageReportQuery extends UsageQuery {
  /** Only these outcomes. */
  readonly outcomes?: readonly UsageOutcome[] | undefined;
  /** Only keys that have this tag now. */
  readonly tag?: string | undefined;
  /**
   * Grouped by `hourMs`: the starts of the steps to add hours to, ascending, the first at most `fromMs`. An hour
   * belongs to the step in which it begins. Default: each hour is a step.
   */
  readonly starts?: readonly number[] | undefined;
  /** Also sums the time from here to `fromMs`, as `before` of the same groups. Not for groups by `hourMs`. */
  readonly beforeMs?: number | undefined;
  /** Only the groups with the most of the measure, and all their steps. They come first to last. */
  readonly top?: { readonly groups: number; readonly by: UsageMeasure } | undefined;
  /** The most rows of a page. */
  readonly limit: number;
  /** Continues after an earlier page. Not with `top`. */
  readonly cursor?: string | undefined;
}

/** A sum with the names that belong to its ids. `keyName` and `orgName` are `null` for what is erased. */
export interface UsageReportRow extends UsageSum {
  readonly orgName?: string | null;
  readonly keyName?: string | null;
  /** The sums of the period before. */
  readonly before?: UsageCounts;
}

/** Sums in the order of creation of organizations and keys; else by time, then group. */
export interface UsageReportPage {
  readonly items: readonly UsageReportRow[];
  readonly nextCursor: string | null;
}

/**
 * The result of a flush. `added`: the store has it now. `repeated`: the store had it already and changed nothing.
 * `unknown_run`: the store added nothing, because it does not know the run. The database is a different one, or an
 * older state of it.
 */
export type FlushResult = 'added' | 'repeated' | 'unknown_run';

export interface UsageStore {
  /** Registers a run, so that its batches are accepted. Idempotent. */
  beginRun(run: string, nowMs: number): Promise<void>;
  /** Forgets a run that will have no more batches. Idempotent. */
  endRun(run: string): Promise<void>;
  /**
   * Adds the batch's counts to the stored ones and moves last uses forward, all or nothing. A repeated call adds
   * nothing. Rejects with a coded error; the batch may then be flushed again. It transfers the arrays, which are
   * unusable afterwards.
   */
  flushUsage(batch: UsageBatch): Promise<FlushResult>;
  /** The sums of the hours that are kept. If they are grouped by hour, the oldest hour comes first. */
  listUsage(query: UsageQuery): Promise<readonly UsageSum[]>;
  /**
   * A page of the sums of the hours that are kept. A group by key is also one by organization, because a key that moved
   * has usage in both. Rejects with `cursor_invalid`.
   */
  reportUsage(query: UsageReportQuery): Promise<UsageReportPage>;
  /**
   * The hour with which the kept usage begins, in epoch milliseconds. Sums have no uses of earlier hours, which were
   * removed. `null`: none were.
   */
  findUsageStart(): Promise<number | null>;
}
