// The flush loop: one write within the interval, kept batches after a failure, a last flush on close.
import { describe, expect, test } from 'vitest';
import { FlushLoop, type Timer } from './flush-loop.ts';

function createHandTimer() {
  let due: (() => void) | undefined;
  const delaysMs: number[] = [];
  const timer: Timer = {
    start(delayMs, run) {
      delaysMs.push(delayMs);
      due = run;
      return () => {
        due = undefined;
      };
    },
  };
  return {
    timer,
    delaysMs,
    isDue: () => due !== undefined,
    fire() {
      const run = due;
      due = undefined;
      run?.();
    },
  };
}

function createLoop(
  write: (batch: number[]) => Promise<void>,
  limits: { intervalMs?: number; maxIntervalMs?: number } = {},
) {
  const hand = createHandTimer();
  let gathered: number[] = [];
  const faults: unknown[] = [];
  const loop = new FlushLoop<number[]>({
    take() {
      const batch = gathered;
      gathered = [];
      return batch.length === 0 ? undefined : batch;
    },
    write,
    onFault: (error) => faults.push(error),
    timer: hand.timer,
    ...limits,
  });
  return { loop, hand, faults, gather: (event: number) => gathered.push(event) };
}

describe('FlushLoop', () => {
  test('writes once for many events', async () => {
    const written: number[][] = [];
    const { loop, hand, gather } = createLoop(async (batch) => {
      written.push(batch);
    });
    for (const event of [1, 2, 3]) {
      gather(event);
      loop.wake();
    }
    hand.fire();
    await loop.flush();
    expect(written).toEqual([[1, 2, 3]]);
    expect(hand.isDue()).toBe(false);
  });

  test('keeps a failed batch unchanged and writes it before later events', async () => {
    const written: number[][] = [];
    let isDown = true;
    const { loop, hand, gather, faults } = createLoop(async (batch) => {
      if (isDown) throw new Error('down');
      written.push(batch);
    });
    gather(1);
    await expect(loop.flush()).rejects.toThrow('down');
    gather(2);
    await expect(loop.flush()).rejects.toThrow('down');
    isDown = false;
    loop.wake();
    hand.fire();
    await loop.flush();
    expect(written).toEqual([[1], [2]]);
    expect(faults).toHaveLength(2);
  });

  test('runs again by itself after a failure', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let tries = 0;
    const { loop, hand, gather } = createLoop(async () => {
      tries++;
      if (tries === 1) throw new Error('down');
      resolve();
    });
    gather(1);
    loop.wake();
    hand.fire();
    while (!hand.isDue()) await new Promise(setImmediate);
    hand.fire();
    await promise;
    expect(tries).toBe(2);
  });

  test('a flush that begins during another one writes the events that the other did not take', async () => {
    const written: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const { loop, gather } = createLoop(async (batch) => {
      await gate.promise;
      written.push(batch);
    });
    gather(1);
    const first = loop.flush();
    gather(2);
    const second = loop.flush();
    gate.resolve();
    await Promise.all([first, second]);
    expect(written).toEqual([[1], [2]]);
  });

  test('waits longer after a slower write, within its bounds, and only the minimum after a failure', async () => {
    let costMs = 0;
    const { loop, hand, gather } = createLoop(
      async () => {
        const end = performance.now() + costMs;
        while (performance.now() < end);
        if (costMs === 0) throw new Error('down');
      },
      { intervalMs: 20, maxIntervalMs: 400 },
    );
    for (const next of [5, 1, 50, 0]) {
      costMs = next;
      gather(1);
      loop.wake();
      await loop.flush().catch(() => undefined);
      hand.fire();
      await loop.flush().catch(() => undefined);
    }
    loop.wake();
    const [first, afterFive, afterOne, afterFifty, afterFailure] = hand.delaysMs as [
      number,
      number,
      number,
      number,
      number,
    ];
    expect(first).toBe(20);
    expect(afterFive).toBeGreaterThanOrEqual(50);
    expect(afterOne).toBeGreaterThanOrEqual(20);
    expect(afterFifty).toBe(400);
    expect(afterFailure).toBe(20);
  });

  test('close writes the rest and starts no timer afterwards', async () => {
    const written: number[][] = [];
    const { loop, hand, gather } = createLoop(async (batch) => {
      written.push(batch);
    });
    gather(1);
    loop.wake();
    await loop.close();
    loop.wake();
    expect(written).toEqual([[1]]);
    expect(hand.isDue()).toBe(false);
  });
});
