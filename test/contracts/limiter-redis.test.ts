// The limiter contract on Redis, with a private server.
import { afterAll, beforeAll } from 'vitest';
import { openRedisLimiter } from '../../src/coordination/redis.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';
import { describeLimiter } from './limiter-contract.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

describeLimiter('Redis', {
  runs: 30,
  async open(clock) {
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
  },
});
