// The limiter contract on Redis, with a private server.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRedisLimiter } from '../../src/coordination/redis.ts';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';
import { bucketOf, describeLimiter } from './limiter-contract.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

async function open(clock: ManualClock) {
  await server.command('FLUSHALL');
  const limiter = await openRedisLimiter({
    servers: server.servers,
    nodes: 1,
    onOutage: 'closed',
    onChange: (cause) => {
      if (cause !== undefined) throw cause;
    },
    clock,
    deadlineMs: 5_000,
  });
  return { limiter, close: () => limiter.close() };
}

describeLimiter('Redis', { runs: 30, open });

test('a sliding window of any limit takes at most 2 KB in Redis, and expires', async () => {
  const clock = createManualClock(28_333_333 * 60_000);
  const { limiter, close } = await open(clock);
  try {
    const bucket = bucketOf('key');
    for (let round = 0; round < 1_000; round++) {
      await limiter.sliding.take(bucket, [{ limit: 900, windowSeconds: 1 }], 0);
      clock.advance(1);
    }
    const bytes = Number(/^:(\d+)/.exec(await server.command('HSTRLEN', 'miftah:{key}:1s', 'e'))?.[1]);
    expect(bytes).toBeGreaterThan(500);
    expect(bytes).toBeLessThan(2_048);
    expect(Number(/^:(\d+)/.exec(await server.command('PTTL', 'miftah:{key}:1s'))?.[1])).toBeLessThanOrEqual(2_010);
  } finally {
    close();
  }
});
