// What a node remembers of a bucket: what Redis said last, and the requests that it took in advance.
import { isTighter, type RateLimit, type RateState } from '../domain/rate-limit.ts';
import type { LimitDecision } from '../engine/ports.ts';
import type { CounterAnswer, CounterQuestion, WindowCount } from './redis-contact.ts';

/** Kept in `LimitBucket.counter`. */
export interface Note {
  /** What it is about; other limits make another note. */
  readonly limits: readonly RateLimit[];
  /** For each window length in the order of `limits`: what Redis said last. */
  seen: readonly WindowCount[];
  /** The tightest limit as of the last take, the block counted as used. */
  tightest: RateState | undefined;
  /** By Redis' clock, when a block ends or a used up window does. */
  endsAtMs: number;
  /** Requests taken in advance and not used yet. */
  left: number;
  /** Whether Redis refused last, so that it would again until `endsAtMs`. */
  isUsedUp: boolean;
  /** How many to take next within the window. */
  want: number;
  /** Settles when the block that is being taken has come or failed. */
  taking: Promise<void> | undefined;
}

export function createNote(limits: readonly RateLimit[]): Note {
  return { limits, seen: [], tightest: undefined, endsAtMs: 0, left: 0, isUsedUp: false, want: 1, taking: undefined };
}

/**
 * The answer that needs no round trip, `undefined` when there is none: from the block, or as the window is used up.
 *
 * @param latestMs what Redis' clock shows at most, so that no request is taken from a window that is over
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

/** One question for each window length: two limits of one length share its counter. What is handed back leaves the note. */
export function questionsOf(note: Note, cost: 0 | 1): CounterQuestion[] {
  const back = cost === 0 ? 0 : note.left;
  note.left -= back;
  return lengthsOf(note.limits).map((windowSeconds, at) => {
    const limits = note.limits.filter((limit) => limit.windowSeconds === windowSeconds);
    return { windowSeconds, limit: Math.min(...limits.map(({ limit }) => limit)), seen: note.seen[at], back };
  });
}

/** The decision that Redis' answer to a peek is. */
export function readPeek(note: Note, answer: CounterAnswer): LimitDecision {
  const state = tightestOf(note.limits, answer);
  return { isAdmitted: state.remaining > 0, state };
}

/** The decision that Redis' answer to a take is, remembered with what was granted beyond the one request. */
export function learnTake(note: Note, answer: CounterAnswer, want: number, largestBlock: number): LimitDecision {
  const tightest = tightestOf(note.limits, answer);
  const isAdmitted = answer.granted > 0;
  if (answer.granted > 1) note.left = answer.granted - 1;
  // Twice as much each time, so that a node does not hold much more of a window than it has used of it.
  note.want = Math.min(want * 2, largestBlock);
  note.seen = answer.counts;
  note.tightest = tightest;
  note.isUsedUp = !isAdmitted;
  note.endsAtMs = isAdmitted ? Math.min(...endsOf(note.limits, answer)) : tightest.resetAtMs;
  return { isAdmitted, state: { ...tightest, remaining: tightest.remaining + note.left } };
}

function tightestOf(limits: readonly RateLimit[], answer: CounterAnswer): RateState {
  const lengths = lengthsOf(limits);
  const ends = endsOf(limits, answer);
  return limits
    .map(({ limit, windowSeconds }): RateState => {
      const at = lengths.indexOf(windowSeconds);
      const { used } = answer.counts[at] as WindowCount;
      return {
        limit,
        windowSeconds,
        remaining: Math.max(0, limit - used),
        resetAtMs: ends[at] as number,
        readAtMs: answer.nowMs,
      };
    })
    .reduce((a, b) => (isTighter(b, a) ? b : a));
}

function endsOf(limits: readonly RateLimit[], { counts }: CounterAnswer): number[] {
  return lengthsOf(limits).map(
    (windowSeconds, at) => ((counts[at] as WindowCount).windowIndex + 1) * windowSeconds * 1000,
  );
}

function lengthsOf(limits: readonly RateLimit[]): number[] {
  return [...new Set(limits.map(({ windowSeconds }) => windowSeconds))];
}
