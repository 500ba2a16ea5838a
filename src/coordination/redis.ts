// The limiter of several machines: windows counted in Redis or Valkey, exact on any number of nodes.
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
 * What becomes of limited requests that Redis can't count. `local-share`: in a window that begins without Redis, each node
 * admits `floor(limit / nodes)`, and in one that had begun before, nothing more. `closed`: the limiter rejects.
 */
export type LimiterOutagePolicy = 'local-share' | 'closed';

export interface RedisLimiterOptions {
  readonly servers: RedisServers;
  /** How many nodes there are at most, at least 1. Too small a number admits too much during an outage. */
  readonly nodes: number;
  readonly onOutage: LimiterOutagePolicy;
  /** Told once of each change: the cause when Redis is lost, `undefined` when it is back. */
  readonly onChange: (cause: Error | undefined) => void;
  /** Milliseconds without an answer after which Redis is out. Default 100. */
  readonly deadlineMs?: number;
  /** A node takes blocks where each limit of a request is at least this. `Infinity`: never. Default 1,000. */
  readonly blockFrom?: number;
  /** Instead of Redis' own clock, for tests. */
  readonly clock?: Clock;
}

/** How takes were decided since the start. */
export interface RedisLimiterCounts {
  /** By asking Redis. */
  roundTrip: number;
  /** Admitted at once, from a block that the node held. */
  block: number;
  /** Refused at once, the window being known to be used up. */
  usedUp: number;
  /** By the policy, without Redis. */
  outage: number;
}

export interface RedisLimiter extends Limiter {
  readonly counts: Readonly<RedisLimiterCounts>;
  /** How often Redis was lost since the start. */
  readonly outages: number;
  /** Whether it is lost now. */
  readonly isOut: boolean;
  close(): void;
}

/** Redis can't count and the policy is `closed`. The outage was told once; this says nothing new. */
export class LimiterOutError extends OperationalError {
  constructor() {
    super('limiter_out', 'Redis cannot count requests, and onLimiterOutage is closed: find the cause in the log');
  }
}

/**
 * Connects, and resolves within 2 s whether or not Redis answers. Guarantees what `Limiter` does for all nodes together, by
 * Redis' clock alone. Without Redis, `onOutage` says what happens, until it answers again.
 *
 * Where limits are high, a node takes requests in blocks and answers from them at once. What it does not use is lost to the
 * window that ends with the block and given back to longer ones: less than a quarter of the limit over all nodes, and not
 * much more than a node has used.
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
      // Others wait for the block instead of asking for one each.
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

  /** Whether Redis counts all of the windows. */
  function isShared(limits: readonly RateLimit[]): boolean {
    if (onOutage === 'closed') return !ledger.isOut;
    const nowMs = contact.earliestMs();
    return limits.every(({ windowSeconds }) => ledger.placeOf(windowSeconds, nowMs) === 'shared');
  }

  /** Decides where Redis does not answer, or does not count all of the windows. */
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

  /** Redis is back and counts some of the windows; this node has counted its share of those that it does not. */
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

  /** One where a round trip each is cheap beside what could be left unused. */
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
