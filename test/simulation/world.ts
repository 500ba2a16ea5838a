// Simulated nodes around a simulated store: the real state machines on virtual clocks, with everything between them at fault.
import {
  type BarrierInput,
  type BarrierOutcome,
  type BarrierState,
  type BarrierTerms,
  initialBarrier,
  leaseWaitMs,
  stepBarrier,
} from '../../src/coordination/barrier-core.ts';
import {
  initialLease,
  type LeaseInput,
  type LeaseState,
  type LeaseTerms,
  stepLease,
} from '../../src/coordination/lease-core.ts';
import type { Change, NodeList, NodeRecord, Position, RenewalAnswer } from '../../src/coordination/ports.ts';
import { formatPosition, hasReached, type PositionMark, parsePosition } from '../../src/domain/position.ts';
import { createEventQueue } from './event-queue.ts';
import { createRandom } from './random.ts';
import { type Schedule, type ScheduleStep, troubleMs } from './schedule.ts';

/** The protocol as it is, and as it would be wrong. */
export type Variant =
  | 'correct'
  /** A fill that raced a change is kept. */
  | 'no_generation'
  /** The cache serves as long as the process lives. */
  | 'no_lease'
  /** Nodes write when their lease ends by their wall clock, and who waits compares that with its own. */
  | 'wall_clock'
  /** A lease counts from when its answer came. */
  | 'lease_from_answer'
  /** What changed is learnt from notifications alone. */
  | 'notification_trusted'
  /** A renewal reads the changes, and then the node goes on record. */
  | 'read_before_record'
  /** Without a lease, a request shares a read that began before it. */
  | 'joins_without_lease'
  /** A command that finds nothing to do does not wait. */
  | 'no_op_returns_at_once'
  /** A command returns when it is committed. */
  | 'no_barrier'
  /** The answer to a renewal that was given up is taken for the next one's. */
  | 'late_answer_taken'
  /** A command that could not reach a node says that it holds everywhere. */
  | 'bound_not_stated'
  /** Who can't reach the store serves cached for the whole time from its last attempt on. */
  | 'bound_begins_anew'
  /** A request that must know of a revision is answered as any other. */
  | 'revision_not_asked_for';

export interface Counts {
  requests: number;
  fromCache: number;
  /** Of those, such as were answered without a lease. */
  servedCached: number;
  /** Requests that had to know of a revision. */
  bound: number;
  fromStore: number;
  unavailable: number;
  staleFills: number;
  returned: number;
  lapsed: number;
  bounded: number;
  epochChanged: number;
  removed: number;
}

export interface Outcome {
  /** The first broken promise, in a sentence; `undefined` when all were kept. */
  readonly violation: string | undefined;
  readonly counts: Counts;
  /** What happened, line by line; empty unless asked for. */
  readonly trace: readonly string[];
}

interface Flight {
  readonly key: number;
  readonly waiters: Request[];
  isStale: boolean;
}

interface Request {
  readonly key: number;
  readonly sentAtMs: number;
  /** The newest state of the key that had been reported of that node when the request was sent, or that it asks for. */
  readonly floor: number;
}

/** A change that was reported with nodes that it did not reach; `undefined`: any node may not know of it. */
interface Bounded {
  readonly version: number;
  readonly except: ReadonlySet<string> | undefined;
}

interface Waiting {
  readonly key: number;
  readonly version: number;
  readonly position: Position;
  readonly sinceMs: number;
  readonly pauses: number;
}

interface Node {
  readonly index: number;
  readonly rate: number;
  readonly originMs: number;
  wallOffsetMs: number;
  /** Which process this is: messages to an earlier one reach nobody. */
  life: number;
  isUp: boolean;
  lease: LeaseState;
  barrier: BarrierState;
  cache: Map<number, number>;
  flights: Set<Flight>;
  waits: Map<number, Waiting>;
  leaseTimer: number;
  barrierTimer: number;
  inbox: (() => void)[];
  pauses: number;
  pausedUntilMs: number;
  partitionedUntilMs: number;
  halfPartitionedUntilMs: number;
  deafUntilMs: number;
}

interface StoredNode extends NodeRecord {
  readonly wallLeaseEndMs: number;
}

const loadTimeoutMs = 250;
/** Enough for every wait to end and every lease to be renewed once all works again. */
const calmMs = 2_500;

