// The limiter without Redis: never more than the policy allows, no stall, one report, and recovery without a restart.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LimiterOutError, openRedisLimiter, type RedisLimiter } from '../../src/coordination/redis.ts';
import { connectRedis } from '../../src/coordination/redis-connection.ts';
import { fixedScript, lostCount } from '../../src/coordination/redis-script.ts';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import type { LimitWindows, RateLimit } from '../../src/domain/rate-limit.ts';
import type { LimitBucket } from '../../src/engine/ports.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';
import { bucketOf } from './limiter-contract.ts';

/** The epoch minute 28,333,333: the first millisecond of a window. */
const startMs = 28_333_333 * 60_000;
const ten: readonly RateLimit[] = [{ limit: 10, windowSeconds: 60 }];

/** A limiter, its reported outages, and a promise for each change. */
interface Node {
  readonly limiter: RedisLimiter;
  readonly changes: ('out' | 'back')[];
  changed(to: 'out' | 'back'): Promise<void>;
}

let server: RedisServer;
let clock: ManualClock;
let nodes: Node[];
beforeEach(async () => {
  server = await startRedis();
  clock = createManualClock(startMs + 20_000);
  nodes = [];
});
afterEach(async () => {
  for (const { limiter } of nodes) limiter.close();
  await server.stop();
});

async function openNode(options: Partial<Parameters<typeof openRedisLimiter>[0]> = {}): Promise<Node> {
  const changes: ('out' | 'back')[] = [];
  const waiting: { to: 'out' | 'back'; resolve: () => void }[] = [];
  const limiter = await openRedisLimiter({
    servers: server.servers,
    nodes: 4,
    onOutage: 'local-share',
    clock,
    // A busy machine is not an outage.
    deadlineMs: 2_000,
    onChange(cause) {
      changes.push(cause === undefined ? 'back' : 'out');
      for (const { to, resolve } of waiting) if (changes.at(-1) === to) resolve();
    },
    ...options,
  });
  const node: Node = {
    limiter,
    changes,
    async changed(to) {
      if ((to === 'out') === limiter.isOut) return;
      await new Promise<void>((resolve) => waiting.push({ to, resolve }));
    },
  };
  nodes.push(node);
  return node;
}

const openNodes = () => Promise.all([openNode(), openNode(), openNode(), openNode()]);
const allChanged = (to: 'out' | 'back') => Promise.all(nodes.map((node) => node.changed(to)));

/** Sends `count` requests to each node in turn. Returns how many were admitted. */
async function send(count: number, limits = ten, id = 'key', windows: LimitWindows = 'fixed'): Promise<number> {
  let admitted = 0;
  for (let round = 0; round < count; round++) {
    for (const { limiter } of nodes) {
      if ((await limiter[windows].take(bucketOf(id), limits, clock.nowMs())).isAdmitted) admitted++;
    }
  }
  return admitted;
}

describe('policy local-share', () => {
  test('4 nodes never admit more than the limit in a window while Redis dies and returns empty', async () => {
    await openNodes();
    expect(await send(2)).toBe(8);
    await server.kill();
    await allChanged('out');

    // Redis has counted in this minute, and no one knows what.
    expect(await send(3)).toBe(0);
    const refused = await nodes[0]?.limiter.fixed.take(bucketOf('key'), ten, clock.nowMs());
    expect(refused).toEqual({
      isAdmitted: false,
      state: { limit: 10, windowSeconds: 60, remaining: 0, resetAtMs: startMs + 60_000, readAtMs: startMs + 20_000 },
    });

    // The next minute began without Redis: 2 for each node, and no more after Redis returns in the middle of it.
    clock.set(startMs + 60_000);
    expect(await send(1)).toBe(4);
    await server.start();
    await allChanged('back');
    expect(await send(3)).toBe(4);

    clock.set(startMs + 120_000);
    expect(await send(5)).toBe(10);
    expect(nodes.map(({ changes }) => changes)).toEqual(Array(4).fill(['out', 'back']));
    expect(nodes.map(({ limiter }) => limiter.outages)).toEqual([1, 1, 1, 1]);
  });

  test('a share of less than one request admits none', async () => {
    await openNodes();
    await server.kill();
    await allChanged('out');
    clock.set(startMs + 60_000);
    expect(await send(3, [{ limit: 3, windowSeconds: 60 }])).toBe(0);
    expect(await send(3, [{ limit: 4, windowSeconds: 60 }], 'other')).toBe(4);
  });

  test('the state of a share shows the caller’s whole limit', async () => {
    const { limiter, changed } = await openNode();
    await server.kill();
    await changed('out');
    clock.set(startMs + 60_000);
    const limits = [...ten, { limit: 4, windowSeconds: 3600 }];
    expect(limiter.fixed.take(bucketOf('hour'), limits, clock.nowMs())).toMatchObject({
      isAdmitted: false,
      state: { limit: 4, windowSeconds: 3600, remaining: 0 },
    });
    expect(limiter.fixed.take(bucketOf('key'), ten, clock.nowMs())).toEqual({
      isAdmitted: true,
      state: { limit: 10, windowSeconds: 60, remaining: 1, resetAtMs: startMs + 120_000, readAtMs: startMs + 60_000 },
    });
    expect(limiter.fixed.peek(bucketOf('key'), ten, clock.nowMs())).toMatchObject({
      isAdmitted: true,
      state: { remaining: 1 },
    });
    expect(limiter.counts).toMatchObject({ outage: 2, roundTrip: 0 });
  });

  test('a window keeps its count after a short loss of the connection', async () => {
    await openNodes();
    expect(await send(1)).toBe(4);
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await Promise.all(
      nodes.map(({ changes }) => expect.poll(() => changes, { timeout: 10_000 }).toEqual(['out', 'back'])),
    );
    expect(await send(3)).toBe(6);
  });

  test('a node that starts without Redis reports it, and counts when Redis starts', async () => {
    await server.kill();
    const node = await openNode();
    expect(node.changes).toEqual(['out']);
    expect(await send(1)).toBe(0);
    await server.start();
    await node.changed('back');
    expect(await send(12)).toBe(10);
    expect(node.changes).toEqual(['out', 'back']);
  });
});

