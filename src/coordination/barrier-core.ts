// The barrier that a change waits at before it is reported, as a pure state machine over what the store tells of the nodes.
import { clockDriftBound } from './lease-core.ts';
import type { NodeList, NodeRecord, Position } from './ports.ts';

export interface BarrierTerms {
  /** As the nodes' own terms. */
  readonly leaseMs: number;
  /** As the nodes' own; a node's record that says more holds for that node. */
  readonly serveCachedMs: number;
  /** Waited beyond a lease, for what timers and clocks round. */
  readonly marginMs: number;
  /** From one look at the nodes to the next, where no notification comes first. */
  readonly pollEveryMs: number;
  /** After this long without an answer a look is given up and taken anew. */
  readonly requestTimeoutMs: number;
}

/** Why a barrier ended. */
export type BarrierOutcome =
  /** No node decides by an older state any more. `lapsed` did not acknowledge; they have no lease until they know of the change. */
  | { readonly kind: 'settled'; readonly lapsed: readonly string[] }
  /**
   * The same but for nodes that may go on with what they had while they can't reach the store (`serveCachedMs`), at most
   * for `forAtMostMs` from now. `unreached`: their ids; `undefined` when the store could not be asked which they are.
   */
  | { readonly kind: 'bounded'; readonly unreached: readonly string[] | undefined; readonly forAtMostMs: number }
  /** The store failed over: whether it still has the change must be asked by repeating the command. */
  | { readonly kind: 'epoch_changed' };

/** Since when a node's newest renewal has been known here. What it grants began before. */
interface Sighting {
  readonly number: number;
  readonly firstSeenAtMs: number;
}

/** A node that has not acknowledged, and when what it may do ends. */
interface Holdout {
  readonly nodeId: string;
  readonly leaseOverAtMs: number;
  readonly servingOverAtMs: number;
}

interface Wait {
  readonly id: number;
  readonly position: Position;
  readonly startedAtMs: number;
  /** Only a look that began after the change was committed shows every node that may not know of it. */
  readonly fromLook: number;
  /** `undefined` until such a look. */
  readonly holdouts: readonly Holdout[] | undefined;
}

export interface BarrierState {
  readonly waits: readonly Wait[];
  readonly sightings: ReadonlyMap<string, Sighting>;
  readonly looking: { readonly number: number; readonly atMs: number } | undefined;
  /** The number of the newest look. */
  readonly looks: number;
  /** The look under way began before something that is to be seen. */
  readonly isHinted: boolean;
  readonly dueAtMs: number;
  /** The greatest `serveCachedMs` ever seen. */
  readonly serveCachedMs: number;
}

export const initialBarrier: BarrierState = {
  waits: [],
  sightings: new Map(),
  looking: undefined,
  looks: 0,
  isHinted: false,
  dueAtMs: Number.NEGATIVE_INFINITY,
  serveCachedMs: 0,
};

/** `nowMs` is a monotonic clock of this process, and must have been read when the input was there. */
export type BarrierInput =
  /** Wait for a change that is committed. `id` is the caller's and not used twice. */
  | { readonly kind: 'settle'; readonly id: number; readonly position: Position; readonly nowMs: number }
  | { readonly kind: 'listed'; readonly look: number; readonly list: NodeList; readonly nowMs: number }
  | { readonly kind: 'failed'; readonly look: number; readonly nowMs: number }
  /** A node is said to have acknowledged something. */
  | { readonly kind: 'hint'; readonly nowMs: number }
  /** Look at the nodes although nobody waits: two looks, as far apart as its lease, remove the record of one that is gone. */
  | { readonly kind: 'sweep'; readonly nowMs: number }
  | { readonly kind: 'tick'; readonly nowMs: number };

export type BarrierEffect =
  | { readonly kind: 'look'; readonly number: number }
  | { readonly kind: 'conclude'; readonly id: number; readonly outcome: BarrierOutcome }
  /** A node that can't decide anything by its cache any more need not be waited for again. */
  | { readonly kind: 'remove'; readonly nodeId: string; readonly number: number }
  /** Give a `tick` at this reading of the clock or later; replaces an earlier one. */
  | { readonly kind: 'wake'; readonly atMs: number };

export interface BarrierStep {
  readonly state: BarrierState;
  readonly effects: readonly BarrierEffect[];
}

