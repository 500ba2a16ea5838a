// What a node remembers of a bucket: Redis' last answer, and the requests that it took in advance.
import { isTighter, type RateLimit, type RateState } from '../domain/rate-limit.ts';
import type { LimitDecision } from '../engine/ports.ts';
import type { CounterAnswer } from './redis-contact.ts';
import type { CounterQuestion, LimitScript, WindowCount } from './redis-script.ts';

/** What a node remembers of one bucket, kept in `LimitBucket.counter`. */
export interface Note {
  /** The script that counts. Another one needs another note. */
  readonly script: LimitScript;
  /** The limits that the note is for. Other limits need another note. */
  readonly limits: readonly RateLimit[];
  /** What Redis' last answer showed of each different window length, in the order of `limits`. */
  seen: readonly (readonly number[])[];
  /** The tightest limit after the last take, with the whole block counted as used. */
  tightest: RateState | undefined;
  /** When the block or the used-up window ends, by Redis' clock. */
  endsAtMs: number;
  /** Requests taken in advance and not yet used. */
  left: number;
  /** Whether Redis' last answer was to refuse. It would refuse again until `endsAtMs`. */
  isUsedUp: boolean;
  /** How many requests to take next in this window. */
  want: number;
  /** Settles when the block under way has arrived or failed. */
  taking: Promise<void> | undefined;
}

export function createNote(script: LimitScript, limits: readonly RateLimit[]): Note {
  const nothing = { seen: [], tightest: undefined, endsAtMs: 0, left: 0, isUsedUp: false, want: 1, taking: undefined };
  return { script, limits, ...nothing };
}

/**
 * The answer without a round trip, from the block or because the window is used up. `undefined`: ask Redis.
 *
 * @param latestMs the latest time that Redis' clock may show, so that no request counts in a window that has ended
 */
export function answerFrom(note: Note, cost: 0 | 1, earliestMs: number, latestMs: number): LimitDecision | undefined {
  const { tightest } = note;
  if (tightest === undefined || latestMs >= note.endsAtMs) return undefined;
  if (note.isUsedUp) return { isAdmitted: false, state: { ...tightest, readAtMs: earliestMs } };
  if (note.left === 0) return undefined;
  note.left -= cost;
  return {
    isAdmitted: true,
    state: { ...tightest, remaining: tightest.remaining + note.left, readAtMs: earliestMs },
  };
}

/**
 * One question for each window length, because limits of one length share its counter. With `cost` 1, the unused
 * requests are given back and leave the note.
 */
export function questionsOf(note: Note, cost: 0 | 1): CounterQuestion[] {
  const back = cost === 0 ? 0 : note.left;
  note.left -= back;
  return lengthsOf(note.limits).map((windowSeconds, at) => {
    const limits = note.limits.filter((limit) => limit.windowSeconds === windowSeconds);
    return { windowSeconds, limit: Math.min(...limits.map(({ limit }) => limit)), seen: note.seen[at], back };
  });
}

/** Reads the decision from Redis' answer to a peek. */
export function readPeek(note: Note, answer: CounterAnswer): LimitDecision {
  const state = tightestOf(note.limits, answer);
  return { isAdmitted: state.remaining > 0, state };
}

/** Reads the decision from Redis' answer to a take. The note keeps what was granted beyond the one request. */
export function learnTake(note: Note, answer: CounterAnswer, want: number, largestBlock: number): LimitDecision {
  const tightest = tightestOf(note.limits, answer);
  const isAdmitted = answer.granted > 0;
  if (answer.granted > 1) note.left = answer.granted - 1;
  // Double each time, so that a node holds little more of a window than it has used.
  note.want = Math.min(want * 2, largestBlock);
  note.seen = answer.counts.map(({ seen }) => seen);
  note.tightest = tightest;
  note.isUsedUp = !isAdmitted;
  note.endsAtMs = isAdmitted
    ? Math.min(...answer.counts.map(({ blockEndsAtMs }) => blockEndsAtMs))
    : tightest.resetAtMs;
  return { isAdmitted, state: { ...tightest, remaining: tightest.remaining + note.left } };
}

function tightestOf(limits: readonly RateLimit[], answer: CounterAnswer): RateState {
  const lengths = lengthsOf(limits);
  return limits
    .map(({ limit, windowSeconds }): RateState => {
      const { used, resetAtMs } = answer.counts[lengths.indexOf(windowSeconds)] as WindowCount;
      return { limit, windowSeconds, remaining: Math.max(0, limit - used), resetAtMs, readAtMs: answer.nowMs };
    })
    .reduce((a, b) => (isTighter(b, a) ? b : a));
}

function lengthsOf(limits: readonly RateLimit[]): number[] {
  return [...new Set(limits.map(({ windowSeconds }) => windowSeconds))];
}