describe('sliding windows with policy local-share', () => {
  const slide = (count: number, limits = ten, id = 'key') => send(count, limits, id, 'sliding');

  test('4 nodes never admit more than the limit in a window while Redis dies and returns empty', async () => {
    await openNodes();
    expect(await slide(2)).toBe(8);
    await server.kill();
    await allChanged('out');

    // Until these 8 have left the window, and what a node may hold in a block, no one knows the count.
    expect(await slide(3)).toBe(0);
    clock.set(startMs + 80_599);
    const refused = await nodes[0]?.limiter.sliding.take(bucketOf('key'), ten, clock.nowMs());
    expect(refused).toMatchObject({ isAdmitted: false, state: { remaining: 0, resetAtMs: startMs + 80_600 } });
    clock.set(startMs + 80_600);
    expect(await slide(1)).toBe(4);
    await server.start();
    await allChanged('back');
    // Each node has its share of 2, and Redis counts too.
    expect(await slide(3)).toBe(4);
    clock.set(startMs + 140_599);
    expect(await slide(3)).toBe(0);
    clock.set(startMs + 140_600);
    expect(await slide(3)).toBe(8);
    // A window and 5 s after Redis is back, it counts alone: it knows the last 8.
    clock.set(startMs + 145_601);
    expect(await slide(3)).toBe(2);
    clock.set(startMs + 200_600);
    expect(await slide(3)).toBe(8);
  });

  test('an outage that is shorter than the window keeps its counts', async () => {
    await openNodes();
    expect(await slide(1)).toBe(4);
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await Promise.all(
      nodes.map(({ changes }) => expect.poll(() => changes, { timeout: 10_000 }).toEqual(['out', 'back'])),
    );
    expect(await slide(3)).toBe(6);
  });

  test('a share of less than one request admits none', async () => {
    await openNodes();
    await server.kill();
    await allChanged('out');
    clock.set(startMs + 90_000);
    expect(await slide(3, [{ limit: 3, windowSeconds: 60 }])).toBe(0);
    expect(await slide(3, [{ limit: 4, windowSeconds: 60 }], 'other')).toBe(4);
  });

  test('a node restores the counts that it has seen on a server that lost them', async () => {
    const { limiter } = await openNode();
    const bucket = bucketOf('key');
    for (let round = 0; round < 5; round++) {
      await limiter.sliding.take(bucket, ten, clock.nowMs());
      clock.advance(1_000);
    }
    await server.command('FLUSHALL');
    expect(await limiter.sliding.take(bucket, ten, clock.nowMs())).toMatchObject({ state: { remaining: 4 } });
    expect(await limiter.sliding.take(bucketOf('key'), ten, clock.nowMs())).toMatchObject({ state: { remaining: 3 } });
    // They count from the last one that the node has seen, at 24 s.
    clock.set(startMs + 83_999);
    expect((await limiter.sliding.peek(bucketOf('key'), ten, clock.nowMs())).state.remaining).toBe(3);
    clock.set(startMs + 84_000);
    expect((await limiter.sliding.peek(bucketOf('key'), ten, clock.nowMs())).state.remaining).toBe(8);
  });

  test('a window whose count was lost in a restart stays closed on all nodes', async () => {
    const day = [{ limit: 100, windowSeconds: 86_400 }];
    const options = Object.fromEntries([['clock', undefined]]);
    await Promise.all([openNode(options), openNode(options)]);
    const uptime = () => server.command('INFO', 'server');
    await expect.poll(uptime, { timeout: 15_000, interval: 100 }).toMatch(/uptime_in_seconds:([3-9]|\d\d)/);
    expect(await slide(5, day)).toBe(10);
    await server.kill();
    await allChanged('out');
    expect(await slide(5, day)).toBe(0);
    await server.start();
    await allChanged('back');
    expect(await slide(5, day)).toBe(0);
    expect(await slide(5, day, 'not used before')).toBe(0);
    const [{ limiter }] = nodes as [Node];
    const { state } = await limiter.sliding.peek(bucketOf('key'), day, 0);
    // Until the window has passed the restart.
    expect(state.resetAtMs - state.readAtMs).toBeGreaterThan(86_300_000);
    expect(state.resetAtMs - state.readAtMs).toBeLessThanOrEqual(86_402_000);
  });

  test('a node uses its block until the slot ends, and gives the rest back', async () => {
    const { limiter } = await openNode({ nodes: 1 });
    const bucket: LimitBucket = bucketOf('key');
    const limits = [{ limit: 1_000, windowSeconds: 60 }];
    clock.set(startMs);
    for (let round = 0; round < 20; round++) await limiter.sliding.take(bucket, limits, clock.nowMs());
    // 1 + 2 + 4 + 8 were used, and 5 of 16.
    expect(limiter.counts).toMatchObject({ roundTrip: 5, block: 15 });
    expect((await limiter.sliding.peek(bucketOf('key'), limits, clock.nowMs())).state.remaining).toBe(969);
    clock.set(startMs + 599);
    expect(limiter.sliding.take(bucket, limits, clock.nowMs())).toMatchObject({ isAdmitted: true });
    clock.set(startMs + 600);
    expect(await limiter.sliding.take(bucket, limits, clock.nowMs())).toMatchObject({ state: { remaining: 978 } });
    expect(limiter.counts).toMatchObject({ roundTrip: 6, block: 16 });
  });
});

