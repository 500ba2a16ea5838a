// Counts the requests of keys in memory and hands the sums to the store, at most once a second.
import type { AuthorizedKey, Environment } from '../domain/api-key.ts';
import type { Clock } from '../domain/clock.ts';
import { FlushLoop, type Timer } from '../engine/flush-loop.ts';
import type { UsageOutcome, UsageSink } from '../engine/ports.ts';
import type { SupersededUse, UsageBatch, UsageSeries, UsageStore } from './ports.ts';

export interface UsageRecorderOptions {
  readonly store: Pick<UsageStore, 'flushUsage'>;
  readonly clock: Clock;
  /** Told of every failed flush, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** Default 1,000. */
  readonly flushIntervalMs?: number;
  /**
   * Keys (once for each hour) whose counts are held between two flushes at most: some 300 bytes each, and as many again in
   * the batch that is being written. Beyond it, only when the store is down or a flood of keys is in use, uses of further
   * keys are dropped and counted as dropped. Default 200,000.
   */
  readonly maxKeys?: number;
  readonly timer?: Timer;
}

/** How many requests ended how, since the start: for `/metrics`. */
export interface OutcomeTotal {
  readonly apiId: string;
  readonly environment: Environment;
  readonly outcome: UsageOutcome;
  readonly count: number;
}

export interface UsageRecorder extends UsageSink {
  /** Resolves when all uses recorded before the call are stored. */
  flush(): Promise<void>;
  /** The last flush; rejects when it fails. */
  close(): Promise<void>;
  /** Never by key or organization: labels of metrics must stay few. */
  totals(): OutcomeTotal[];
  /** Uses recorded, and of those the ones that memory had no room for. */
  readonly counts: { readonly recorded: number; readonly dropped: number };
}

/** `allowed` is nearly all there is, so it has a plain field; the rest shares a map that most keys never get. */
interface Tally {
  allowed: number;
  others: Map<UsageOutcome, number> | undefined;
}

/** What one key did in one hour and was not handed over yet. */
interface KeyTally extends Tally {
  readonly key: AuthorizedKey;
  readonly hourMs: number;
  readonly total: ApiTotal;
  /** 0: not used successfully in this time. */
  lastAtMs: number;
  lastAddress: string | undefined;
}

interface ApiTotal extends Tally {
  readonly apiId: string;
  readonly environment: Environment;
}

const hourLengthMs = 3_600_000;

/**
 * A use counts for its hour by the clock at its end. Only a request that passed (`allowed`, `upstream_failed`) moves a key's
 * last use: what was refused may have been sent by anyone. A failed flush is repeated as it was, so nothing is lost or
 * counted twice while the process lives.
 */
export function createUsageRecorder(options: UsageRecorderOptions): UsageRecorder {
  const { store, clock, maxKeys = 200_000 } = options;
  let tallies = new Map<number, KeyTally>();
  // Tallies of hours that ended since the last flush.
  let ended: KeyTally[] = [];
  let superseded = new Map<string, SupersededUse>();
  const apiTotals: ApiTotal[] = [];
  const counts = { recorded: 0, dropped: 0 };

  const loop = new FlushLoop<UsageBatch>({
    take() {
      if (tallies.size === 0 && ended.length === 0) return undefined;
      const batch = {
        ...toBatch(ended.length === 0 ? tallies.values() : mergeHours(ended, tallies.values())),
        superseded: [...superseded.values()],
      };
      superseded = new Map();
      tallies = new Map();
      ended = [];
      return batch;
    },
    write: (batch) => store.flushUsage(batch),
    onFault: options.onFault,
    ...(options.flushIntervalMs !== undefined && { intervalMs: options.flushIntervalMs }),
    ...(options.timer !== undefined && { timer: options.timer }),
  });

  function totalOf(key: AuthorizedKey): ApiTotal {
    for (const total of apiTotals) {
      if (total.apiId === key.apiId && total.environment === key.environment) return total;
    }
    const total: ApiTotal = { apiId: key.apiId, environment: key.environment, allowed: 0, others: undefined };
    apiTotals.push(total);
    return total;
  }

  function openTally(key: AuthorizedKey, nowMs: number, previous: KeyTally | undefined): KeyTally | undefined {
    loop.wake();
    if (tallies.size + ended.length >= maxKeys) return undefined;
    if (previous !== undefined) ended.push(previous);
    const tally: KeyTally = {
      allowed: 0,
      others: undefined,
      key,
      hourMs: nowMs - (nowMs % hourLengthMs),
      total: totalOf(key),
      lastAtMs: 0,
      lastAddress: undefined,
    };
    tallies.set(key.seq, tally);
    return tally;
  }

  /** Secrets in an overlap are few and used little; their bound is the keys', so that a flood of them ends like any other. */
  function noteSuperseded(digest: string, atMs: number, clientAddress: string | undefined): void {
    const before = superseded.get(digest);
    if (before === undefined && superseded.size >= maxKeys) return;
    superseded.set(digest, { digest, count: (before?.count ?? 0) + 1, atMs, address: clientAddress ?? null });
  }

  return {
    counts,

    recordUse(key, outcome, clientAddress) {
      const nowMs = clock.nowMs();
      counts.recorded++;
      if (key.supersededDigest !== undefined) noteSuperseded(key.supersededDigest, nowMs, clientAddress);
      let tally = tallies.get(key.seq);
      if (tally === undefined || nowMs - tally.hourMs >= hourLengthMs || nowMs < tally.hourMs) {
        tally = openTally(key, nowMs, tally);
        if (tally === undefined) {
          add(totalOf(key), outcome);
          counts.dropped++;
          return;
        }
      }
      if (outcome === 'allowed') {
        tally.allowed++;
        tally.total.allowed++;
      } else {
        add(tally, outcome);
        add(tally.total, outcome);
        if (outcome !== 'upstream_failed') return;
      }
      tally.lastAtMs = nowMs;
      tally.lastAddress = clientAddress;
    },

    flush: () => loop.flush(),
    close: () => loop.close(),

    totals: () =>
      apiTotals.flatMap((total) =>
        listOutcomes(total).map(([outcome, count]) => ({
          apiId: total.apiId,
          environment: total.environment,
          outcome,
          count,
        })),
      ),
  };
}

