// The barrier at which a change waits before its reply, as a pure state machine over the store's node lists.
import { clockDriftBound } from './lease-core.ts';
import type { NodeList, NodeRecord, Position } from './ports.ts';

export interface BarrierTerms {
  /** How long a lease lasts; the same on all nodes. */
  readonly leaseMs: number;
  /**
   * How long a node may serve from its cache without a lease, where the store could not list the nodes. Otherwise each
   * node's record says it.
   */
  readonly serveCachedMs: number;
  /** Added to each wait for a lease, because timers and clocks round. */
  readonly marginMs: number;
  /** The time from a look's answer to the next look, unless a notification comes first. */
  readonly pollEveryMs: number;
  /** A look without an answer for this long is abandoned, and a new one starts. */
  readonly requestTimeoutMs: number;
}

/** How a wait at the barrier ended. */
export type BarrierOutcome =
  /**
   * No node decides from an older state. Nodes in `lapsed` did not acknowledge; they get no lease until they know the
   * change.
   */
  | { readonly kind: 'settled'; readonly lapsed: readonly string[] }
  /**
   * As `settled`, except for nodes that may serve from their caches while they can't reach the store (`serveCachedMs`),
   * for at most `forAtMostMs` from now. `unreached`: their ids; `undefined` when the store could not be asked.
   */
  | { readonly kind: 'bounded'; readonly unreached: readonly string[] | undefined; readonly forAtMostMs: number }
  /** The store failed over. The caller must repeat the command to learn whether the store still has the change. */
  | { readonly kind: 'epoch_changed' };

/** When this process first saw a node's newest renewal. The lease that the renewal granted began earlier. */
interface Sighting {
  readonly number: number;
  readonly firstSeenAtMs: number;
}

/** A node that has not acknowledged the change, with the ends of its lease and of its serving from the cache. */
interface Holdout {
  readonly nodeId: string;
  readonly leaseOverAtMs: number;
  readonly servingOverAtMs: number;
}

interface Wait {
  readonly id: number;
  readonly position: Position;
  readonly startedAtMs: number;
  /** The first look that counts: it began after the commit, so it shows every node that may not know the change. */
  readonly fromLook: number;
  /** `undefined` until such a look is answered. */
  readonly holdouts: readonly Holdout[] | undefined;
}

export interface BarrierState {
  readonly waits: readonly Wait[];
  readonly sightings: ReadonlyMap<string, Sighting>;
  readonly looking: { readonly number: number; readonly atMs: number } | undefined;
  /** The number of the newest look. */
  readonly looks: number;
  /** Something happened after the look under way began: look again as soon as it ends. */
  readonly isHinted: boolean;
  readonly dueAtMs: number;
  /** The greatest `serveCachedMs` seen in any node's record. */
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

/** `nowMs` is this process's monotonic clock, read when the input arrived and not before. */
export type BarrierInput =
  /** Wait for a committed change. `id` is the caller's; each is used once. */
  | { readonly kind: 'settle'; readonly id: number; readonly position: Position; readonly nowMs: number }
  | { readonly kind: 'listed'; readonly look: number; readonly list: NodeList; readonly nowMs: number }
  | { readonly kind: 'failed'; readonly look: number; readonly nowMs: number }
  /** A node may have acknowledged something. */
  | { readonly kind: 'hint'; readonly nowMs: number }
  /** Look at the nodes although nothing waits. Two looks a lease apart remove the record of a node that is gone. */
  | { readonly kind: 'sweep'; readonly nowMs: number }
  | { readonly kind: 'tick'; readonly nowMs: number };

export type BarrierEffect =
  | { readonly kind: 'look'; readonly number: number }
  | { readonly kind: 'conclude'; readonly id: number; readonly outcome: BarrierOutcome }
  /** The node can't decide from its cache any more, so no change needs to wait for it. */
  | { readonly kind: 'remove'; readonly nodeId: string; readonly number: number }
  /** Feed a `tick` at this clock reading or later. It replaces an earlier wake. */
  | { readonly kind: 'wake'; readonly atMs: number };

export interface BarrierStep {
  readonly state: BarrierState;
  readonly effects: readonly BarrierEffect[];
}

/**
 * Returns the next state and the effects to carry out. A wait ends when each node on record after the commit has
 * acknowledged the change, has left, or can't hold a lease from before it. So a wait ends within a lease and its
 * margins, even when the store falls silent.
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
  // A change that waits triggers looks anyway.
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

/** The wait after a look. A node that joined after the first look has read the change with its first renewal. */
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
 * When a node stops deciding from a state older than `untilMs`. Its lease counts from before the renewal was recorded,
 * and so from before it was first seen. A renewal whose answer lacks a change was recorded before that change's commit.
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

/** The time after which a lease has ended by every clock within the drift bound, in milliseconds. */
export function leaseWaitMs({ leaseMs, marginMs }: Pick<BarrierTerms, 'leaseMs' | 'marginMs'>): number {
  return lengthen(leaseMs) + marginMs;
}

function lengthen(durationMs: number): number {
  return durationMs * (1 + clockDriftBound);
}

/** Ends the waits whose time has come, and looks again when a look is due. */
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

/** When a wait ends without further news. By then, every lease granted before the commit has ended. */
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