describe('policy closed', () => {
  test('rejects while Redis is down, with an error that needs no log line of its own', async () => {
    const { limiter, changed } = await openNode({ onOutage: 'closed' });
    await server.kill();
    await changed('out');
    for (const afterMs of [0, 60_000]) {
      clock.advance(afterMs);
      expect(() => limiter.fixed.take(bucketOf('key'), ten, clock.nowMs())).toThrow(LimiterOutError);
      expect(() => limiter.fixed.peek(bucketOf('key'), ten, clock.nowMs())).toThrow(LimiterOutError);
    }
    await server.start();
    await changed('back');
    expect(await limiter.fixed.take(bucketOf('key'), ten, clock.nowMs())).toMatchObject({ isAdmitted: true });
  });
});

describe.each(['local-share', 'closed'] as const)('a Redis that hangs, policy %s', (onOutage) => {
  test('costs one time-out, not a stall, and is used again when it resumes', async () => {
    const { limiter, changed, changes } = await openNode({ onOutage, deadlineMs: 1_000 });
    const take = async (): Promise<string> => {
      try {
        const { isAdmitted } = await limiter.fixed.take(bucketOf('key'), ten, clock.nowMs());
        return isAdmitted ? 'admitted' : 'refused';
      } catch (error) {
        return (error as LimiterOutError).code;
      }
    };
    expect(await take()).toBe('admitted');
    server.signal('SIGSTOP');
    const refusal = onOutage === 'closed' ? 'limiter_out' : 'refused';
    const startedMs = performance.now();
    expect(await Promise.all(Array.from({ length: 50 }, take))).toEqual(Array(50).fill(refusal));
    const firstMs = performance.now() - startedMs;
    for (let round = 0; round < 1_000; round++) expect(await take()).toBe(refusal);
    expect(firstMs).toBeGreaterThan(900);
    // A time-out for each would be a thousand seconds; a busy machine takes some for a thousand answers.
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    server.signal('SIGCONT');
    await changed('back');
    expect(changes).toEqual(['out', 'back']);
    // Requests sent before the stop were counted when it ended: 50 of 10 left nothing.
    expect(await take()).toBe('refused');
    clock.advance(60_000);
    expect(await take()).toBe('admitted');
  });
});

