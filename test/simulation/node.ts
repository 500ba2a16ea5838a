// A simulated node: the real state machines of lease and barrier, with a clock of its own, driven as in production.
import {
  type BarrierInput,
  type BarrierOutcome,
  type BarrierTerms,
  initialBarrier,
  leaseWaitMs,
  stepBarrier,
} from '../../src/coordination/barrier-core.ts';
import { initialLease, type LeaseInput, type LeaseTerms, stepLease } from '../../src/coordination/lease-core.ts';
import type { Change, NodeRecord, Position, RenewalAnswer } from '../../src/coordination/ports.ts';
import { hasReached } from '../../src/domain/position.ts';
import type { EventQueue } from './event-queue.ts';
import type { Network } from './network.ts';
import { nameOf, type Promises } from './promises.ts';
import type { Random } from './random.ts';
import type { Report } from './report.ts';
import { faultsEndMs, type NodeClock } from './schedule.ts';
import type { Store } from './store.ts';
import type { Variant } from './variant.ts';

/** The world around a node. */
export interface Surroundings {
  readonly variant: Variant;
  readonly terms: LeaseTerms & BarrierTerms;
  readonly queue: EventQueue;
  readonly random: Random;
  readonly store: Store;
  readonly network: Network;
  readonly promises: Promises;
  readonly report: Report;
  /** All nodes, including this one. */
  readonly nodes: readonly Node[];
}

/** A read whose result goes into the cache. */
interface Flight {
  readonly key: number;
  readonly waiters: Request[];
  isStale: boolean;
}

interface Request {
  readonly key: number;
  readonly sentAtMs: number;
  /**
   * The version that the request must not be answered below: the newest one reported for this node when the request was
   * sent, or the one that the request names.
   */
  readonly floor: number;
}

/** A command that waits at the barrier. */
interface PendingCommand {
  readonly key: number;
  readonly version: number;
  readonly position: Position;
  readonly sinceMs: number;
  readonly pauses: number;
}

const loadTimeoutMs = 250;

export class Node {
  readonly #world: Surroundings;
  readonly #index: number;
  readonly #originMs: number;
  /** Speed of its monotonic clock, relative to real time. */
  readonly rate: number;
  #wallOffsetMs: number;

  /** Number of the process. Messages to an earlier process are dropped. */
  life = 0;
  isUp = false;
  #lease = initialLease;
  #barrier = initialBarrier;
  #cache = new Map<number, number>();
  #flights = new Set<Flight>();
  #waits = new Map<number, PendingCommand>();
  #waitIds = 0;
  #leaseTimer = 0;
  #barrierTimer = 0;

  /** Messages that arrived while it was paused. */
  inbox: (() => void)[] = [];
  #pauses = 0;
  pausedUntilMs = 0;
  partitionedUntilMs = 0;
  halfPartitionedUntilMs = 0;
  deafUntilMs = 0;

  constructor(world: Surroundings, index: number, { rate, originMs, wallOffsetMs }: NodeClock) {
    this.#world = world;
    this.#index = index;
    this.#originMs = originMs;
    this.rate = rate;
    this.#wallOffsetMs = wallOffsetMs;
  }

