// The limiter of several machines: it counts windows in Redis or Valkey, exactly on any number of nodes.
import type { Clock } from '../domain/clock.ts';
import { OperationalError } from '../domain/operational-error.ts';
import { isTighter, type RateLimit } from '../domain/rate-limit.ts';
import type { LimitBucket, LimitDecision, Limiter } from '../engine/ports.ts';
import { answerFrom, createNote, learnTake, type Note, questionsOf, readPeek } from './redis-block.ts';
import type { RedisServers } from './redis-connection.ts';
import { type CounterAnswer, openContact } from './redis-contact.ts';
import { lostCount } from './redis-script.ts';
import { createShareLimiter, refuseUntilReset } from './redis-share.ts';

export type { RedisServers } from './redis-connection.ts';

/**
 * What happens to limited requests that Redis can't count. `local-share`: each node admits `floor(limit / nodes)` in a
 * window that starts without Redis, and nothing more in an earlier one. `closed`: the limiter throws a
 * `LimiterOutError`.
 */
export type LimiterOutagePolicy = 'local-share' | 'closed';

export interface RedisLimiterOptions {
  readonly servers: RedisServers;
  /** The most nodes that run at the same time, at least 1. Too small a number admits too much during an outage. */
  readonly nodes: number;
  readonly onOutage: LimiterOutagePolicy;
  /** Called once for each change: with the cause when Redis is lost, with `undefined` when it is back. */
  readonly onChange: (cause: Error | undefined) => void;
  /** Redis is out after this long without an answer. Default 100. */
  readonly deadlineMs?: number;
  /** A node takes blocks if every limit of a request is at least this. `Infinity`: never. Default 1,000. */
  readonly blockFrom?: number;
  /** Replaces Redis' own clock in tests. */
  readonly clock?: Clock;
}

/** The number of takes since the start, by how they were decided. */
export interface RedisLimiterCounts {
  /** By asking Redis. */
  roundTrip: number;
  /** Admitted at once, from a block that the node held. */
  block: number;
  /** Refused at once, because the window is known to be used up. */
  usedUp: number;
  /** By the outage policy, without Redis. */
  outage: number;
}

/** A limiter whose counts all nodes share. */
export interface RedisLimiter extends Limiter {
  readonly counts: Readonly<RedisLimiterCounts>;
  /** How often Redis was lost since the start. */
  readonly outages: number;
  /** Whether Redis is lost now. */
  readonly isOut: boolean;
  close(): void;
}

/**
 * Redis can't count, and the policy is `closed`. `onChange` has already reported the outage, so this needs no log line.
 */
export class LimiterOutError extends OperationalError {
  constructor() {
    super('limiter_out', 'Redis cannot count requests, and onLimiterOutage is closed: find the cause in the log');
  }
}

/**
 * Connects, and resolves within about 3 s whether or not Redis answers. Keeps the promise of `Limiter` for all nodes
 * together, by Redis' clock alone. While Redis is out, `onOutage` decides. Rejects with `redis_refused` when the
 * configuration is wrong, and with a `TypeError` when `nodes` is.
 *
 * Where limits are high, a node takes requests in blocks and admits from them at once. It gives the unused rest of a
 * block back to windows that continue; the window that ends with the block loses it. The loss is below a quarter of the
 * limit over all nodes, and not much more than a node has used.
 */
