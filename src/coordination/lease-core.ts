// A node's lease as a pure state machine: inputs with their times, and effects to carry out.
import type { Change, Position, RenewalAnswer } from './ports.ts';

/**
 * The most that a machine's monotonic clock may gain or lose, as a share of real time. Quartz is a hundred times
 * better, and NTP slews by at most 0.05 %. A lease's holder counts it shorter by this; a waiter counts it longer.
 */
export const clockDriftBound = 0.01;

export interface LeaseTerms {
  /** How long a lease lasts. The same on all nodes. */
  readonly leaseMs: number;
  /** The time from one renewal to the next. */
  readonly renewEveryMs: number;
  /** A renewal without an answer for this long is abandoned, and a new one is sent. */
  readonly requestTimeoutMs: number;
  /** How long the cache serves after the lease ends while the store does not answer. 0: not at all. */
  readonly serveCachedMs: number;
}

export interface LeaseState {
  /** The cache holds nothing older than this. `undefined` before the first answer. */
  readonly position: Position | undefined;
  /** The renewal under way. */
  readonly asked:
    | { readonly number: number; readonly acknowledged: Position | undefined; readonly atMs: number }
    | undefined;
  /** The number of the newest renewal. */
  readonly number: number;
  /** A hint arrived after the renewal under way was sent. */
  readonly isHinted: boolean;
  /** The last renewal that ended had no answer. */
  readonly isStoreOut: boolean;
  readonly dueAtMs: number;
  readonly leaseEndsAtMs: number;
  /** Decisions may come from the cache before this reading of the node's clock, and not at it. */
  readonly serveUntilMs: number;
  readonly hasLeft: boolean;
}

export const initialLease: LeaseState = {
  position: undefined,
  asked: undefined,
  number: 0,
  isHinted: false,
  isStoreOut: false,
  dueAtMs: Number.NEGATIVE_INFINITY,
  leaseEndsAtMs: Number.NEGATIVE_INFINITY,
  serveUntilMs: Number.NEGATIVE_INFINITY,
  hasLeft: false,
};

/**
 * `nowMs` is the node's own monotonic clock. A renewal's lease counts from the input that sends it (`ask`), so from
 * before it is sent.
 */
export type LeaseInput =
  | { readonly kind: 'tick'; readonly nowMs: number }
  /** The store may have a new change. */
  | { readonly kind: 'hint'; readonly nowMs: number }
  | { readonly kind: 'answered'; readonly number: number; readonly answer: RenewalAnswer; readonly nowMs: number }
  | { readonly kind: 'failed'; readonly number: number; readonly nowMs: number }
  /** From now on the cache serves nothing. */
  | { readonly kind: 'leave' };

export type LeaseEffect =
  | { readonly kind: 'forget'; readonly changes: readonly Change[] }
  | { readonly kind: 'forget_all' }
  /** Another process uses this id: continue under a new one. */
  | { readonly kind: 'take_new_id' }
  | { readonly kind: 'renew'; readonly number: number; readonly acknowledged: Position | undefined }
  /** Feed a `tick` at this clock reading or later. It replaces an earlier wake. */
  | { readonly kind: 'wake'; readonly atMs: number };

export interface LeaseStep {
  readonly state: LeaseState;
  /** Carry them out in this order, before any decision uses the new state. */
  readonly effects: readonly LeaseEffect[];
}

/** Returns the next state and the effects to carry out. It ignores answers to any renewal but the one under way. */
export function stepLease(state: LeaseState, input: LeaseInput, terms: LeaseTerms): LeaseStep {
  if (state.hasLeft) return { state, effects: [] };
  switch (input.kind) {
    case 'tick':
      return tick(state, input.nowMs, terms);
    case 'hint':
      return state.asked === undefined
        ? ask(state, input.nowMs, terms)
        : { state: { ...state, isHinted: true }, effects: [] };
    case 'answered':
      return answered(state, input, terms);
    case 'failed':
      return state.asked?.number === input.number
        ? tick(giveUp(state, terms), input.nowMs, terms)
        : { state, effects: [] };
    case 'leave':
      return { state: { ...state, hasLeft: true, serveUntilMs: Number.NEGATIVE_INFINITY }, effects: [] };
  }
}

function tick(state: LeaseState, nowMs: number, terms: LeaseTerms): LeaseStep {
  if (state.asked !== undefined) {
    const givesUpAtMs = state.asked.atMs + terms.requestTimeoutMs;
    if (nowMs < givesUpAtMs) return { state, effects: [{ kind: 'wake', atMs: givesUpAtMs }] };
    return ask(giveUp(state, terms), nowMs, terms);
  }
  return nowMs < state.dueAtMs ? { state, effects: [{ kind: 'wake', atMs: state.dueAtMs }] } : ask(state, nowMs, terms);
}

/** Sends a renewal. Its lease will count from `nowMs`, which was read before the renewal goes out. */
function ask(state: LeaseState, nowMs: number, terms: LeaseTerms): LeaseStep {
  const number = state.number + 1;
  const acknowledged = state.position;
  return {
    state: {
      ...state,
      number,
      asked: { number, acknowledged, atMs: nowMs },
      isHinted: false,
      dueAtMs: nowMs + terms.renewEveryMs,
    },
    effects: [
      { kind: 'renew', number, acknowledged },
      { kind: 'wake', atMs: nowMs + terms.requestTimeoutMs },
    ],
  };
}

function giveUp(state: LeaseState, terms: LeaseTerms): LeaseState {
  const serveUntilMs = state.leaseEndsAtMs + terms.serveCachedMs * (1 - clockDriftBound);
  return { ...state, asked: undefined, isStoreOut: true, serveUntilMs };
}

function answered(
  state: LeaseState,
  { number, answer, nowMs }: Extract<LeaseInput, { kind: 'answered' }>,
  terms: LeaseTerms,
): LeaseStep {
  const { asked } = state;
  if (asked === undefined || asked.number !== number) return { state, effects: [] };
  if (answer.kind === 'id_taken') {
    return before([{ kind: 'forget_all' }, { kind: 'take_new_id' }], ask(initialLease, nowMs, terms));
  }
  // A change that the store's read missed was committed after the renewal was sent, so the lease counts from then.
  const leaseEndsAtMs = asked.atMs + terms.leaseMs * (1 - clockDriftBound);
  const renewed: LeaseState = {
    ...state,
    position: answer.head,
    asked: undefined,
    isStoreOut: false,
    leaseEndsAtMs,
    serveUntilMs: leaseEndsAtMs,
  };
  // Acknowledge news at once: a change may wait for it at a barrier.
  const isNews = !isSame(asked.acknowledged, answer.head);
  const next = isNews || state.isHinted ? ask(renewed, nowMs, terms) : tick(renewed, nowMs, terms);
  return before(isNews ? [forgetting(asked.acknowledged, answer)] : [], next);
}

/**
 * What the cache must drop so that it holds nothing older than the answer's head: everything, if the changes since then
 * are unknown.
 */
function forgetting(
  acknowledged: Position | undefined,
  { head, changes }: Extract<RenewalAnswer, { kind: 'renewed' }>,
): LeaseEffect {
  const isOneHistory = acknowledged?.epoch === head.epoch && acknowledged.revision <= head.revision;
  return isOneHistory && changes !== undefined ? { kind: 'forget', changes } : { kind: 'forget_all' };
}

function isSame(a: Position | undefined, b: Position): boolean {
  return a?.epoch === b.epoch && a.revision === b.revision;
}

function before(effects: readonly LeaseEffect[], { state, effects: later }: LeaseStep): LeaseStep {
  return { state, effects: [...effects, ...later] };
}
