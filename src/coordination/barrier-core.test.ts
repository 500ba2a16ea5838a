// The barrier's state machine: which nodes it waits for, how long, and how it reports those that it could not reach.
import { describe, expect, test } from 'vitest';
import {
  type BarrierEffect,
  type BarrierInput,
  type BarrierOutcome,
  type BarrierTerms,
  initialBarrier,
  leaseWaitMs,
  stepBarrier,
} from './barrier-core.ts';
import type { NodeRecord } from './ports.ts';

const terms: BarrierTerms = {
  leaseMs: 1_000,
  serveCachedMs: 0,
  marginMs: 50,
  pollEveryMs: 20,
  requestTimeoutMs: 500,
};

function node(nodeId: string, revision: number | undefined, number = 1, fields: Partial<NodeRecord> = {}): NodeRecord {
  const acknowledged = revision === undefined ? undefined : { epoch: 'a', revision };
  return { nodeId, nodeName: nodeId, number, acknowledged, serveCachedMs: 0, ...fields };
}

/** A barrier that a test feeds by hand, with its effects since the last `take`. */
function createBarrierByHand(with_: BarrierTerms = terms) {
  let state = initialBarrier;
  let done: BarrierEffect[] = [];
  const feed = (input: BarrierInput) => {
    const stepped = stepBarrier(state, input, with_);
    state = stepped.state;
    done.push(...stepped.effects);
  };
  return {
    feed,
    settle: (id: number, revision: number, nowMs: number) =>
      feed({ kind: 'settle', id, position: { epoch: 'a', revision }, nowMs }),
    /** Answers the look under way. */
    list: (nodes: readonly NodeRecord[], nowMs: number, epoch = 'a') =>
      feed({ kind: 'listed', look: state.looks, list: { epoch, nodes }, nowMs }),
    take() {
      const taken = done;
      done = [];
      return taken;
    },
    outcomes(): BarrierOutcome[] {
      return this.take().flatMap((effect) => (effect.kind === 'conclude' ? [effect.outcome] : []));
    },
  };
}

describe('the barrier', () => {
  test('ends when every node has acknowledged', () => {
    const barrier = createBarrierByHand();
    barrier.settle(1, 7, 0);
    barrier.list([node('x', 6), node('y', 7)], 5);
    expect(barrier.outcomes()).toEqual([]);
    barrier.feed({ kind: 'hint', nowMs: 8 });
    barrier.list([node('x', 7), node('y', 7)], 10);
    expect(barrier.outcomes()).toEqual([{ kind: 'settled', lapsed: [] }]);
  });

  test('does not believe a look that began before the commit', () => {
    const barrier = createBarrierByHand();
    barrier.settle(1, 7, 0);
    barrier.settle(2, 8, 3);
    // Answers the first look, which began before the second change.
    barrier.list([node('x', 8)], 5);
    expect(barrier.outcomes()).toEqual([{ kind: 'settled', lapsed: [] }]);
    barrier.list([node('x', 8), node('y', 7)], 8);
    expect(barrier.outcomes()).toEqual([]);
  });

  test('waits for a silent node a lease and the margins, then removes it and waits for it no more', () => {
    const barrier = createBarrierByHand();
    barrier.settle(1, 7, 0);
    barrier.list([node('x', 6)], 5);
    barrier.feed({ kind: 'tick', nowMs: 1_059 });
    expect(barrier.outcomes()).toEqual([]);
    expect(leaseWaitMs(terms)).toBe(1_060);
    barrier.feed({ kind: 'tick', nowMs: 1_060 });
    expect(barrier.outcomes()).toEqual([{ kind: 'settled', lapsed: ['x'] }]);

    barrier.settle(2, 8, 2_000);
    barrier.list([node('x', 6)], 2_005);
    const effects = barrier.take();
    expect(effects).toContainEqual({ kind: 'remove', nodeId: 'x', number: 1 });
    expect(effects).toContainEqual({ kind: 'conclude', id: 2, outcome: { kind: 'settled', lapsed: ['x'] } });
  });

  test('has waited for a silent node already while a change was waiting for another, where it looked meanwhile', () => {
    const barrier = createBarrierByHand();
    for (let nowMs = 0; nowMs <= 1_000; nowMs += 250) {
      barrier.feed({ kind: 'sweep', nowMs });
      barrier.list([node('x', 6)], nowMs);
    }
    barrier.settle(1, 7, 1_010);
    barrier.list([node('x', 6)], 1_015);
    barrier.feed({ kind: 'tick', nowMs: leaseWaitMs(terms) - 1 });
    expect(barrier.outcomes()).toEqual([]);
    barrier.feed({ kind: 'tick', nowMs: leaseWaitMs(terms) });
    expect(barrier.outcomes()).toEqual([{ kind: 'settled', lapsed: ['x'] }]);
  });

  test('waits anew for a silent node that has renewed since it was last seen', () => {
    const barrier = createBarrierByHand();
    barrier.settle(1, 7, 0);
    barrier.list([node('x', 6, 1)], 5);
    barrier.feed({ kind: 'tick', nowMs: 1_060 });
    barrier.take();
    barrier.settle(2, 8, 2_000);
    barrier.list([node('x', 7, 2)], 2_005);
    expect(barrier.take().filter(({ kind }) => kind === 'conclude' || kind === 'remove')).toEqual([]);
  });

  test('is not held up by renewals whose answers never arrive: they were recorded after the change', () => {
    const barrier = createBarrierByHand();
    barrier.settle(1, 7, 0);
    for (let number = 1; number <= 10; number++) {
      barrier.list([node('x', 6, number)], number * 100);
      barrier.feed({ kind: 'tick', nowMs: number * 100 + 50 });
    }
    expect(barrier.outcomes()).toEqual([]);
    barrier.feed({ kind: 'tick', nowMs: 1_060 });
    expect(barrier.outcomes()).toEqual([{ kind: 'settled', lapsed: ['x'] }]);
  });

  test('does not wait for who joins later, nor for who leaves', () => {
    const barrier = createBarrierByHand();
    barrier.settle(1, 7, 0);
    barrier.list([node('x', 6), node('y', 6)], 5);
    barrier.feed({ kind: 'hint', nowMs: 6 });
    barrier.list([node('x', 7), node('z', undefined)], 10);
    expect(barrier.outcomes()).toEqual([{ kind: 'settled', lapsed: [] }]);
  });

  test('ends by the clock when the store falls silent, asking again meanwhile', () => {
    const barrier = createBarrierByHand();
    barrier.settle(1, 7, 0);
    barrier.feed({ kind: 'failed', look: 1, nowMs: 5 });
    barrier.feed({ kind: 'tick', nowMs: 25 });
    expect(barrier.take().filter(({ kind }) => kind === 'look')).toHaveLength(2);
    barrier.feed({ kind: 'tick', nowMs: 1_060 });
    expect(barrier.outcomes()).toEqual([{ kind: 'settled', lapsed: [] }]);
  });

  test('says when the store is another one: acknowledgements of one history count for no other', () => {
    const barrier = createBarrierByHand();
    barrier.settle(1, 7, 0);
    barrier.list([node('x', 9)], 5, 'b');
    expect(barrier.outcomes()).toEqual([{ kind: 'epoch_changed' }]);
    barrier.settle(2, 7, 10);
    barrier.list([node('x', 9, 1, { acknowledged: { epoch: 'b', revision: 9 } })], 15);
    expect(barrier.outcomes()).toEqual([]);
  });
});

