// The store of usage, and the batches that metering writes to it.
import type { Environment } from '../domain/api-key.ts';
import type { StatusClass, UsageOutcome, UsageRoute } from '../domain/use.ts';

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
  /** The units of the requests beyond one for each; may be negative. Absent: each request weighs 1. */
  readonly extraWeights?: Float64Array;
  /** The same of the billed requests. */
  readonly billedExtraWeights?: Float64Array;
  /**
   * The requests of each organization whose response time is known, by bucket, the first first. Organizations are in the
   * order of `orgSeqs`, each once. A bucket may be `undefined`: none. Absent: no time is known.
   */
  readonly times?: readonly (Uint32Array | undefined)[];
}

/** The part of a series that has this route. */
export interface RouteSeries extends UsageSeries {
  readonly route: Pick<UsageRoute, 'orgSeq' | 'pattern'>;
}

/** The most addresses that are counted for a key and hour. What is beyond them is one sum. */
export const maxAddresses = 16;

/**
 * Requests by key, hour and address, in arrays of one length, in ascending order of key, hour and the text of the
 * address, each once. Requests from an unknown address are in none.
 */
export interface AddressUses {
  readonly keySeqs: Uint32Array;
  readonly orgSeqs: Uint32Array;
  readonly hoursMs: Float64Array;
  /** Positions in `addresses`, from 1. 0: the sum of what is beyond `maxAddresses`. */
  readonly addressAt: Uint32Array;
  readonly counts: Uint32Array;
  /** The part of `counts` that was refused. */
  readonly refused: Uint32Array;
  /** IPv4 addresses, and the /64 networks of IPv6 addresses. Each once. */
  readonly addresses: readonly string[];
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
  readonly routes: readonly RouteSeries[];
  readonly addresses: AddressUses;
  readonly lastUses: LastUses;
  readonly superseded: readonly SupersededUse[];
}

/** The buffers of a batch's arrays, for a transfer between threads without a copy. */
export function buffersOf({ series, routes, addresses, lastUses }: UsageBatch): ArrayBuffer[] {
  const arrays = [...series, ...routes].flatMap(({ times = [], ...each }) => [
    ...[each.keySeqs, each.orgSeqs, each.counts, each.billed, each.extraWeights, each.billedExtraWeights],
    ...Object.values(each.statuses),
    ...times,
  ]);
  const { keySeqs, orgSeqs, hoursMs, addressAt, counts, refused } = addresses;
  const all = new Set([
    ...arrays.filter((array) => array !== undefined),
    ...[keySeqs, orgSeqs, hoursMs, addressAt, counts, refused],
    ...[lastUses.keySeqs, lastUses.atMs, lastUses.addressAt],
  ]);
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
  /** The units of the requests: 1 for each, unless the policy of their API gave their endpoint another weight. */
  readonly weight: number;
  /** The units of the billed ones. */
  readonly billedWeight: number;
  /** Those that were allowed, by the status class of the upstream's reply. */
  readonly statuses: Readonly<Record<StatusClass, number>>;
}

/** A sum, with the members by which it is grouped. */
export type UsageSum = Partial<UsageGroup> & UsageCounts;

/** What the largest groups have the most of. `errors`: 5xx replies, and requests that the upstream failed. */
export const usageMeasures = ['count', 'billed', 'refused', 'errors'] as const;

export type UsageMeasure = (typeof usageMeasures)[number];

/** What a report can be grouped by. Groups by route, address and country have usage of their own. */
export type UsageReportGroup = keyof UsageGroup | 'route' | 'address' | 'country';

/** A question with an answer of bounded size. */
export interface UsageReportQuery extends Omit<UsageQuery, 'groupBy'> {
  /**
   * The members to group by. With `address` or `country`, rows have only `count` and `refused`: neither `route`, `outcome`,
   * `outcomes`, `statuses` nor `hasTimes` goes with it.
   */
  readonly groupBy: readonly UsageReportGroup[];
  /** Only requests with this route: the pattern of a policy or of a key. */
  readonly route?: string | undefined;
  /** Only allowed requests with these status classes. `count` is then their number, and what is billed is unknown. */
  readonly statuses?: readonly StatusClass[] | undefined;
  /** Also the response times. Not for questions about keys. Default: no. */
  readonly hasTimes?: boolean | undefined;
  /** The known countries of addresses, to group by `country`. Others have an empty one. */
  readonly countries?: ReadonlyMap<string, string> | undefined;
  /** Counts what is counted by address, without grouping by it. */
  readonly isOfAddresses?: boolean | undefined;
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
  /** Empty: the requests without a route. */
  readonly route?: string;
  /** Empty: the sum of the addresses beyond `maxAddresses` of a key and hour. */
  readonly address?: string;
  /** Empty: the country of these addresses is unknown, or they are beyond the limit. */
  readonly country?: string;
  /** Only of groups by address or country: the requests that were refused. */
  readonly refused?: number;
  /** The requests whose response time is known, by bucket, the first first. */
  readonly times?: readonly number[];
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
  /** The addresses of the rows that a question about addresses reads, each once and without the sum of the others. */
  listUsedAddresses(query: UsageReportQuery, limit: number): Promise<readonly string[]>;
  /**
   * The hour with which the kept usage begins, in epoch milliseconds. Sums have no uses of earlier hours, which were
   * removed. `null`: none were. With `addresses`: of the counts by address, which may be kept for less time.
   */
  findUsageStart(of?: 'addresses' | 'all'): Promise<number | null>;
}