export async function openRedisLimiter(options: RedisLimiterOptions): Promise<RedisLimiter> {
  const { servers, nodes, onOutage, onChange, deadlineMs = 100, blockFrom = 1_000, clock } = options;
  if (!Number.isInteger(nodes) || nodes < 1) throw new TypeError('nodes must be a whole number, at least 1');
  const counts: RedisLimiterCounts = { roundTrip: 0, block: 0, usedUp: 0, outage: 0 };
  let outages = 0;
  const contact = await openContact({
    servers,
    deadlineMs,
    clock,
    onChange(cause) {
      if (cause !== undefined) outages++;
      onChange(cause);
    },
  });
  const { ledger } = contact;
  const shares = createShareLimiter(nodes);

  function decide(
    bucket: LimitBucket,
    limits: readonly RateLimit[],
    cost: 0 | 1,
  ): LimitDecision | Promise<LimitDecision> {
    if (limits.length === 0) throw new TypeError('limits must not be empty');
    const note = noteOf(bucket, limits);
    const latestMs = contact.latestMs();
    const known = answerFrom(note, cost, contact.earliestMs(), latestMs);
    if (known !== undefined) {
      counts[known.isAdmitted ? 'block' : 'usedUp'] += cost;
      return known;
    }
    if (cost === 1 && note.taking !== undefined) return note.taking.then(() => decide(bucket, limits, cost));
    if (!isShared(limits)) return decideAlone(bucket, limits, cost);
    if (cost === 0) return peekShared(bucket, note);
    const want = latestMs < note.endsAtMs ? note.want : 1;
    const taken = takeShared(bucket, note, want);
    if (want > 1) {
      // Parallel takes wait for this block instead of asking for one each.
      const settle = () => {
        note.taking = undefined;
      };
      note.taking = taken.then(settle, settle);
    }
    return taken;
  }

  async function takeShared(bucket: LimitBucket, note: Note, want: number): Promise<LimitDecision> {
    let answer: CounterAnswer;
    try {
      answer = await contact.count(bucket.id, questionsOf(note, 1), want, 2 * nodes);
    } catch {
      return decideAlone(bucket, note.limits, 1);
    }
    if (onOutage === 'closed' && isLost(answer)) {
      counts.outage++;
      throw new LimiterOutError();
    }
    counts.roundTrip++;
    return learnTake(note, answer, want, largestBlock(note.limits));
  }

  async function peekShared(bucket: LimitBucket, note: Note): Promise<LimitDecision> {
    let answer: CounterAnswer;
    try {
      answer = await contact.count(bucket.id, questionsOf(note, 0), 0, 1);
    } catch {
      return decideAlone(bucket, note.limits, 0);
    }
    if (onOutage === 'closed' && isLost(answer)) throw new LimiterOutError();
    return readPeek(note, answer);
  }

  /** Whether Redis counts the windows of all limits. */
  function isShared(limits: readonly RateLimit[]): boolean {
    if (onOutage === 'closed') return !ledger.isOut;
    const nowMs = contact.earliestMs();
    return limits.every(({ windowSeconds }) => ledger.placeOf(windowSeconds, nowMs) === 'shared');
  }

  /** Decides when Redis does not answer, or does not count all of the windows. */
  function decideAlone(
    bucket: LimitBucket,
    limits: readonly RateLimit[],
    cost: 0 | 1,
  ): LimitDecision | Promise<LimitDecision> {
    if (onOutage === 'closed') {
      counts.outage += cost;
      throw new LimiterOutError();
    }
    const nowMs = contact.earliestMs();
    const local = limits.filter(({ windowSeconds }) => ledger.placeOf(windowSeconds, nowMs) === 'local');
    const others = limits.filter((limit) => !local.includes(limit));
    const own =
      others.length > 0 && (ledger.isOut || local.length === 0)
        ? refuseUntilReset(others, nowMs)
        : shares.decide(bucket.id, local, cost, nowMs);
    if (own.isAdmitted && others.length > 0) return decideRest(bucket, others, own, cost);
    counts.outage += cost;
    return own;
  }

  /** Asks Redis, which is back, for the windows that it counts. This node has counted its share of the others. */
  async function decideRest(
    bucket: LimitBucket,
    limits: readonly RateLimit[],
    own: LimitDecision,
    cost: 0 | 1,
  ): Promise<LimitDecision> {
    const note = createNote(limits);
    let answer: CounterAnswer;
    try {
      answer = await contact.count(bucket.id, questionsOf(note, cost), cost, 1);
    } catch {
      counts.outage += cost;
      return refuseUntilReset(limits, contact.earliestMs());
    }
    counts.roundTrip += cost;
    const rest = cost === 1 ? learnTake(note, answer, 1, 1) : readPeek(note, answer);
    return rest.isAdmitted && isTighter(own.state, rest.state) ? own : rest;
  }

  /**
   * The largest block to take. It is 1 where limits are low: an unused rest would cost more there than round trips do.
   */
  function largestBlock(limits: readonly RateLimit[]): number {
    const lowest = Math.min(...limits.map(({ limit }) => limit));
    return lowest < blockFrom ? 1 : Math.max(1, Math.floor(lowest / (4 * nodes)));
  }

  return {
    take: (bucket, limits) => decide(bucket, limits, 1),
    peek: (bucket, limits) => decide(bucket, limits, 0),
    counts,
    get outages() {
      return outages;
    },
    get isOut() {
      return ledger.isOut;
    },
    close: contact.close,
  };
}

function noteOf(bucket: LimitBucket, limits: readonly RateLimit[]): Note {
  const known = bucket.counter as Note | undefined;
  if (known?.limits === limits) return known;
  const note = createNote(limits);
  bucket.counter = note;
  return note;
}

function isLost({ counts }: CounterAnswer): boolean {
  return counts.some(({ used }) => used >= lostCount);
}
