// The pruner: rounds, pauses, one node at a time, failures, the end.
import { expect, test } from 'vitest';
import { createManualClock } from '../domain/clock.ts';
import { oneDayMs, oneHourMs } from '../domain/durations.ts';
import type { Timer } from '../engine/flush-loop.ts';
import type { Pruned, PruneStep } from './ports.ts';
import { startPruner } from './pruner.ts';

const startMs = Date.UTC(2027, 5, 15, 10, 30);

/** A timer whose delays the test ends. */
function createHandTimer() {
  let due: (() => void) | undefined;
  const delaysMs: number[] = [];
  const waiting: (() => void)[] = [];
  const timer: Timer = {
    start(delayMs, run) {
      delaysMs.push(delayMs);
      due = run;
      waiting.shift()?.();
      return () => {
        due = undefined;
      };
    },
  };
  return {
    timer,
    delaysMs,
    isDue: () => due !== undefined,
    /** Ends the delay in progress. Resolves when the next one begins. */
    fire(): Promise<void> {
      const begun = new Promise<void>((resolve) => waiting.push(resolve));
      const run = due;
      due = undefined;
      run?.();
      return begun;
    },
  };
}

/** A store with this many old rows, of which a step removes ten. */
function createStore(rows: Partial<Record<PruneStep['kind'], number>>) {
  const steps: PruneStep[] = [];
  const calls: string[] = [];
  const state = { isTaken: false, error: undefined as Error | undefined };
  return {
    steps,
    calls,
    state,
    rows,
    store: {
      async claim(_holder: string, nowMs: number, untilMs: number) {
        calls.push(`claim ${untilMs - nowMs}`);
        return !state.isTaken;
      },
      async release() {
        calls.push('release');
      },
      async prune(step: PruneStep): Promise<Pruned> {
        if (state.error !== undefined) throw state.error;
        steps.push(step);
        const removed = Math.min(10, rows[step.kind] ?? 0);
        rows[step.kind] = (rows[step.kind] ?? 0) - removed;
        return { removed, next: removed === 10 ? step : undefined };
      },
    },
  };
}

function start(rows: Parameters<typeof createStore>[0], days = {}) {
  const hand = createHandTimer();
  const clock = createManualClock(startMs);
  const { store, ...scripted } = createStore(rows);
  const reports: unknown[] = [];
  const faults: unknown[] = [];
  const pruner = startPruner({
    store,
    days: {
      usageDays: 31,
      addressDays: undefined,
      denialDays: 7,
      auditDays: undefined,
      removesUnarchivedAudit: false,
      ...days,
    },
    clock,
    timer: hand.timer,
    finishDeletions: async () => {
      scripted.calls.push('finish deletions');
      if (scripted.state.error !== undefined) throw scripted.state.error;
    },
    onRemoved: (removed) => reports.push(removed),
    onFault: (error) => faults.push(error),
  });
  return { ...scripted, hand, clock, reports, faults, pruner };
}

test('begins a minute after the start, pauses after each step, and comes again in an hour', async () => {
  const { hand, steps, calls, reports, pruner } = start({ usage: 25, denials: 3 });
  expect(hand.delaysMs).toEqual([60_000]);
  await hand.fire();
  await hand.fire();
  expect(steps).toHaveLength(2);
  await hand.fire();
  expect(hand.delaysMs.at(-1)).toBe(oneHourMs);
  for (const pauseMs of hand.delaysMs.slice(1, -1)) {
    expect(pauseMs).toBeGreaterThanOrEqual(20);
    expect(pauseMs).toBeLessThanOrEqual(2_000);
  }
  expect(steps.map(({ kind }) => kind)).toEqual(['usage', 'usage', 'usage', 'addresses', 'denials']);
  // Usage goes by whole days, denials to the millisecond.
  expect(steps[0]?.beforeMs).toBe(Date.UTC(2027, 4, 15));
  expect(steps[3]?.beforeMs).toBe(steps[0]?.beforeMs);
  expect(steps[4]?.beforeMs).toBe(startMs - 7 * oneDayMs);
  expect(calls).toEqual(['claim 300000', 'finish deletions', 'release']);
  expect(reports).toEqual([{ usage: 25, denials: 3 }]);
  expect(pruner.counts).toEqual({ removed: { usage: 25, addresses: 0, denials: 3, audit: 0 }, failures: 0 });

  // A round that removes nothing says nothing.
  await hand.fire();
  expect(reports).toHaveLength(1);
  await pruner.close();
  expect(hand.isDue()).toBe(false);
});

test('removes audit entries by whole days, and only archived ones unless told otherwise', async () => {
  for (const removesUnarchivedAudit of [false, true]) {
    const days = { usageDays: undefined, denialDays: undefined, auditDays: 90, removesUnarchivedAudit };
    const { hand, steps, pruner } = start({ audit: 3 }, days);
    await hand.fire();
    const [beforeMs, removesUnarchived] = [Date.UTC(2027, 2, 17), removesUnarchivedAudit];
    expect(steps).toEqual([{ kind: 'audit', beforeMs, removesUnarchived, nowMs: startMs }]);
    await pruner.close();
  }
});

test('leaves alone what is kept forever', async () => {
  const { hand, steps, pruner } = start({ usage: 5, denials: 5 }, { usageDays: undefined, denialDays: undefined });
  await hand.fire();
  expect(steps).toEqual([]);
  await pruner.close();
});

test('leaves a round to the node that has the right', async () => {
  const { hand, steps, calls, state, pruner } = start({ usage: 5 });
  state.isTaken = true;
  await hand.fire();
  expect(steps).toEqual([]);
  expect(calls).toEqual(['claim 300000']);
  expect(hand.delaysMs.at(-1)).toBe(oneHourMs);
  state.isTaken = false;
  await hand.fire();
  expect(steps).toHaveLength(3);
  await pruner.close();
});

test('prolongs the right in a long round, and stops when another node has taken it', async () => {
  const { hand, clock, steps, calls, state, pruner } = start({ usage: 1000 });
  await hand.fire();
  clock.advance(150_000);
  await hand.fire();
  await hand.fire();
  expect(calls).toEqual(['claim 300000', 'finish deletions', 'claim 300000']);
  clock.advance(600_000);
  state.isTaken = true;
  await hand.fire();
  const done = steps.length;
  expect(hand.delaysMs.at(-1)).toBe(oneHourMs);
  expect(steps).toHaveLength(done);
  await pruner.close();
});

test('reports and counts a failure, with what was removed before it, and tries again soon', async () => {
  const { hand, state, reports, faults, pruner } = start({ usage: 25 });
  await hand.fire();
  state.error = new Error('the disk is full');
  await hand.fire();
  expect(faults).toEqual([state.error]);
  expect(reports).toEqual([{ usage: 10 }]);
  expect(pruner.counts).toMatchObject({ removed: { usage: 10 }, failures: 1 });
  expect(hand.delaysMs.at(-1)).toBe(300_000);
  state.error = undefined;
  await hand.fire();
  await hand.fire();
  await hand.fire();
  expect(pruner.counts.removed.usage).toBe(25);
  await pruner.close();
});

test('closes in the middle of a round', async () => {
  const { hand, steps, calls, reports, pruner } = start({ usage: 1000 });
  await hand.fire();
  await pruner.close();
  expect(steps).toHaveLength(1);
  expect(calls.at(-1)).toBe('release');
  expect(reports).toEqual([{ usage: 10 }]);
  expect(hand.isDue()).toBe(false);
});