describe('nodes that serve cached', () => {
  test('are named with the time that they may go on, and that shrinks', () => {
    const barrier = createBarrierByHand();
    const generous = node('x', 6, 1, { serveCachedMs: 10_000 });
    barrier.settle(1, 7, 0);
    barrier.list([generous, node('y', 6)], 5);
    barrier.feed({ kind: 'tick', nowMs: 1_060 });
    expect(barrier.outcomes()).toEqual([{ kind: 'bounded', unreached: ['x'], forAtMostMs: 10_100 }]);
    barrier.settle(2, 8, 5_000);
    barrier.list([generous], 5_000);
    expect(barrier.outcomes()).toEqual([{ kind: 'bounded', unreached: ['x'], forAtMostMs: 6_165 }]);
  });

  test('are unknown when the store could not be asked', () => {
    const barrier = createBarrierByHand({ ...terms, serveCachedMs: 10_000 });
    barrier.settle(1, 7, 0);
    barrier.feed({ kind: 'tick', nowMs: 1_060 });
    expect(barrier.outcomes()).toEqual([{ kind: 'bounded', unreached: undefined, forAtMostMs: 10_100 }]);
  });
});

describe('a sweep', () => {
  test('removes, in two looks that are a lease and its margins apart, the record of a node that is gone', () => {
    const barrier = createBarrierByHand();
    const sweep = (nowMs: number, nodes: readonly NodeRecord[]) => {
      barrier.feed({ kind: 'sweep', nowMs });
      barrier.list(nodes, nowMs + 1);
      return barrier.take();
    };
    expect(sweep(0, [node('x', 6, 3), node('y', 7, 10)])).toEqual([{ kind: 'look', number: 1 }]);
    expect(sweep(leaseWaitMs(terms) - 1, [node('x', 6, 3), node('y', 7, 14)])).toEqual([{ kind: 'look', number: 2 }]);
    expect(sweep(leaseWaitMs(terms), [node('x', 6, 3), node('y', 7, 15)])).toEqual([
      { kind: 'look', number: 3 },
      { kind: 'remove', nodeId: 'x', number: 3 },
    ]);
  });

  test('leaves a node that may serve cached until it can do so no more', () => {
    const barrier = createBarrierByHand();
    const sweep = (nowMs: number) => {
      barrier.feed({ kind: 'sweep', nowMs });
      barrier.list([node('x', 6, 3, { serveCachedMs: 10_000 })], nowMs);
      return barrier.take().filter(({ kind }) => kind === 'remove').length;
    };
    expect([0, 5_000, 11_100, leaseWaitMs(terms) + 10_100].map(sweep)).toEqual([0, 0, 0, 1]);
  });

  test('does not ask again while it waits for an answer, but for one that is given up', () => {
    const barrier = createBarrierByHand();
    for (const nowMs of [0, 499, 500]) barrier.feed({ kind: 'sweep', nowMs });
    expect(barrier.take()).toEqual([
      { kind: 'look', number: 1 },
      { kind: 'look', number: 2 },
    ]);
  });

  test('under way when a change is committed is not taken for a look after it', () => {
    const barrier = createBarrierByHand();
    barrier.feed({ kind: 'sweep', nowMs: 0 });
    barrier.settle(1, 7, 1);
    barrier.list([], 2);
    expect(barrier.outcomes()).toEqual([]);
    barrier.list([node('x', 7)], 3);
    expect(barrier.outcomes()).toEqual([{ kind: 'settled', lapsed: [] }]);
  });
});
