// Random histories of requests, outages and time on several nodes: no window of either kind admits more than its limit.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedisLimiter, type RedisLimiter } from '../../src/coordination/redis.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { type LimitWindows, limitWindows, type RateLimit } from '../../src/domain/rate-limit.ts';
import type { LimitBucket } from '../../src/engine/ports.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';
import { bucketOf } from './limiter-contract.ts';

const nodes = 3;
/** Nodes take blocks of all these limits. Of sliding windows, they can use one only until its slot ends. */
const limitsOf: Readonly<Record<LimitWindows, readonly RateLimit[]>> = {
  fixed: [
    { limit: 48, windowSeconds: 10 },
    { limit: 120, windowSeconds: 60 },
  ],
  sliding: [
    { limit: 108, windowSeconds: 10 },
    { limit: 240, windowSeconds: 60 },
  ],
};

let server: RedisServer;
beforeAll(async () => {
  // Excludes a server that lost its counts: only Redis' own clock could detect that. By default, Redis may answer before
  // it writes.
  server = await startRedis(['appendonly yes', 'appendfsync always']);
});
afterAll(() => server.stop());

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('requests'), node: fc.nat(nodes - 1), count: fc.nat(80) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('time'), ms: fc.oneof(fc.nat(200), fc.nat(15_000)) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('start') }) },
);
type Step = { kind: string; node?: number; count?: number; ms?: number };

let run = 0;

/** Plays one history. Returns the most that any window admitted, for each limit. */
async function play(windows: LimitWindows, steps: readonly Step[]): Promise<number[]> {
  const limits = limitsOf[windows];
  run++;
  const clock = createManualClock(28_333_333 * 60_000 + run * 86_400_000);
  const limiters: RedisLimiter[] = [];
  const buckets: LimitBucket[] = [];
  for (let at = 0; at < nodes; at++) {
    limiters.push(
      await openRedisLimiter({
        servers: server.servers,
        nodes,
        onOutage: 'local-share',
        blockFrom: 10,
        deadlineMs: 2_000,
        clock,
        onChange: () => undefined,
      }),
    );
    buckets.push(bucketOf(`key${run}`));
  }
  let isUp = true;
  const admittedMs: number[] = [];
  const settled = (isOut: boolean) =>
    expect
      .poll(() => limiters.every((limiter) => limiter.isOut === isOut), { timeout: 10_000, interval: 5 })
      .toBe(true);
  try {
    for (const { kind, node = 0, count = 0, ms = 0 } of steps) {
      if (kind === 'time') clock.advance(ms);
      else if (kind === 'stop' && isUp) {
        await server.kill();
        isUp = false;
        await settled(true);
      } else if (kind === 'start' && !isUp) {
        await server.start();
        isUp = true;
        await settled(false);
      } else if (kind === 'requests') {
        const requests = Array.from({ length: count }, () =>
          limiters[node]?.[windows].take(buckets[node] as LimitBucket, limits, 0),
        );
        for (const decision of await Promise.all(requests)) if (decision?.isAdmitted) admittedMs.push(clock.nowMs());
      }
    }
  } finally {
    for (const limiter of limiters) limiter.close();
    if (!isUp) await server.start();
  }
  return limits.map(({ windowSeconds }) => mostInWindow(windows, admittedMs, windowSeconds * 1000));
}

function mostInWindow(windows: LimitWindows, admittedMs: readonly number[], lengthMs: number): number {
  const windowOf = (atMs: number) => Math.floor(atMs / lengthMs);
  const isInWindowOf = (lastMs: number) => (atMs: number) =>
    windows === 'fixed' ? windowOf(atMs) === windowOf(lastMs) : atMs > lastMs - lengthMs && atMs <= lastMs;
  const counts = [...new Set(admittedMs)].map((lastMs) => admittedMs.filter(isInWindowOf(lastMs)).length);
  return Math.max(0, ...counts);
}

test.each(limitWindows)('no %s window of any history admits more than its limit', async (windows) => {
  const limits = limitsOf[windows];
  const reached = limits.map(() => 0);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const most = await play(windows, steps);
      for (const [at, { limit }] of limits.entries()) {
        expect(most[at]).toBeLessThanOrEqual(limit);
        reached[at] = Math.max(reached[at] ?? 0, most[at] ?? 0);
      }
    }),
    // Shrinking would take minutes. The seed is printed.
    { numRuns: Number(process.env.MIFTAH_HISTORIES ?? 12), endOnFailure: true },
  );
  // The histories reach the limits: one node's share alone is a third.
  for (const [at, { limit }] of limits.entries()) expect(reached[at]).toBeGreaterThan(limit / nodes);
});
