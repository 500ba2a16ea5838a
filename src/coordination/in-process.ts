// The limiter of a single process: exact fixed windows, counted in memory.
import { isTighter, type RateLimit, type RateState } from '../domain/rate-limit.ts';
import type { LimitBucket, LimitDecision, Limiter } from '../engine/ports.ts';

export interface InProcessLimiterOptions {
  /**
   * The most buckets that are counted separately in one window. Beyond it, new buckets of that window share one count.
   * So a flood of addresses costs bounded memory, and together they get one client's limit. Default 2,000,000.
   */
  readonly maxBuckets?: number;
}

/** One bucket's count in one window. */
interface Counter {
  readonly table: WindowTable;
  readonly windowIndex: number;
  used: number;
}

/** All counters of one window length. A new window drops the old window's map. */
interface WindowTable {
  readonly lengthMs: number;
  windowIndex: number;
  counters: Map<string, Counter>;
}

const overflow = '';

/**
 * Counts in plain memory and synchronously, so any number of parallel requests admits exactly the limit. The counts
 * belong to this process and are lost when it ends. A window never reopens: the caller's clock must not run backwards
 * (`createSteadyClock`). If it does, the running window continues.
 */
export function createInProcessLimiter({ maxBuckets = 2_000_000 }: InProcessLimiterOptions = {}): Limiter {
  const tables = new Map<number, WindowTable>();

  function counterOf(bucket: LimitBucket, limit: RateLimit, nowMs: number): Counter {
    let table = tables.get(limit.windowSeconds);
    if (table === undefined) {
      table = { lengthMs: limit.windowSeconds * 1000, windowIndex: -1, counters: new Map() };
      tables.set(limit.windowSeconds, table);
    }
    const windowIndex = Math.floor(nowMs / table.lengthMs);
    if (windowIndex > table.windowIndex) {
      table.windowIndex = windowIndex;
      table.counters = new Map();
    }
    let counter = table.counters.get(bucket.id);
    if (counter === undefined) {
      const name = table.counters.size < maxBuckets ? bucket.id : overflow;
      counter = table.counters.get(name) ?? { table, windowIndex: table.windowIndex, used: 0 };
      table.counters.set(name, counter);
    }
    return counter;
  }

  /**
   * Decides by one limit, as most keys have. The bucket remembers the running window's counter, which saves look-ups.
   */
  function decideOne(bucket: LimitBucket, limit: RateLimit, nowMs: number, cost: 0 | 1): LimitDecision {
    let counter = bucket.counter as Counter | undefined;
    if (
      counter === undefined ||
      counter.table.lengthMs !== limit.windowSeconds * 1000 ||
      nowMs >= (counter.windowIndex + 1) * counter.table.lengthMs
    ) {
      counter = counterOf(bucket, limit, nowMs);
      bucket.counter = counter;
    }
    const isAdmitted = counter.used < limit.limit;
    if (isAdmitted) counter.used += cost;
    return { isAdmitted, state: stateOf(limit, counter, nowMs) };
  }

  function decideAll(bucket: LimitBucket, limits: readonly RateLimit[], nowMs: number, cost: 0 | 1): LimitDecision {
    const counters = limits.map((limit) => counterOf(bucket, limit, nowMs));
    const isAdmitted = counters.every((counter, at) => counter.used < (limits[at] as RateLimit).limit);
    // Limits of one window length share its counter, so a request counts once.
    if (isAdmitted) for (const counter of new Set(counters)) counter.used += cost;
    const states = counters.map((counter, at) => stateOf(limits[at] as RateLimit, counter, nowMs));
    return { isAdmitted, state: states.reduce((a, b) => (isTighter(b, a) ? b : a)) };
  }

  function decide(bucket: LimitBucket, limits: readonly RateLimit[], nowMs: number, cost: 0 | 1): LimitDecision {
    const [first] = limits;
    if (first === undefined) throw new TypeError('limits must not be empty');
    return limits.length === 1 ? decideOne(bucket, first, nowMs, cost) : decideAll(bucket, limits, nowMs, cost);
  }

  return {
    take: (bucket, limits, nowMs) => decide(bucket, limits, nowMs, 1),
    peek: (bucket, limits, nowMs) => decide(bucket, limits, nowMs, 0),
  };
}

function stateOf(limit: RateLimit, counter: Counter, nowMs: number): RateState {
  return {
    limit: limit.limit,
    windowSeconds: limit.windowSeconds,
    remaining: Math.max(0, limit.limit - counter.used),
    resetAtMs: (counter.windowIndex + 1) * counter.table.lengthMs,
    readAtMs: nowMs,
  };
}