function add(tally: Tally, outcome: UsageOutcome, count = 1): void {
  if (outcome === 'allowed') {
    tally.allowed += count;
    return;
  }
  tally.others ??= new Map();
  tally.others.set(outcome, (tally.others.get(outcome) ?? 0) + count);
}

function listOutcomes({ allowed, others }: Tally): [UsageOutcome, number][] {
  const outcomes: [UsageOutcome, number][] = allowed > 0 ? [['allowed', allowed]] : [];
  return others === undefined ? outcomes : [...outcomes, ...others];
}

/** Makes one tally of those that share key and hour (the clock was set back), and leaves each key its newest last use. */
function mergeHours(ended: readonly KeyTally[], running: Iterable<KeyTally>): KeyTally[] {
  const byHour = new Map<string, KeyTally>();
  for (const tally of [...ended, ...running]) {
    const name = `${tally.key.seq} ${tally.hourMs}`;
    const sum = byHour.get(name);
    if (sum === undefined) {
      byHour.set(name, tally);
      continue;
    }
    for (const [outcome, count] of listOutcomes(tally)) add(sum, outcome, count);
    if (tally.lastAtMs < sum.lastAtMs) continue;
    sum.lastAtMs = tally.lastAtMs;
    sum.lastAddress = tally.lastAddress;
  }
  const newest = new Map<number, KeyTally>();
  for (const tally of byHour.values()) {
    const rival = newest.get(tally.key.seq);
    const [older, newer] = rival !== undefined && rival.lastAtMs > tally.lastAtMs ? [tally, rival] : [rival, tally];
    if (older !== undefined) older.lastAtMs = 0;
    newest.set(newer.key.seq, newer);
  }
  return [...byHour.values()];
}

interface OpenSeries extends UsageSeries {
  readonly keySeqs: number[];
  readonly orgSeqs: number[];
  readonly counts: number[];
}

function toBatch(tallies: Iterable<KeyTally>): Pick<UsageBatch, 'series' | 'lastUses'> {
  const series: OpenSeries[] = [];
  const lastUses = { keySeqs: [] as number[], atMs: [] as number[], addresses: [] as (string | null)[] };
  for (const tally of tallies) {
    const { key, hourMs, lastAtMs } = tally;
    if (tally.allowed > 0) append(findSeries(series, key, hourMs, 'allowed'), key, tally.allowed);
    if (tally.others !== undefined) {
      for (const [outcome, count] of tally.others) append(findSeries(series, key, hourMs, outcome), key, count);
    }
    if (lastAtMs === 0) continue;
    lastUses.keySeqs.push(key.seq);
    lastUses.atMs.push(lastAtMs);
    lastUses.addresses.push(tally.lastAddress ?? null);
  }
  return { series, lastUses };
}

function append(series: OpenSeries, key: AuthorizedKey, count: number): void {
  series.keySeqs.push(key.seq);
  series.orgSeqs.push(key.orgSeq);
  series.counts.push(count);
}

/** There are few, most often one: looked through faster than a name could be put together. */
function findSeries(
  all: OpenSeries[],
  { apiId, environment }: AuthorizedKey,
  hourMs: number,
  outcome: UsageOutcome,
): OpenSeries {
  for (const series of all) {
    if (
      series.outcome === outcome &&
      series.hourMs === hourMs &&
      series.apiId === apiId &&
      series.environment === environment
    ) {
      return series;
    }
  }
  const series: OpenSeries = { apiId, environment, outcome, hourMs, keySeqs: [], orgSeqs: [], counts: [] };
  all.push(series);
  return series;
}
