// Decides for one kind of windows: from what the node holds, by asking Redis, or without Redis.
import { OperationalError } from '../domain/operational-error.ts';
import { isTighter, type LimitWindows, type RateLimit } from '../domain/rate-limit.ts';
import type { LimitBucket, LimitDecision, Limiter } from '../engine/ports.ts';
import { createInProcessLimiter } from './in-process.ts';
import { createSlidingLimiter } from './in-process-sliding.ts';
import { answerFrom, createNote, learnTake, type Note, questionsOf, readPeek } from './redis-block.ts';
import type { Contact, CounterAnswer } from './redis-contact.ts';
import { type CountingPlace, createFixedPlaces, createSlidingPlaces } from './redis-outage.ts';
import { fixedScript, type LimitScript, lostCount } from './redis-script.ts';
import { createShareLimiter, refuseUntil } from './redis-share.ts';
import { slidingScript } from './redis-sliding-script.ts';

/**
 * What happens to limited requests that Redis can't count. `local-share`: each node admits `floor(limit / nodes)` in a
 * window that has no count in Redis, and nothing in others. `closed`: the limiter throws a `LimiterOutError`.
 */
export type LimiterOutagePolicy = 'local-share' | 'closed';

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

/**
 * Redis can't count, and the policy is `closed`. `onChange` has already reported the outage, so this needs no log line.
 */
export class LimiterOutError extends OperationalError {
  constructor() {
    super('limiter_out', 'Redis cannot count requests, and onLimiterOutage is closed: find the cause in the log');
  }
}

/** What the limiters of both kinds share. */
export interface SharedLimitParts {
  readonly contact: Contact;
  readonly nodes: number;
  readonly onOutage: LimiterOutagePolicy;
  readonly blockFrom: number;
  /** Counts up. */
  readonly counts: RedisLimiterCounts;
}

const scripts: Readonly<Record<LimitWindows, LimitScript>> = { fixed: fixedScript, sliding: slidingScript };
const placesOf = { fixed: createFixedPlaces, sliding: createSlidingPlaces };
const ownCounters = { fixed: createInProcessLimiter, sliding: createSlidingLimiter };

/** A limiter on Redis for one kind of windows. */
export function createSharedLimiter(
  windows: LimitWindows,
  { contact, nodes, onOutage, blockFrom, counts }: SharedLimitParts,
): Limiter {
  const { ledger } = contact;
  const script = scripts[windows];
  const { placeOf, isNew, endsAtMs } = placesOf[windows](ledger);
  const refuse = (limits: readonly RateLimit[], nowMs: number) => refuseUntil(endsAtMs, limits, nowMs);
  const shares = createShareLimiter(nodes, ownCounters[windows](), refuse);

  function decide(
    bucket: LimitBucket,
    limits: readonly RateLimit[],
    cost: 0 | 1,
  ): LimitDecision | Promise<LimitDecision> {
    if (limits.length === 0) throw new TypeError('limits must not be empty');
    const note = noteOf(script, bucket, limits);
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
      answer = await contact.count(script, bucket.id, questionsOf(note, 1), want, 2 * nodes);
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
      answer = await contact.count(script, bucket.id, questionsOf(note, 0), 0, 1);
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
    return limits.every(({ windowSeconds }) => placeOf(windowSeconds, nowMs) === 'shared');
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
    const listAt = (...places: readonly CountingPlace[]) =>
      limits.filter(({ windowSeconds }) => places.includes(placeOf(windowSeconds, nowMs)));
    const local = listAt('local', 'both');
    const others = limits.filter((limit) => !local.includes(limit));
    const own =
      others.length > 0 && (ledger.isOut || local.length === 0)
        ? refuse(others, nowMs)
        : shares.decide(bucket.id, local, cost, nowMs);
    const remote = listAt('shared', 'both');
    if (own.isAdmitted && remote.length > 0) return decideRest(bucket, remote, own, cost);
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
    const note = createNote(script, limits);
    const nowMs = contact.earliestMs();
    const areNew = limits.every(({ windowSeconds }) => isNew(windowSeconds, nowMs));
    let answer: CounterAnswer;
    try {
      answer = await contact.count(script, bucket.id, questionsOf(note, cost), cost, 1, areNew);
    } catch {
      counts.outage += cost;
      return refuse(limits, contact.earliestMs());
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
  };
}

function noteOf(script: LimitScript, bucket: LimitBucket, limits: readonly RateLimit[]): Note {
  const known = bucket.counter as Note | undefined;
  if (known?.limits === limits && known.script === script) return known;
  const note = createNote(script, limits);
  bucket.counter = note;
  return note;
}

function isLost({ counts }: CounterAnswer): boolean {
  return counts.some(({ used }) => used >= lostCount);
}
