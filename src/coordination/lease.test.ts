// Leases and the barrier at work: two nodes on one store in memory, with time and faults by hand.
import { describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../domain/clock.ts';
import { createBarrier } from './barrier.ts';
import { createNodeLease, type NodeLeaseOptions } from './lease.ts';
import { createHolderClock } from './monotonic-clock.ts';
import type { Change, LeaseStore, NodeRecord, Position, Renewal, Timer } from './ports.ts';

/** Timers that run when a test moves their clock. */
function createTimers(clock: ManualClock) {
  const pending = new Set<{ readonly atMs: number; readonly run: () => void }>();
  const timer: Timer = {
    start(delayMs, run) {
      const entry = { atMs: clock.nowMs() + delayMs, run };
      pending.add(entry);
      return () => pending.delete(entry);
    },
  };
  return {
    timer,
    /** Moves time in small steps, and runs what follows from each. */
    async pass(ms: number) {
      for (const endMs = clock.nowMs() + ms; clock.nowMs() < endMs; ) {
        clock.advance(Math.min(5, endMs - clock.nowMs()));
        for (const entry of [...pending].filter(({ atMs }) => atMs <= clock.nowMs())) {
          if (pending.delete(entry)) entry.run();
        }
        await settleAll();
      }
    },
  };
}

/** Lets every promise settle that can. */
const settleAll = () => new Promise(setImmediate);

/** A lease store in memory. */
function createMemoryStore() {
  const nodes = new Map<string, NodeRecord>();
  const changes: Change[] = [];
  const changed = new Set<() => void>();
  const acknowledged = new Set<() => void>();
  const unreachable = new Set<string>();
  const head = (): Position => ({ epoch: 'a', revision: changes.length });
  const subscribe = (listeners: Set<() => void>) => (run: () => void) => {
    listeners.add(run);
    return () => listeners.delete(run);
  };
  const store: LeaseStore = {
    async renew({ nodeName, ...renewal }: Renewal) {
      if (unreachable.has(nodeName)) throw new Error('no way to the store');
      const { nodeId, number } = renewal;
      if ((nodes.get(nodeId)?.number ?? 0) >= number) return { kind: 'id_taken' };
      nodes.set(nodeId, { nodeName, ...renewal });
      for (const run of acknowledged) run();
      const since = renewal.acknowledged;
      return { kind: 'renewed', head: head(), changes: since && changes.slice(since.revision) };
    },
    async listNodes() {
      if (unreachable.has('barrier')) throw new Error('no way to the store');
      return { epoch: 'a', nodes: [...nodes.values()] };
    },
    async removeNode(nodeId, number) {
      if (nodes.get(nodeId)?.number === number) nodes.delete(nodeId);
    },
  };
  return {
    store,
    nodes,
    unreachable,
    notifications: { onChanged: subscribe(changed), onAcknowledged: subscribe(acknowledged) },
    commit(change: Omit<Change, 'revision'>): Position {
      changes.push({ revision: changes.length + 1, ...change });
      for (const run of changed) run();
      return head();
    },
  };
}

function createSetting() {
  const clock = createManualClock(5_000);
  const { timer, pass } = createTimers(clock);
  const memory = createMemoryStore();
  const { store, notifications } = memory;
  const faults: unknown[] = [];
  const onFault = (error: unknown) => faults.push(error);

  async function join(nodeName: string, options: Partial<NodeLeaseOptions> = {}) {
    const forgotten: string[] = [];
    const cache = {
      forget: ({ digests, orgIds }: Pick<Change, 'digests' | 'orgIds'>) => forgotten.push(...digests, ...orgIds),
      forgetAll: () => forgotten.push('all'),
    };
    const lease = createNodeLease({ store, notifications, cache, nodeName, onFault, clock, timer, ...options });
    await lease.join();
    await settleAll();
    return { lease, forgotten };
  }
  const barrier = createBarrier({ store, notifications, onFault, clock, timer });
  return { ...memory, clock, timer, pass, faults, join, barrier };
}

describe('a node lease', () => {
  test('is there once the node has joined, and is kept', async () => {
    const { join, pass, nodes } = createSetting();
    const { lease, forgotten } = await join('x');
    expect(lease.canServeCached()).toBe(true);
    expect(lease.standing).toBe('leased');
    expect(forgotten).toEqual(['all']);
    await pass(5_000);
    expect(lease.canServeCached()).toBe(true);
    expect(nodes.get(lease.nodeId)?.number).toBeGreaterThan(18);
  });

  test('ends with the connection, and comes back with it', async () => {
    const { join, pass, unreachable, faults } = createSetting();
    const { lease } = await join('x');
    expect(lease.remainingMs).toBeGreaterThan(600);
    expect(lease.failures).toBe(0);
    unreachable.add('x');
    await pass(700);
    expect(lease.canServeCached()).toBe(true);
    expect(lease.remainingMs).toBeLessThan(400);
    await pass(300);
    expect(lease.canServeCached()).toBe(false);
    expect(lease.remainingMs).toBe(0);
    await pass(3_000);
    expect(faults).toHaveLength(1);
    expect(lease.failures).toBeGreaterThan(1);
    unreachable.delete('x');
    await pass(300);
    expect(lease.canServeCached()).toBe(true);
    expect(lease.remainingMs).toBeGreaterThan(600);
  });

  test('ends while the process stands still: the first thing it does is to see that', async () => {
    const { join, clock } = createSetting();
    const { lease } = await join('x');
    clock.advance(30_000);
    expect(lease.canServeCached()).toBe(false);
  });

  test('serves cached beyond its end when it may, for so long', async () => {
    const { join, pass, unreachable } = createSetting();
    const { lease } = await join('x', { serveCachedMs: 3_000 });
    unreachable.add('x');
    await pass(2_000);
    expect(lease.standing).toBe('serving_cached');
    expect(lease.canServeCached()).toBe(true);
    await pass(2_000);
    expect(lease.canServeCached()).toBe(false);
  });

  test('says what changed to the cache at once, and what is forgotten is acknowledged', async () => {
    const { join, commit, nodes } = createSetting();
    const { lease, forgotten } = await join('x');
    const position = commit({ digests: ['d1', 'd2'], orgIds: ['org_1'] });
    await settleAll();
    expect(forgotten).toEqual(['all', 'd1', 'd2', 'org_1']);
    expect(nodes.get(lease.nodeId)?.acknowledged).toEqual(position);
    expect(lease.position).toEqual(position);
  });

  test('leaves: it serves nothing from then on, and no change waits for it', async () => {
    const { join, pass, nodes } = createSetting();
    const { lease } = await join('x');
    const left = lease.leave();
    expect(lease.canServeCached()).toBe(false);
    await left;
    expect(nodes.size).toBe(0);
    await pass(1_000);
    expect(nodes.size).toBe(0);
  });

  test('two processes with one id, such as copies of a machine: one takes another id', async () => {
    const { join, pass, nodes } = createSetting();
    const { lease, forgotten } = await join('x');
    const { nodeId } = lease;
    const record = nodes.get(nodeId);
    if (record === undefined) throw new Error('the node is not on record');
    nodes.set(nodeId, { ...record, number: record.number + 7 });
    await pass(300);
    expect(lease.nodeId).not.toBe(nodeId);
    expect(forgotten).toEqual(['all', 'all', 'all']);
    expect(lease.canServeCached()).toBe(true);
  });

  test.each([{ leaseMs: 0 }, { renewEveryMs: 501 }, { renewEveryMs: 0 }, { serveCachedMs: -1 }])(
    'times that do not fit are refused: %o',
    async (terms) => {
      await expect(createSetting().join('x', terms)).rejects.toThrow(TypeError);
    },
  );
});

describe('the barrier', () => {
  test('lets a change be reported once all nodes have forgotten, without waiting for any timer', async () => {
    const { join, commit, barrier } = createSetting();
    const nodes = [await join('x'), await join('y'), await join('z')];
    const outcome = await barrier.settled(commit({ digests: ['d'], orgIds: [] }));
    expect(outcome).toEqual({ kind: 'settled', lapsed: [] });
    for (const { forgotten } of nodes) expect(forgotten).toContain('d');
  });

  test('without notifications, waits for the next renewal and looks by itself', async () => {
    const { join, commit, pass, store, clock, timer } = createSetting();
    const { lease } = await join('x', { notifications: undefined });
    const barrier = createBarrier({ store, onFault: () => undefined, clock, timer });
    const settled = barrier.settled(commit({ digests: ['d'], orgIds: [] }));
    await pass(300);
    expect(await settled).toEqual({ kind: 'settled', lapsed: [] });
    expect(lease.position?.revision).toBe(1);
  });

  test('waits out the lease of a node that is cut off, which by then serves nothing', async () => {
    const { join, commit, pass, barrier, unreachable, clock } = createSetting();
    const cutOff = await join('x');
    await join('y');
    unreachable.add('x');
    const startedAtMs = clock.nowMs();
    const settled = barrier.settled(commit({ digests: ['d'], orgIds: [] })).then((outcome) => {
      return { outcome, tookMs: clock.nowMs() - startedAtMs, couldServe: cutOff.lease.canServeCached() };
    });
    await pass(1_100);
    const { outcome, tookMs, couldServe } = await settled;
    expect(outcome).toEqual({ kind: 'settled', lapsed: [cutOff.lease.nodeId] });
    expect(couldServe).toBe(false);
    expect(tookMs).toBeGreaterThan(900);
    expect(tookMs).toBeLessThanOrEqual(1_070);
  });

  test('ends when the store stops answering', async () => {
    const { join, commit, pass, barrier, unreachable, faults } = createSetting();
    const { lease } = await join('x');
    const position = commit({ digests: ['d'], orgIds: [] });
    for (const name of ['x', 'barrier']) unreachable.add(name);
    const settled = barrier.settled(position);
    await pass(1_100);
    expect(await settled).toEqual({ kind: 'settled', lapsed: [] });
    expect(lease.canServeCached()).toBe(false);
    // One from the lease and one from the barrier, however often they tried.
    expect(faults).toHaveLength(2);
  });

  test('many at once all end', async () => {
    const { join, commit, barrier } = createSetting();
    await join('x');
    const changes = Array.from({ length: 50 }, (_, index) => commit({ digests: [`d${index}`], orgIds: [] }));
    const outcomes = await Promise.all(changes.map((position) => barrier.settled(position)));
    expect(outcomes.every(({ kind }) => kind === 'settled')).toBe(true);
  });
});

describe("the holder's clock", () => {
  test('leaps with the wall clock over a suspension, and does not go back with it', () => {
    const monotonic = createManualClock(100);
    const wall = createManualClock(1_000_000);
    const clock = createHolderClock(monotonic, wall);
    const startMs = clock.nowMs();
    for (const each of [monotonic, wall]) each.advance(10);
    expect(clock.nowMs() - startMs).toBe(10);
    wall.advance(3_600_000);
    expect(clock.nowMs() - startMs).toBe(3_600_010);
    wall.set(0);
    monotonic.advance(5);
    expect(clock.nowMs() - startMs).toBe(3_600_015);
  });
});
