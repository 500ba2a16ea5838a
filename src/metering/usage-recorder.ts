// Counts the requests of keys in memory and hands the sums to the store, at most once a second.
import type { AuthorizedKey, Environment } from '../domain/api-key.ts';
import type { Clock } from '../domain/clock.ts';
import { FlushLoop, type Timer } from '../engine/flush-loop.ts';
import type { UsageOutcome, UsageSink } from '../engine/ports.ts';
import type { LastUse, UsageBatch, UsageCount, UsageStore } from './ports.ts';

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
  let tallies = new Map<string, KeyTally>();
  // Tallies of hours that ended since the last flush.
  let ended: KeyTally[] = [];
  const apiTotals: ApiTotal[] = [];
  const counts = { recorded: 0, dropped: 0 };

  const loop = new FlushLoop<UsageBatch>({
    take() {
      if (tallies.size === 0 && ended.length === 0) return undefined;
      const batch = toBatch(ended, tallies);
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
    tallies.set(key.id, tally);
    return tally;
  }

  return {
    counts,

    recordUse(key, outcome, clientAddress) {
      const nowMs = clock.nowMs();
      counts.recorded++;
      let tally = tallies.get(key.id);
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

function add(tally: Tally, outcome: UsageOutcome): void {
  if (outcome === 'allowed') {
    tally.allowed++;
    return;
  }
  tally.others ??= new Map();
  tally.others.set(outcome, (tally.others.get(outcome) ?? 0) + 1);
}

function listOutcomes({ allowed, others }: Tally): [UsageOutcome, number][] {
  const outcomes: [UsageOutcome, number][] = allowed > 0 ? [['allowed', allowed]] : [];
  return others === undefined ? outcomes : [...outcomes, ...others];
}

/** Ended hours come first, so the last use that is kept for a key is its newest. */
function toBatch(ended: readonly KeyTally[], running: ReadonlyMap<string, KeyTally>): UsageBatch {
  const counts = new Map<string, UsageCount>();
  const lastUses = new Map<string, LastUse>();
  const note = (tally: KeyTally) => {
    const { key, hourMs } = tally;
    for (const [outcome, count] of listOutcomes(tally)) {
      // One hour comes twice when the clock was set back; a batch names each group once.
      const name = `${key.id} ${hourMs} ${outcome}`;
      const { id: keyId, apiId, orgId, environment } = key;
      const group = { apiId, orgId, keyId, environment, outcome, hourMs };
      counts.set(name, { ...group, count: count + (counts.get(name)?.count ?? 0) });
    }
    if (tally.lastAtMs === 0 || tally.lastAtMs < (lastUses.get(key.id)?.atMs ?? 0)) return;
    lastUses.set(key.id, { keyId: key.id, atMs: tally.lastAtMs, address: tally.lastAddress ?? null });
  };
  for (const tally of ended) note(tally);
  for (const tally of running.values()) note(tally);
  return { counts: [...counts.values()], lastUses: [...lastUses.values()] };
}
