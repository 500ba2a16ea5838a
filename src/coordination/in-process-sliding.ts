// The limiter of a single process for sliding windows: no interval of a window's length admits more than the limit.
import { isTighter, type RateLimit, type RateState } from '../domain/rate-limit.ts';
import type { LimitBucket, LimitDecision, Limiter } from '../engine/ports.ts';
import type { InProcessLimiterOptions } from './in-process.ts';
import { slotMsOf, slotStartMs } from './sliding-log.ts';

/** The admitted requests of one bucket that still count, the oldest first. At most some hundred entries. */
interface Log {
  /** The instant of each entry's last request. All of the entry's requests leave the window with it. */
  readonly lastMs: number[];
  /** How many requests each entry stands for. */
  readonly counts: number[];
  used: number;
}

/** All logs of one window length. A log that was not used for a whole window is empty, and dropped. */
interface WindowTable {
  readonly lengthMs: number;
  /** When the logs that were not used since the last turn are dropped. */
  turnsAtMs: number;
  logs: Map<string, Log>;
  /** The logs from before the last turn that were not used since. */
  former: Map<string, Log>;
}

const overflow = '';

/**
 * Counts in plain memory and synchronously, as `createInProcessLimiter` does. It costs a look-up for each request and
 * each limit, and memory for up to 100 entries of 16 bytes. If the caller's clock runs backwards, no request leaves its
 * window early.
 */
export function createSlidingLimiter({ maxBuckets = 2_000_000 }: InProcessLimiterOptions = {}): Limiter {
  const tables = new Map<number, WindowTable>();

  function logOf(bucket: LimitBucket, { windowSeconds }: RateLimit, nowMs: number): Log {
    let table = tables.get(windowSeconds);
    if (table === undefined) {
      table = { lengthMs: windowSeconds * 1000, turnsAtMs: 0, logs: new Map(), former: new Map() };
      tables.set(windowSeconds, table);
    }
    if (nowMs >= table.turnsAtMs) {
      table.turnsAtMs = nowMs + table.lengthMs;
      table.former = table.logs;
      table.logs = new Map();
    }
    const log = find(table, bucket.id) ?? open(table, bucket.id);
    forget(log, nowMs - table.lengthMs);
    return log;
  }

  function open(table: WindowTable, id: string): Log {
    const shared = table.logs.get(overflow) ?? table.former.get(overflow);
    const isFull = table.logs.size + table.former.size >= maxBuckets;
    // Any request that was counted together may have been this bucket's.
    const log = isFull && shared !== undefined ? shared : copy(shared);
    table.logs.set(isFull ? overflow : id, log);
    return log;
  }

  function decide(bucket: LimitBucket, limits: readonly RateLimit[], nowMs: number, cost: 0 | 1): LimitDecision {
    if (limits.length === 0) throw new TypeError('limits must not be empty');
    const logs = limits.map((limit) => logOf(bucket, limit, nowMs));
    const isAdmitted = logs.every(({ used }, at) => used < (limits[at] as RateLimit).limit);
    if (isAdmitted && cost === 1) {
      for (const [at, log] of logs.entries()) {
        // Limits of one window length share its log, so a request counts once.
        if (logs.indexOf(log) === at) append(log, limits[at] as RateLimit, nowMs);
      }
    }
    const states = logs.map((log, at) => stateOf(limits[at] as RateLimit, log, nowMs));
    return { isAdmitted, state: states.reduce((a, b) => (isTighter(b, a) ? b : a)) };
  }

  return {
    take: (bucket, limits, nowMs) => decide(bucket, limits, nowMs, 1),
    peek: (bucket, limits, nowMs) => decide(bucket, limits, nowMs, 0),
  };
}

/** Finds a log, and keeps it for another window. */
function find({ logs, former }: WindowTable, id: string): Log | undefined {
  const log = logs.get(id);
  if (log !== undefined) return log;
  const older = former.get(id);
  if (older !== undefined) {
    former.delete(id);
    logs.set(id, older);
  }
  return older;
}

function copy(log: Log | undefined): Log {
  return { lastMs: [...(log?.lastMs ?? [])], counts: [...(log?.counts ?? [])], used: log?.used ?? 0 };
}

/** Drops the entries whose requests were all made at `untilMs` or before. */
function forget(log: Log, untilMs: number): void {
  const { lastMs, counts } = log;
  while (lastMs.length > 0 && (lastMs[0] as number) <= untilMs) {
    lastMs.shift();
    log.used -= counts.shift() as number;
  }
}

function append(log: Log, { limit, windowSeconds }: RateLimit, nowMs: number): void {
  const { lastMs, counts } = log;
  log.used++;
  const newest = lastMs.length - 1;
  // The newest entry may be later than now, if the clock was set back.
  if (newest >= 0 && (lastMs[newest] as number) >= slotStartMs(nowMs, slotMsOf(limit, windowSeconds * 1000))) {
    lastMs[newest] = Math.max(lastMs[newest] as number, nowMs);
    counts[newest] = (counts[newest] as number) + 1;
  } else {
    lastMs.push(nowMs);
    counts.push(1);
  }
}

function stateOf({ limit, windowSeconds }: RateLimit, log: Log, nowMs: number): RateState {
  const remaining = Math.max(0, limit - log.used);
  return {
    limit,
    windowSeconds,
    remaining,
    resetAtMs: growsAtMs(log, limit, windowSeconds * 1000, nowMs),
    readAtMs: nowMs,
  };
}

/** When more requests remain than now. If none is counted: when a request of now would leave. */
function growsAtMs({ lastMs, counts, used }: Log, limit: number, lengthMs: number, nowMs: number): number {
  let inTheWay = Math.max(0, used - limit);
  for (const [at, count] of counts.entries()) {
    inTheWay -= count;
    if (inTheWay < 0) return (lastMs[at] as number) + lengthMs;
  }
  return nowMs + lengthMs;
}
