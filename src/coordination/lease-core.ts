// A node's lease as a pure state machine: what it hears and when, in; what to send and to forget, out.
import type { Change, Position, RenewalAnswer } from './ports.ts';

/**
 * Assumed of every machine: its monotonic clock gains or loses at most this part of real time. Quartz is a hundred times
 * better, and slewing by NTP is bounded at 0.05 %. Holders of a lease count it short by this, waiters long.
 */
export const clockDriftBound = 0.01;

export interface LeaseTerms {
  /** How long a lease holds. The same on all nodes. */
  readonly leaseMs: number;
  /** From one question to the next. */
  readonly renewEveryMs: number;
  /** After this long without an answer a question is given up and asked anew. */
  readonly requestTimeoutMs: number;
  /** How long the cache serves beyond the lease while the store is out. 0: not at all. */
  readonly serveCachedMs: number;
}

export interface LeaseState {
  /** The cache holds nothing older. `undefined`: nothing is known yet. */
  readonly position: Position | undefined;
  /** The renewal that is under way. */
  readonly asked:
    | { readonly number: number; readonly acknowledged: Position | undefined; readonly atMs: number }
    | undefined;
  /** The number of the newest renewal. */
  readonly number: number;
  /** Something was heard since the question under way was asked. */
  readonly isHinted: boolean;
  /** The newest question that ended was not answered. */
  readonly isStoreOut: boolean;
  readonly dueAtMs: number;
  readonly leaseEndsAtMs: number;
  /** Before this reading of the node's clock, and not at it, decisions may come from the cache. */
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

/** `nowMs` is always the node's own monotonic clock. A renewal's must be read before it is sent: that is `ask`'s, below. */
export type LeaseInput =
  | { readonly kind: 'tick'; readonly nowMs: number }
  /** Somebody said that there is something new. */
  | { readonly kind: 'hint'; readonly nowMs: number }
  | { readonly kind: 'answered'; readonly number: number; readonly answer: RenewalAnswer; readonly nowMs: number }
  | { readonly kind: 'failed'; readonly number: number; readonly nowMs: number }
  /** From now on the cache serves nothing. */
  | { readonly kind: 'leave' };

export type LeaseEffect =
  | { readonly kind: 'forget'; readonly changes: readonly Change[] }
  | { readonly kind: 'forget_all' }
  /** Go on under another id: somebody else has this one. */
  | { readonly kind: 'take_new_id' }
  | { readonly kind: 'renew'; readonly number: number; readonly acknowledged: Position | undefined }
  /** Give a `tick` at this reading of the clock or later; replaces an earlier one. */
  | { readonly kind: 'wake'; readonly atMs: number };

export interface LeaseStep {
  readonly state: LeaseState;
  /** To be carried out in this order, before anything is decided by the new state. */
  readonly effects: readonly LeaseEffect[];
}

/** The state after an input, and what is to be done. Answers to anything but the question under way are disregarded. */
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

/** The reading of the clock at which the question goes out is the one that the lease will count from. */
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
  // What was committed after the store's read was committed after the question was asked.
  const leaseEndsAtMs = asked.atMs + terms.leaseMs * (1 - clockDriftBound);
  const renewed: LeaseState = {
    ...state,
    position: answer.head,
    asked: undefined,
    isStoreOut: false,
    leaseEndsAtMs,
    serveUntilMs: leaseEndsAtMs,
  };
  // What is new is acknowledged at once: somebody waits for it.
  const isNews = !isSame(asked.acknowledged, answer.head);
  const next = isNews || state.isHinted ? ask(renewed, nowMs, terms) : tick(renewed, nowMs, terms);
  return before(isNews ? [forgetting(asked.acknowledged, answer)] : [], next);
}

/** What the cache must drop to hold nothing older than the answer's head. Of an unknown past, everything. */
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