/**
 * The state after an input, and what is to be done. A wait ends when every node that was on record after the commit has
 * acknowledged the change, has left, or can have no lease from before it any more: whichever comes first for each. So it ends
 * within a lease and its margins, also when the store falls silent.
 */
export function stepBarrier(state: BarrierState, input: BarrierInput, terms: BarrierTerms): BarrierStep {
  switch (input.kind) {
    case 'settle': {
      const wait: Wait = {
        id: input.id,
        position: input.position,
        startedAtMs: input.nowMs,
        fromLook: state.looks + 1,
        holdouts: undefined,
      };
      return proceed({ ...state, waits: [...state.waits, wait], isHinted: true }, input.nowMs, terms);
    }
    case 'hint':
      return proceed({ ...state, isHinted: state.waits.length > 0 }, input.nowMs, terms);
    case 'sweep':
      return sweep(state, input.nowMs, terms);
    case 'tick':
      return proceed(state, input.nowMs, terms);
    case 'failed':
      return proceed(
        state.looking?.number === input.look ? giveUp(state, input.nowMs, terms) : state,
        input.nowMs,
        terms,
      );
    case 'listed':
      return state.looking?.number === input.look
        ? listed(state, input.list, input.nowMs, terms)
        : proceed(state, input.nowMs, terms);
  }
}

function sweep(state: BarrierState, nowMs: number, terms: BarrierTerms): BarrierStep {
  // Where somebody waits, looks are taken anyway.
  if (state.waits.length > 0) return proceed(state, nowMs, terms);
  const { looking } = state;
  if (looking !== undefined && nowMs < looking.atMs + terms.requestTimeoutMs) return { state, effects: [] };
  const number = state.looks + 1;
  return { state: { ...state, looks: number, looking: { number, atMs: nowMs } }, effects: [{ kind: 'look', number }] };
}

function giveUp(state: BarrierState, nowMs: number, terms: BarrierTerms): BarrierState {
  return { ...state, looking: undefined, isHinted: false, dueAtMs: nowMs + terms.pollEveryMs };
}

function listed(state: BarrierState, list: NodeList, nowMs: number, terms: BarrierTerms): BarrierStep {
  const look = state.looking?.number ?? 0;
  const sightings = sight(state.sightings, list.nodes, nowMs);
  const effects: BarrierEffect[] = [];
  for (const node of list.nodes) {
    if (nowMs >= holdoutOf(node, sightings, nowMs, terms).servingOverAtMs) {
      effects.push({ kind: 'remove', nodeId: node.nodeId, number: node.number });
    }
  }
  const waits: Wait[] = [];
  for (const wait of state.waits) {
    if (look < wait.fromLook) waits.push(wait);
    else if (list.epoch === wait.position.epoch) waits.push(compare(wait, list.nodes, sightings, terms));
    else effects.push({ kind: 'conclude', id: wait.id, outcome: { kind: 'epoch_changed' } });
  }
  const serveCachedMs = Math.max(state.serveCachedMs, ...list.nodes.map((node) => node.serveCachedMs));
  const dueAtMs = nowMs + terms.pollEveryMs;
  const next = proceed({ ...state, waits, sightings, serveCachedMs, dueAtMs, looking: undefined }, nowMs, terms);
  return { state: next.state, effects: [...effects, ...next.effects] };
}

function sight(
  known: ReadonlyMap<string, Sighting>,
  nodes: readonly NodeRecord[],
  nowMs: number,
): ReadonlyMap<string, Sighting> {
  const sightings = new Map<string, Sighting>();
  for (const { nodeId, number } of nodes) {
    const earlier = known.get(nodeId);
    sightings.set(nodeId, earlier?.number === number ? earlier : { number, firstSeenAtMs: nowMs });
  }
  return sightings;
}

/** The wait after a look. A node that came on record later than the first look has read the change with its record. */
function compare(
  wait: Wait,
  nodes: readonly NodeRecord[],
  sightings: ReadonlyMap<string, Sighting>,
  terms: BarrierTerms,
): Wait {
  const behind = nodes.filter((node) => !hasAcknowledged(node, wait.position));
  if (wait.holdouts === undefined) {
    return { ...wait, holdouts: behind.map((node) => holdoutOf(node, sightings, wait.startedAtMs, terms)) };
  }
  const behindIds = new Set(behind.map((node) => node.nodeId));
  return { ...wait, holdouts: wait.holdouts.filter(({ nodeId }) => behindIds.has(nodeId)) };
}