  get #clockMs(): number {
    return this.#originMs + this.#world.queue.nowMs * this.rate;
  }

  get #wallMs(): number {
    return this.#world.queue.nowMs + this.#wallOffsetMs;
  }

  get #id(): string {
    return `${this.#index}.${this.life}`;
  }

  get #canServe(): boolean {
    return this.#world.variant === 'no_lease' || this.#clockMs < this.#lease.serveUntilMs;
  }

  log(what: string): void {
    this.#world.report.log(`node ${this.#index}`, what);
  }

  #fail(what: string): void {
    this.#world.report.fail(`node ${this.#index} ${what}`);
  }

  /** Fails if the node still waits, has no lease, or lacks a change, although all faults are long over. */
  expectRecovered(): void {
    const { revision } = this.#world.store.head;
    if (this.#waits.size > 0) this.#fail('still waits at a barrier long after all faults');
    else if (!this.#canServe) this.#fail('has no lease long after all faults');
    else if (this.#lease.position?.revision !== revision) {
      this.#fail(`is complete to ${this.#lease.position?.revision} and not to ${revision}`);
    }
  }

  // The lease.

  #feedLease(input: LeaseInput): void {
    const { variant, terms } = this.#world;
    if (input.kind === 'answered' && this.#lease.asked !== undefined) {
      const { asked } = this.#lease;
      if (variant === 'lease_from_answer') this.#lease = { ...this.#lease, asked: { ...asked, atMs: input.nowMs } };
      if (variant === 'late_answer_taken' && input.answer.kind === 'renewed')
        input = { ...input, number: asked.number };
    }
    const { state, effects } = stepLease(this.#lease, input, terms);
    this.#lease = state;
    if (variant === 'bound_begins_anew' && input.kind === 'tick' && state.isStoreOut && terms.serveCachedMs > 0) {
      this.#lease = { ...state, serveUntilMs: input.nowMs + terms.serveCachedMs };
    }
    for (const effect of effects) {
      switch (effect.kind) {
        case 'forget':
          for (const change of effect.changes) this.#forget(change);
          break;
        case 'forget_all':
          this.#cache.clear();
          for (const flight of this.#flights) flight.isStale = true;
          break;
        case 'take_new_id':
          this.#fail('got the answer that its id is taken');
          break;
        case 'renew':
          this.#renew(effect.number, effect.acknowledged);
          break;
        case 'wake': {
          const timer = ++this.#leaseTimer;
          this.#startTimer(effect.atMs - this.#clockMs, () => {
            if (timer === this.#leaseTimer) this.#feedLease({ kind: 'tick', nowMs: this.#clockMs });
          });
        }
      }
    }
  }

  #renew(number: number, acknowledged: Position | undefined): void {
    const { variant, terms, queue, random, store, network, nodes } = this.#world;
    const nodeId = this.#id;
    const wallLeaseEndMs = this.#wallMs + terms.leaseMs;
    let isTaken = false;
    let answer: RenewalAnswer = { kind: 'id_taken' };
    const record = () => {
      const { serveCachedMs } = terms;
      const put = store.put({ nodeId, nodeName: nodeId, number, acknowledged, serveCachedMs, wallLeaseEndMs });
      isTaken = put.isTaken;
      if (isTaken || put.before?.acknowledged?.revision === acknowledged?.revision) return;
      network.notify(nodes, (other) => other.#feedBarrier({ kind: 'hint', nowMs: other.#clockMs }));
    };
    const read = () => {
      const news = store.changesSince(acknowledged);
      answer = { kind: 'renewed', head: store.head, changes: variant === 'notification_trusted' ? [] : news };
    };
    const isReversed = variant === 'read_before_record';
    const steps = isReversed ? [read, record] : [record, read];
    const result = () => (isTaken ? ({ kind: 'id_taken' } as const) : answer);
    const onAnswer = (answer: RenewalAnswer) => {
      this.#feedLease({ kind: 'answered', number, answer, nowMs: this.#clockMs });
      if (this.#lease.position !== acknowledged) this.log(`complete to ${this.#lease.position?.revision}`);
    };
    // The wrong order shows seldom without a gap. With a gap on all nodes, acknowledgements are too late to show it
    // either.
    const hasGap = isReversed && queue.nowMs < faultsEndMs && !this.#canServe;
    network.call(this, [...steps, result], onAnswer, hasGap ? random.between(0, 400) : 0);
  }

  #forget(change: Pick<Change, 'digests'>): void {
    for (const digest of change.digests) {
      const key = Number(digest);
      this.#cache.delete(key);
      for (const flight of this.#flights) if (flight.key === key) flight.isStale = true;
    }
  }

  #startTimer(delayMs: number, run: () => void): void {
    this.#world.network.startTimer(this, delayMs, run);
  }

  // The barrier.

  #feedBarrier(input: BarrierInput): void {
    const { variant, terms, store, network } = this.#world;
    const { state, effects } = stepBarrier(this.#barrier, input, terms);
    this.#barrier = state;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'look': {
          const look = effect.number;
          network.call(this, [() => store.list()], (listed) => {
            const isRunning = ({ nodeId }: NodeRecord) =>
              variant !== 'wall_clock' || (store.nodeOf(nodeId)?.wallLeaseEndMs ?? 0) > this.#wallMs;
            const list = { ...listed, nodes: listed.nodes.filter(isRunning) };
            this.#feedBarrier({ kind: 'listed', look, list, nowMs: this.#clockMs });
          });
          break;
        }
        case 'conclude':
          this.#conclude(effect.id, effect.outcome);
          break;
        case 'remove': {
          const { nodeId, number } = effect;
          network.call(this, [() => store.remove(nodeId, number)], () => {});
          break;
        }
        case 'wake': {
          const timer = ++this.#barrierTimer;
          this.#startTimer(effect.atMs - this.#clockMs, () => {
            if (timer === this.#barrierTimer) this.#feedBarrier({ kind: 'tick', nowMs: this.#clockMs });
          });
        }
      }
    }
  }

  #conclude(id: number, outcome: BarrierOutcome): void {
    const { variant, terms, queue, promises, report } = this.#world;
    const wait = this.#waits.get(id);
    this.#waits.delete(id);
    if (wait === undefined) {
      this.#fail('ended a wait that did not exist');
      return;
    }
    const tookMs = this.#clockMs - wait.sinceMs;
    // One millisecond more for the timer, which the simulation may run late by that much.
    if (wait.pauses === this.#pauses && tookMs > leaseWaitMs(terms) + 2) {
      report.fail(`a command took ${tookMs.toFixed(0)} ms to return, more than a lease and its margins`);
    }
    if (outcome.kind === 'epoch_changed') {
      report.counts.epochChanged++;
      this.log('a command ends: the store failed over');
      return;
    }
    const { key, version } = wait;
    promises.announce(key, version, wait.position);
    if (outcome.kind === 'settled' || variant === 'bound_not_stated') {
      if (outcome.kind === 'settled' && outcome.lapsed.length > 0) report.counts.lapsed++;
      this.#return(key, version, tookMs);
      return;
    }
    report.counts.bounded++;
    const { unreached, forAtMostMs } = outcome;
    this.log(`a command ends: bounded by ${forAtMostMs.toFixed(0)} ms for ${unreached?.join(', ') ?? 'any'}`);
    promises.holdExcept(key, version, unreached);
    queue.add(queue.nowMs + forAtMostMs / this.rate, () => this.#return(key, version, tookMs));
  }

  #return(key: number, version: number, tookMs: number): void {
    this.#world.report.counts.returned++;
    this.log(`reports key ${key} version ${version} (${nameOf(version)}) after ${tookMs.toFixed(1)} ms`);
    this.#world.promises.holdEverywhere(key, version);
  }

  // Calls by clients.

  command(key: number, isOn: boolean): void {
    this.log(`gets the command to turn key ${key} ${isOn ? 'on' : 'off'}`);
    this.#world.network.deliver(this, this.life, () => this.#switch(key, isOn));
  }

  #switch(key: number, isOn: boolean): void {
    const { variant, store, network, nodes } = this.#world;
    const commit = () => {
      const committed = store.switch(key, isOn);
      const { change } = committed;
      if (change !== undefined) {
        network.notify(nodes, (other) => {
          if (variant === 'notification_trusted') other.#forget(change);
          other.#feedLease({ kind: 'hint', nowMs: other.#clockMs });
        });
      }
      return committed;
    };
    network.call(this, [commit], ({ position, version, change }) => {
      const isNew = change !== undefined;
      this.log(`knows that revision ${position.revision} is committed${isNew ? '' : ', nothing to do'}`);
      if (isNew) this.#forget(change);
      if (variant === 'no_barrier' || (variant === 'no_op_returns_at_once' && !isNew)) {
        this.#return(key, version, 0);
        return;
      }
      const id = ++this.#waitIds;
      const nowMs = this.#clockMs;
      this.#waits.set(id, { key, version, position, sinceMs: nowMs, pauses: this.#pauses });
      this.#feedBarrier({ kind: 'settle', id, position, nowMs });
      this.#feedLease({ kind: 'hint', nowMs });
    });
  }

  request(key: number, isBound: boolean): void {
    const { variant, queue, network, promises, report } = this.#world;
    report.counts.requests++;
    const wanted = isBound ? promises.knownRevisionOf(key) : undefined;
    const floor = Math.max(promises.floorOf(key, this.#id), wanted?.version ?? 0);
    const asked: Request = { key, sentAtMs: queue.nowMs, floor };
    network.deliver(this, this.life, () => {
      if (wanted?.mark !== undefined) {
        report.counts.bound++;
        const knows = this.#canServe && hasReached(this.#lease.position, wanted.mark);
        if (!knows && variant !== 'revision_not_asked_for') return this.#askStore(asked);
      }
      const version = this.#cache.get(key);
      if (version !== undefined && this.#canServe) return this.#answer(asked, version, 'cache');
      const running = [...this.#flights].find((flight) => flight.key === key);
      if (running !== undefined && (this.#canServe || variant === 'joins_without_lease')) {
        running.waiters.push(asked);
        return;
      }
      const flight: Flight = { key, waiters: [asked], isStale: false };
      this.#flights.add(flight);
      this.#fill(flight);
      this.#startTimer(loadTimeoutMs, () => {
        if (this.#flights.delete(flight)) report.counts.unavailable += flight.waiters.length;
      });
    });
  }

  /** Reads for this request only, without caching the result. */
  #askStore(asked: Request): void {
    const { store, network, report } = this.#world;
    let isOver = false;
    network.call(this, [() => store.versionOf(asked.key)], (version) => {
      if (!isOver) this.#answer(asked, version, 'store');
      isOver = true;
    });
    this.#startTimer(loadTimeoutMs, () => {
      if (!isOver) report.counts.unavailable++;
      isOver = true;
    });
  }

  #fill(flight: Flight): void {
    const { variant, store, network, report } = this.#world;
    flight.isStale = false;
    network.call(this, [() => store.versionOf(flight.key)], (version) => {
      if (!this.#flights.has(flight)) return;
      if (flight.isStale && variant !== 'no_generation') {
        report.counts.staleFills++;
        this.#fill(flight);
        return;
      }
      this.#flights.delete(flight);
      this.#cache.set(flight.key, version);
      this.log(`fills key ${flight.key} version ${version}`);
      for (const waiter of flight.waiters) this.#answer(waiter, version, 'store');
    });
  }

  #answer({ key, sentAtMs, floor }: Request, version: number, from: 'cache' | 'store'): void {
    const { counts } = this.#world.report;
    if (from === 'cache') counts.fromCache++;
    else counts.fromStore++;
    if (from === 'cache' && this.#clockMs >= this.#lease.leaseEndsAtMs) counts.servedCached++;
    const what = `${nameOf(version)} for key ${key} (version ${version}, ${from})`;
    this.log(`answers ${what} to a request of ${sentAtMs.toFixed(1)} ms`);
    if (version >= floor) return;
    this.#fail(
      `answered ${nameOf(version)} for key ${key} (version ${version}, from its ${from}) to a request sent at ` +
        `${sentAtMs.toFixed(1)} ms, when version ${floor} (${nameOf(floor)}) had been reported`,
    );
  }

  // Faults.

  boot(): void {
    this.life++;
    this.isUp = true;
    this.#lease = initialLease;
    this.#barrier = initialBarrier;
    this.#cache = new Map();
    this.#flights = new Set();
    this.#waits = new Map();
    this.inbox = [];
    this.pausedUntilMs = 0;
    this.log(`starts as ${this.#id}`);
    this.#feedLease({ kind: 'tick', nowMs: this.#clockMs });
    this.#sweepLater();
  }

  #sweepLater(): void {
    this.#startTimer(this.#world.random.between(200, 1_500), () => {
      this.#feedBarrier({ kind: 'sweep', nowMs: this.#clockMs });
      this.#sweepLater();
    });
  }

  /** The process ends, and a new one starts after `forMs`. */
  crash(forMs: number): void {
    const { queue } = this.#world;
    this.isUp = false;
    const { life } = this;
    queue.add(queue.nowMs + forMs, () => {
      if (this.life === life) this.boot();
    });
  }

  /** Like `crash`, but the node first removes its record from the store. */
  leave(forMs: number): void {
    const { queue, store, network } = this.#world;
    if (queue.nowMs < this.pausedUntilMs) return;
    this.#feedLease({ kind: 'leave' });
    const nodeId = this.#id;
    const { number } = this.#lease;
    network.call(this, [() => store.remove(nodeId, number)], () => {});
    this.crash(forMs);
  }

  pause(forMs: number): void {
    const { queue } = this.#world;
    const untilMs = queue.nowMs + forMs;
    this.#pauses++;
    this.pausedUntilMs = Math.max(this.pausedUntilMs, untilMs);
    queue.add(untilMs, () => this.#resume());
  }

  #resume(): void {
    const { queue, random, network } = this.#world;
    if (queue.nowMs < this.pausedUntilMs) return;
    // The messages that arrived meanwhile are handled in any order.
    const piled = this.inbox.splice(0);
    this.log(`wakes to ${piled.length} events`);
    while (piled.length > 0) {
      const [run] = piled.splice(random.below(piled.length), 1);
      network.deliver(this, this.life, run as () => void);
    }
  }

  setWallClock(byMs: number): void {
    this.#wallOffsetMs += byMs;
    this.log(`wall clock set by ${byMs} ms`);
  }
}