/** Runs a schedule to its end, or to the first broken promise. The same schedule always gives the same outcome. */
export function runSchedule(schedule: Schedule, variant: Variant = 'correct', isTraced = false): Outcome {
  const random = createRandom(schedule.seed ^ 0x5eed);
  const queue = createEventQueue();
  const terms: LeaseTerms & BarrierTerms = {
    leaseMs: 1_000,
    renewEveryMs: 250,
    requestTimeoutMs: 500,
    serveCachedMs: schedule.serveCachedMs,
    marginMs: 50,
    pollEveryMs: 20,
  };
  const counts: Counts = {
    requests: 0,
    fromCache: 0,
    servedCached: 0,
    bound: 0,
    fromStore: 0,
    unavailable: 0,
    staleFills: 0,
    returned: 0,
    lapsed: 0,
    bounded: 0,
    epochChanged: 0,
    removed: 0,
  };
  const trace: string[] = [];
  let violation: string | undefined;
  let waitIds = 0;

  const store = {
    epoch: 1,
    revision: 0,
    /** A key is on in its odd versions. */
    versions: Array.from({ length: schedule.keys }, () => 0),
    changes: [] as Change[],
    nodes: new Map<string, StoredNode>(),
    outUntilMs: 0,
    slowUntilMs: 0,
    slowByMs: 0,
    /** What was under way in an earlier life was lost with it. */
    life: 0,
  };
  /** For each key, the newest version whose command returned, and when. */
  const floors = Array.from({ length: schedule.keys }, () => ({ version: 0, atMs: 0 }));
  const bounded: Bounded[][] = Array.from({ length: schedule.keys }, () => []);
  /** For each key, the newest change whose revision callers were told, and which they may ask for. */
  const told: { version: number; mark: PositionMark | undefined }[] = Array.from({ length: schedule.keys }, () => ({
    version: 0,
    mark: undefined,
  }));

  const nodes: Node[] = schedule.clocks.map((clock, index) => ({
    ...clock,
    index,
    life: 0,
    isUp: false,
    lease: initialLease,
    barrier: initialBarrier,
    cache: new Map(),
    flights: new Set(),
    waits: new Map(),
    leaseTimer: 0,
    barrierTimer: 0,
    inbox: [],
    pauses: 0,
    pausedUntilMs: 0,
    partitionedUntilMs: 0,
    halfPartitionedUntilMs: 0,
    deafUntilMs: 0,
  }));

  const clockOf = (node: Node) => node.originMs + queue.nowMs * node.rate;
  const wallOf = (node: Node) => queue.nowMs + node.wallOffsetMs;
  const idOf = (node: Node) => `${node.index}.${node.life}`;
  const head = (): Position => ({ epoch: String(store.epoch), revision: store.revision });

  function tell(who: Node | 'store', what: string): void {
    if (!isTraced) return;
    const name = who === 'store' ? 'store ' : `node ${who.index}`;
    trace.push(`${queue.nowMs.toFixed(1).padStart(7)} ms  ${name}  ${what}`);
  }

  function fail(what: string): void {
    violation ??= what;
    if (isTraced) trace.push(`${queue.nowMs.toFixed(1).padStart(7)} ms  BROKEN  ${what}`);
  }

  // Carrying things to and fro.

  function deliver(node: Node, life: number, run: () => void): void {
    if (node.life !== life || !node.isUp || violation !== undefined) return;
    if (queue.nowMs < node.pausedUntilMs) node.inbox.push(run);
    else run();
  }

  function startTimer(node: Node, delayMs: number, run: () => void): void {
    const { life } = node;
    // Timers are late, never early.
    queue.add(queue.nowMs + Math.max(0, delayMs) / node.rate + random.next(), () => deliver(node, life, run));
  }

  const isUnlucky = (rate: number) => queue.nowMs < troubleMs && random.chance(rate);
  /** Now and then something hangs: a packet is sent again, a disk is busy, a collector runs. */
  const hiccup = () => (isUnlucky(schedule.hiccupRate) ? random.between(0, 450) : 0);
  const delay = () => random.next() * random.next() * schedule.delayMs + hiccup();
  const isCutOff = (node: Node) => queue.nowMs < node.partitionedUntilMs;

  /**
   * Asks the store, which works in `steps` with time between them, after the first one at least `gapMs`; the last one's result
   * is the answer.
   */
  function call<Answer>(
    node: Node,
    steps: readonly [...(() => void)[], () => Answer],
    onAnswer: (answer: Answer) => void,
    gapMs = 0,
  ): void {
    const { life } = node;
    if (isCutOff(node) || isUnlucky(schedule.lossRate)) return;
    const arrive = () => {
      if (isCutOff(node) || queue.nowMs < store.outUntilMs) return;
      const storeLife = store.life;
      const work = (at: number) => {
        if (store.life !== storeLife || queue.nowMs < store.outUntilMs) return;
        const result = steps[at]?.();
        if (at + 1 < steps.length) queue.add(queue.nowMs + workMs() + (at === 0 ? gapMs : 0), () => work(at + 1));
        else queue.add(queue.nowMs + workMs(), () => answer(result as Answer));
      };
      const answer = (result: Answer) => {
        if (store.life !== storeLife || queue.nowMs < store.outUntilMs || isUnlucky(schedule.lossRate)) return;
        queue.add(queue.nowMs + delay(), () => {
          if (isCutOff(node) || queue.nowMs < node.halfPartitionedUntilMs) return;
          deliver(node, life, () => onAnswer(result));
        });
      };
      queue.add(queue.nowMs + workMs() / 2, () => work(0));
    };
    queue.add(queue.nowMs + delay(), arrive);
  }

  function workMs(): number {
    return random.next() * (queue.nowMs < store.slowUntilMs ? store.slowByMs : 1) + hiccup();
  }

  function notify(run: (node: Node) => void): void {
    for (const node of nodes) {
      const { life } = node;
      if (!node.isUp || random.chance(schedule.notificationLossRate)) continue;
      queue.add(queue.nowMs + delay(), () => {
        if (isCutOff(node) || queue.nowMs < node.deafUntilMs) return;
        deliver(node, life, () => run(node));
      });
    }
  }

  // The lease, as its driver drives it.

  function feedLease(node: Node, input: LeaseInput): void {
    if (input.kind === 'answered' && node.lease.asked !== undefined) {
      const { asked } = node.lease;
      if (variant === 'lease_from_answer') node.lease = { ...node.lease, asked: { ...asked, atMs: input.nowMs } };
      if (variant === 'late_answer_taken' && input.answer.kind === 'renewed')
        input = { ...input, number: asked.number };
    }
    const { state, effects } = stepLease(node.lease, input, terms);
    node.lease = state;
    if (variant === 'bound_begins_anew' && input.kind === 'tick' && state.isStoreOut && terms.serveCachedMs > 0) {
      node.lease = { ...state, serveUntilMs: input.nowMs + terms.serveCachedMs };
    }
    for (const effect of effects) {
      switch (effect.kind) {
        case 'forget':
          for (const change of effect.changes) forget(node, change);
          break;
        case 'forget_all':
          node.cache.clear();
          for (const flight of node.flights) flight.isStale = true;
          break;
        case 'take_new_id':
          fail(`node ${node.index} was told that its id is taken`);
          break;
        case 'renew':
          renew(node, effect.number, effect.acknowledged);
          break;
        case 'wake': {
          const timer = ++node.leaseTimer;
          startTimer(node, effect.atMs - clockOf(node), () => {
            if (timer === node.leaseTimer) feedLease(node, { kind: 'tick', nowMs: clockOf(node) });
          });
        }
      }
    }
  }

  function renew(node: Node, number: number, acknowledged: Position | undefined): void {
    const nodeId = idOf(node);
    const wallLeaseEndMs = wallOf(node) + terms.leaseMs;
    let isTaken = false;
    let answer: RenewalAnswer = { kind: 'id_taken' };
    const record = () => {
      const known = store.nodes.get(nodeId);
      isTaken = known !== undefined && known.number >= number;
      if (isTaken) return;
      const { serveCachedMs } = terms;
      store.nodes.set(nodeId, { nodeId, nodeName: nodeId, number, acknowledged, serveCachedMs, wallLeaseEndMs });
      if (known?.acknowledged?.revision !== acknowledged?.revision) {
        notify((other) => feedBarrier(other, { kind: 'hint', nowMs: clockOf(other) }));
      }
    };
    const read = () => {
      const isKept = acknowledged?.epoch === String(store.epoch);
      const news = isKept ? store.changes.slice(acknowledged.revision) : undefined;
      answer = { kind: 'renewed', head: head(), changes: variant === 'notification_trusted' ? [] : news };
    };
    const isReversed = variant === 'read_before_record';
    const steps = isReversed ? [read, record] : [record, read];
    const result = () => (isTaken ? ({ kind: 'id_taken' } as const) : answer);
    const onAnswer = (answer: RenewalAnswer) => {
      feedLease(node, { kind: 'answered', number, answer, nowMs: clockOf(node) });
      if (node.lease.position !== acknowledged) tell(node, `complete to ${node.lease.position?.revision}`);
    };
    // The wrong order is as wrong without the gap, but seldom seen; where all have it, acknowledgements are so late that it is not.
    const hasGap = isReversed && queue.nowMs < troubleMs && !canServe(node);
    call(node, [...steps, result], onAnswer, hasGap ? random.between(0, 400) : 0);
  }

  function forget(node: Node, change: Pick<Change, 'digests'>): void {
    for (const digest of change.digests) {
      const key = Number(digest);
      node.cache.delete(key);
      for (const flight of node.flights) if (flight.key === key) flight.isStale = true;
    }
  }

  // The barrier, as its driver drives it.

  function feedBarrier(node: Node, input: BarrierInput): void {
    const { state, effects } = stepBarrier(node.barrier, input, terms);
    node.barrier = state;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'look': {
          const look = effect.number;
          const list = (): NodeList => ({ epoch: String(store.epoch), nodes: [...store.nodes.values()] });
          call(node, [list], (listed) => {
            const isRunning = ({ nodeId }: NodeRecord) =>
              variant !== 'wall_clock' || (store.nodes.get(nodeId)?.wallLeaseEndMs ?? 0) > wallOf(node);
            const kept = { ...listed, nodes: listed.nodes.filter(isRunning) };
            feedBarrier(node, { kind: 'listed', look, list: kept, nowMs: clockOf(node) });
          });
          break;
        }
        case 'conclude':
          conclude(node, effect.id, effect.outcome);
          break;
        case 'remove': {
          const { nodeId, number } = effect;
          call(node, [() => remove(nodeId, number)], () => {});
          break;
        }
        case 'wake': {
          const timer = ++node.barrierTimer;
          startTimer(node, effect.atMs - clockOf(node), () => {
            if (timer === node.barrierTimer) feedBarrier(node, { kind: 'tick', nowMs: clockOf(node) });
          });
        }
      }
    }
  }

  function remove(nodeId: string, number: number): void {
    if (store.nodes.get(nodeId)?.number !== number) return;
    store.nodes.delete(nodeId);
    counts.removed++;
    tell('store', `removes node ${nodeId}`);
  }

  function conclude(node: Node, id: number, outcome: BarrierOutcome): void {
    const wait = node.waits.get(id);
    node.waits.delete(id);
    if (wait === undefined) {
      fail(`node ${node.index} ended a wait that it had not`);
      return;
    }
    const tookMs = clockOf(node) - wait.sinceMs;
    // One more millisecond for the timer, which the simulation lets be late by that.
    if (wait.pauses === node.pauses && tookMs > leaseWaitMs(terms) + 2) {
      fail(`a command took ${tookMs.toFixed(0)} ms to return, more than a lease and its margins`);
    }
    if (outcome.kind === 'epoch_changed') {
      counts.epochChanged++;
      tell(node, 'a command ends: the store failed over');
      return;
    }
    const { key, version } = wait;
    const newest = told[key];
    if (newest !== undefined && version > newest.version) {
      newest.version = version;
      newest.mark = parsePosition(formatPosition(wait.position));
    }
    if (outcome.kind === 'settled' || variant === 'bound_not_stated') {
      if (outcome.kind === 'settled' && outcome.lapsed.length > 0) counts.lapsed++;
      returned(node, key, version, tookMs);
    } else {
      counts.bounded++;
      const { unreached } = outcome;
      tell(
        node,
        `a command ends: bounded by ${outcome.forAtMostMs.toFixed(0)} ms for ${unreached?.join(', ') ?? 'any'}`,
      );
      bounded[key]?.push({ version, except: unreached && new Set(unreached) });
      queue.add(queue.nowMs + outcome.forAtMostMs / node.rate, () => returned(node, key, version, tookMs));
    }
  }

  function returned(node: Node, key: number, version: number, tookMs: number): void {
    counts.returned++;
    tell(node, `reports key ${key} version ${version} (${nameOf(version)}) after ${tookMs.toFixed(1)} ms`);
    const floor = floors[key];
    if (floor === undefined || version <= floor.version) return;
    floor.version = version;
    floor.atMs = queue.nowMs;
  }

  // What callers do.

  function command(node: Node, key: number, isOn: boolean): void {
    let isNew = false;
    const commit = () => {
      const version = store.versions[key] ?? 0;
      isNew = (version % 2 === 1) !== isOn;
      if (isNew) {
        store.versions[key] = version + 1;
        store.revision++;
        const change: Change = { revision: store.revision, digests: [String(key)], orgIds: [] };
        store.changes.push(change);
        tell('store', `commits revision ${store.revision}: key ${key} version ${version + 1} (${nameOf(version + 1)})`);
        notify((other) => {
          if (variant === 'notification_trusted') forget(other, change);
          feedLease(other, { kind: 'hint', nowMs: clockOf(other) });
        });
      }
      return { position: head(), version: store.versions[key] ?? 0 };
    };
    call(node, [commit], ({ position, version }) => {
      tell(node, `knows that revision ${position.revision} is committed${isNew ? '' : ', nothing to do'}`);
      if (isNew) forget(node, { digests: [String(key)] });
      if (variant === 'no_barrier' || (variant === 'no_op_returns_at_once' && !isNew)) {
        return returned(node, key, version, 0);
      }
      const id = ++waitIds;
      const nowMs = clockOf(node);
      node.waits.set(id, { key, version, position, sinceMs: nowMs, pauses: node.pauses });
      feedBarrier(node, { kind: 'settle', id, position, nowMs });
      feedLease(node, { kind: 'hint', nowMs });
    });
  }

  const canServe = (node: Node) => variant === 'no_lease' || clockOf(node) < node.lease.serveUntilMs;

  /** What nobody may be answered below on that node from now on. */
  function floorOf(node: Node, key: number): number {
    const reached = (bounded[key] ?? []).filter(({ except }) => except !== undefined && !except.has(idOf(node)));
    return Math.max(floors[key]?.version ?? 0, ...reached.map(({ version }) => version));
  }

  function request(node: Node, key: number, isBound: boolean): void {
    counts.requests++;
    const wanted = isBound ? told[key] : undefined;
    const floor = Math.max(floorOf(node, key), wanted?.version ?? 0);
    const asked: Request = { key, sentAtMs: queue.nowMs, floor };
    deliver(node, node.life, () => {
      if (wanted?.mark !== undefined) {
        counts.bound++;
        const knows = canServe(node) && hasReached(node.lease.position, wanted.mark);
        if (!knows && variant !== 'revision_not_asked_for') return askStore(node, asked);
      }
      const version = node.cache.get(key);
      if (version !== undefined && canServe(node)) return answer(node, asked, version, 'cache');
      const running = [...node.flights].find((flight) => flight.key === key);
      if (running !== undefined && (canServe(node) || variant === 'joins_without_lease')) {
        running.waiters.push(asked);
        return;
      }
      const flight: Flight = { key, waiters: [asked], isStale: false };
      node.flights.add(flight);
      fill(node, flight);
      startTimer(node, loadTimeoutMs, () => {
        if (node.flights.delete(flight)) counts.unavailable += flight.waiters.length;
      });
    });
  }

  /** A read for this request alone, of which nothing is kept. */
  function askStore(node: Node, asked: Request): void {
    let isOver = false;
    call(node, [() => store.versions[asked.key] ?? 0], (version) => {
      if (!isOver) answer(node, asked, version, 'store');
      isOver = true;
    });
    startTimer(node, loadTimeoutMs, () => {
      if (!isOver) counts.unavailable++;
      isOver = true;
    });
  }

  function fill(node: Node, flight: Flight): void {
    flight.isStale = false;
    call(node, [() => store.versions[flight.key] ?? 0], (version) => {
      if (!node.flights.has(flight)) return;
      if (flight.isStale && variant !== 'no_generation') {
        counts.staleFills++;
        return fill(node, flight);
      }
      node.flights.delete(flight);
      node.cache.set(flight.key, version);
      tell(node, `fills key ${flight.key} version ${version}`);
      for (const waiter of flight.waiters) answer(node, waiter, version, 'store');
    });
  }

  function answer(node: Node, { key, sentAtMs, floor }: Request, version: number, from: 'cache' | 'store'): void {
    if (from === 'cache') counts.fromCache++;
    else counts.fromStore++;
    if (from === 'cache' && clockOf(node) >= node.lease.leaseEndsAtMs) counts.servedCached++;
    tell(
      node,
      `answers ${nameOf(version)} for key ${key} (version ${version}, ${from}) to a request of ${sentAtMs.toFixed(1)} ms`,
    );
    if (version >= floor) return;
    fail(
      `node ${node.index} answered ${nameOf(version)} for key ${key} (version ${version}, from its ${from}) to a request sent at ` +
        `${sentAtMs.toFixed(1)} ms, when version ${floor} (${nameOf(floor)}) had been reported`,
    );
  }

  // What happens to them.

  function boot(node: Node): void {
    node.life++;
    node.isUp = true;
    node.lease = initialLease;
    node.barrier = initialBarrier;
    node.cache = new Map();
    node.flights = new Set();
    node.waits = new Map();
    node.inbox = [];
    node.pausedUntilMs = 0;
    tell(node, `starts as ${idOf(node)}`);
    feedLease(node, { kind: 'tick', nowMs: clockOf(node) });
    sweepLater(node);
  }

  function sweepLater(node: Node): void {
    startTimer(node, random.between(200, 1_500), () => {
      feedBarrier(node, { kind: 'sweep', nowMs: clockOf(node) });
      sweepLater(node);
    });
  }

  function stop(node: Node, forMs: number): void {
    node.isUp = false;
    const { life } = node;
    queue.add(queue.nowMs + forMs, () => {
      if (node.life === life) boot(node);
    });
  }

  function resume(node: Node): void {
    if (queue.nowMs < node.pausedUntilMs) return;
    // What has piled up is taken in any order.
    const piled = node.inbox.splice(0);
    tell(node, `wakes to ${piled.length} events`);
    while (piled.length > 0) {
      const [run] = piled.splice(random.below(piled.length), 1);
      deliver(node, node.life, run as () => void);
    }
  }

  function happen(step: ScheduleStep): void {
    const { nowMs } = queue;
    if (step.kind === 'store_out') {
      store.outUntilMs = Math.max(store.outUntilMs, nowMs + step.forMs);
      tell('store', `is out for ${step.forMs.toFixed(0)} ms`);
      return;
    }
    if (step.kind === 'store_slow') {
      store.slowUntilMs = nowMs + step.forMs;
      store.slowByMs = step.byMs;
      tell('store', `is slower by up to ${step.byMs} ms for ${step.forMs.toFixed(0)} ms`);
      return;
    }
    if (step.kind === 'failover') {
      store.life++;
      store.epoch++;
      tell('store', `fails over to epoch ${store.epoch}`);
      return;
    }
    const node = nodes[step.node];
    if (node?.isUp !== true) return;
    if (step.kind === 'request') {
      request(node, step.key, step.isBound === true);
      return;
    }
    if (step.kind === 'command') {
      tell(node, `is told to switch key ${step.key} ${step.isOn ? 'on' : 'off'}`);
      deliver(node, node.life, () => command(node, step.key, step.isOn));
      return;
    }
    if (step.kind === 'clock_set') {
      node.wallOffsetMs += step.byMs;
      tell(node, `wall clock set by ${step.byMs} ms`);
      return;
    }
    tell(node, `${step.kind} for ${step.forMs.toFixed(0)} ms`);
    const untilMs = nowMs + step.forMs;
    switch (step.kind) {
      case 'pause':
        node.pauses++;
        node.pausedUntilMs = Math.max(node.pausedUntilMs, untilMs);
        queue.add(untilMs, () => resume(node));
        break;
      case 'crash':
        stop(node, step.forMs);
        break;
      case 'leave': {
        if (nowMs < node.pausedUntilMs) break;
        feedLease(node, { kind: 'leave' });
        const { number } = node.lease;
        call(node, [() => remove(idOf(node), number)], () => {});
        stop(node, step.forMs);
        break;
      }
      case 'partition':
        node.partitionedUntilMs = untilMs;
        break;
      case 'half_partition':
        node.halfPartitionedUntilMs = untilMs;
        break;
      case 'deaf':
        node.deafUntilMs = untilMs;
    }
  }

  for (const node of nodes) queue.add(random.between(0, 400), () => boot(node));
  for (const step of schedule.steps) {
    queue.add(step.atMs, () => {
      if (violation === undefined) happen(step);
    });
  }
  queue.runUntil(troubleMs + calmMs);

  for (const node of nodes) {
    if (violation !== undefined) break;
    if (node.waits.size > 0) fail(`node ${node.index} still waits at a barrier long after all faults`);
    else if (!canServe(node)) fail(`node ${node.index} has no lease long after all faults`);
    else if (node.lease.position?.revision !== store.revision) {
      fail(`node ${node.index} is complete to ${node.lease.position?.revision} and not to ${store.revision}`);
    }
  }
  return { violation, counts, trace };
}

function nameOf(version: number): 'on' | 'off' {
  return version % 2 === 1 ? 'on' : 'off';
}