test('a node uses the rest of its block', async () => {
  const { limiter, changed } = await openNode({ nodes: 1 });
  const bucket: LimitBucket = bucketOf('key');
  const limits = [{ limit: 1_000, windowSeconds: 60 }];
  for (let round = 0; round < 31; round++) await limiter.fixed.take(bucket, limits, clock.nowMs());
  // 1 + 2 + 4 + 8 + 16 were taken and used. The next block is 32.
  expect(await limiter.fixed.take(bucket, limits, clock.nowMs())).toMatchObject({ state: { remaining: 968 } });
  await server.kill();
  await changed('out');
  let admitted = 0;
  for (let round = 0; round < 40; round++) {
    const decision = limiter.fixed.take(bucket, limits, clock.nowMs());
    expect(decision).not.toBeInstanceOf(Promise);
    if ((await decision).isAdmitted) admitted++;
  }
  expect(admitted).toBe(31);
});

test('a node restores the counts that it has seen on a server that lost them', async () => {
  const { limiter } = await openNode();
  const bucket = bucketOf('key');
  for (let round = 0; round < 5; round++) await limiter.fixed.take(bucket, ten, clock.nowMs());
  await server.command('FLUSHALL');
  expect(await limiter.fixed.take(bucket, ten, clock.nowMs())).toMatchObject({ state: { remaining: 4 } });
  expect(await limiter.fixed.take(bucketOf('key'), ten, clock.nowMs())).toMatchObject({ state: { remaining: 3 } });
});

test('a window whose count was lost in a restart stays closed on all nodes', async () => {
  const day = [{ limit: 100, windowSeconds: 86_400 }];
  const options = Object.fromEntries([['clock', undefined]]);
  const [first, second] = await Promise.all([openNode(options), openNode(options)]);
  // Uptimes are whole seconds, so the nodes' knowledge must be older than that.
  const uptime = () => server.command('INFO', 'server');
  await expect.poll(uptime, { timeout: 15_000, interval: 100 }).toMatch(/uptime_in_seconds:([3-9]|\d\d)/);
  expect(await send(5, day)).toBe(10);
  await server.kill();
  await allChanged('out');
  expect(await send(5, day)).toBe(0);
  await server.start();
  await allChanged('back');
  expect(await send(5, day)).toBe(0);
  expect(await send(5, day, 'not used before')).toBe(0);
  expect([first?.limiter.outages, second?.limiter.outages]).toEqual([1, 1]);
});

test('a user with a password, on a database of its own', async () => {
  const locked = await startRedis(['user default off', 'user miftah on >p@ss ~miftah:* +@all']);
  try {
    const place = { ...locked.servers, user: 'miftah', database: 3 };
    const node = await openNode({ servers: { ...place, password: 'p@ss' } });
    expect(node.changes).toEqual([]);
    expect(await send(12)).toBe(10);
    const refused = openNode({ servers: { ...place, password: 'wrong' } });
    await expect(refused).rejects.toMatchObject({ code: 'redis_refused', message: expect.not.stringMatching(/p@ss/) });
  } finally {
    for (const { limiter } of nodes) limiter.close();
    await locked.stop();
  }
});

describe('a count that is missing on a server that began after the window', () => {
  /** A request of a limit of 10 a day, from nodes that have known Redis since these instants. */
  async function take(of: RedisServer, ...sinceMs: number[]): Promise<{ granted: number; used: number }[]> {
    const ready = Promise.withResolvers<void>();
    const connection = connectRedis(of.servers, { deadlineMs: 5_000, onReady: ready.resolve, onLost: () => undefined });
    await ready.promise;
    try {
      const answers: { granted: number; used: number }[] = [];
      for (const since of sinceMs) {
        const args = [1, 8, 0, since, 86_400_000, 10, -1, 0, 0];
        const answer = (await connection.run(fixedScript, ['{key}'], args)) as [number, number, number, number];
        answers.push({ granted: answer[0], used: answer[3] });
      }
      return answers;
    } finally {
      connection.close();
    }
  }

  test('counts as used up for all nodes if one knows that Redis counted before', async () => {
    expect(await take(server, 1, lostCount)).toEqual([
      { granted: 0, used: lostCount },
      { granted: 0, used: lostCount },
    ]);
  });

  test('starts at 0 if no node knows of an earlier server', async () => {
    expect(await take(server, lostCount, 1)).toEqual([
      { granted: 1, used: 1 },
      { granted: 1, used: 2 },
    ]);
  });

  test('starts at 0 if the server keeps its counts on disk', async () => {
    const keeping = await startRedis(['appendonly yes']);
    try {
      expect(await take(keeping, 1)).toEqual([{ granted: 1, used: 1 }]);
    } finally {
      await keeping.stop();
    }
  });
});