function hasAcknowledged({ acknowledged }: NodeRecord, { epoch, revision }: Position): boolean {
  return acknowledged !== undefined && acknowledged.epoch === epoch && acknowledged.revision >= revision;
}

/**
 * When a node can't decide by what was before `untilMs` any more. The lease of a renewal counts from before it was recorded, so
 * from before it was first seen; and a renewal that does not tell of a change was recorded before that was committed.
 */
function holdoutOf(
  node: NodeRecord,
  sightings: ReadonlyMap<string, Sighting>,
  untilMs: number,
  terms: BarrierTerms,
): Holdout {
  const seenAtMs = sightings.get(node.nodeId)?.firstSeenAtMs ?? untilMs;
  const leaseOverAtMs = Math.min(seenAtMs, untilMs) + leaseWaitMs(terms);
  return { nodeId: node.nodeId, leaseOverAtMs, servingOverAtMs: leaseOverAtMs + lengthen(node.serveCachedMs) };
}

/** As long as no clock within the bound can count a lease. */
export function leaseWaitMs({ leaseMs, marginMs }: Pick<BarrierTerms, 'leaseMs' | 'marginMs'>): number {
  return lengthen(leaseMs) + marginMs;
}

function lengthen(durationMs: number): number {
  return durationMs * (1 + clockDriftBound);
}

/** Ends the waits that are over, and looks again where that is due. */
function proceed(state: BarrierState, nowMs: number, terms: BarrierTerms): BarrierStep {
  const effects: BarrierEffect[] = [];
  const waits: Wait[] = [];
  let wakeAtMs = Number.POSITIVE_INFINITY;
  for (const wait of state.waits) {
    const overAtMs = endOf(wait, terms);
    if (nowMs < overAtMs) {
      waits.push(wait);
      wakeAtMs = Math.min(wakeAtMs, overAtMs);
    } else {
      effects.push({ kind: 'conclude', id: wait.id, outcome: conclude(wait, state, nowMs, terms) });
    }
  }
  if (waits.length === 0) return { state: { ...state, waits, isHinted: false }, effects };

  let { looking, looks, isHinted, dueAtMs } = state;
  if (looking !== undefined && nowMs >= looking.atMs + terms.requestTimeoutMs) looking = undefined;
  if (looking === undefined && (isHinted || nowMs >= dueAtMs)) {
    looks++;
    looking = { number: looks, atMs: nowMs };
    isHinted = false;
    effects.push({ kind: 'look', number: looks });
  }
  const nextAtMs = looking === undefined ? dueAtMs : looking.atMs + terms.requestTimeoutMs;
  effects.push({ kind: 'wake', atMs: Math.min(wakeAtMs, nextAtMs) });
  return { state: { ...state, waits, looking, looks, isHinted, dueAtMs }, effects };
}

/** When a wait is over if nothing more is heard: every lease that was granted before the commit is over by then. */
function endOf({ holdouts, startedAtMs }: Wait, terms: BarrierTerms): number {
  if (holdouts === undefined) return startedAtMs + leaseWaitMs(terms);
  return Math.max(Number.NEGATIVE_INFINITY, ...holdouts.map(({ leaseOverAtMs }) => leaseOverAtMs));
}

function conclude({ holdouts }: Wait, state: BarrierState, nowMs: number, terms: BarrierTerms): BarrierOutcome {
  if (holdouts === undefined) {
    const forAtMostMs = lengthen(Math.max(state.serveCachedMs, terms.serveCachedMs));
    return forAtMostMs > 0 ? { kind: 'bounded', unreached: undefined, forAtMostMs } : { kind: 'settled', lapsed: [] };
  }
  const serving = holdouts.filter(({ servingOverAtMs }) => nowMs < servingOverAtMs);
  if (serving.length === 0) return { kind: 'settled', lapsed: holdouts.map(({ nodeId }) => nodeId) };
  return {
    kind: 'bounded',
    unreached: serving.map(({ nodeId }) => nodeId),
    forAtMostMs: Math.max(...serving.map(({ servingOverAtMs }) => servingOverAtMs)) - nowMs,
  };
}
