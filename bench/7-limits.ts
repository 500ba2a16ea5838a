// Benchmark 7: counting limits in Redis, with and without blocks, over counting them in process.
import { createInProcessLimiter } from '../src/coordination/in-process.ts';
import { createSlidingLimiter } from '../src/coordination/in-process-sliding.ts';
import { openRedisLimiter, type RedisLimiter, type RedisLimiterOptions } from '../src/coordination/redis.ts';
import type { LimitBucket, Limiter } from '../src/engine/ports.ts';
import { type RedisServer, startRedis } from '../test/redis-server.ts';
import { interleave, median, ratioOf } from './measure.ts';
import type { Benchmark } from './report.ts';

/** Keys in turn, each with a limit that no round uses up. */
const keys = 100;
const limits = [{ limit: 100_000, windowSeconds: 60 }];
const nodes = 4;

export const sharedLimits: Benchmark = {
  title: '7. Limits on several machines',
  async run({ isQuick }) {
    const redis = await startRedis();
    const opened: RedisLimiter[] = [];
    const open = async (options: Partial<RedisLimiterOptions>): Promise<RedisLimiter> => {
      const limiter = await openLimiter(redis, options);
      opened.push(limiter);
      return limiter;
    };
    try {
      const inProcess = createInProcessLimiter();
      const [serial, parallel, blocks, slidingBlocks] = [
        await open({ blockFrom: Number.POSITIVE_INFINITY }),
        await open({ blockFrom: Number.POSITIVE_INFINITY }),
        await open({}),
        await open({}),
      ];
      const scale = isQuick ? 10 : 1;
      const [floor = [], one = [], many = [], held = [], sliding = [], slidingMany = [], slidingHeld = []] =
        await interleave(
          [
            createRound(inProcess, 'a', 100_000 / scale, 1),
            createRound(serial.fixed, 'b', 5_000 / scale, 1),
            createRound(parallel.fixed, 'c', 20_000 / scale, 64),
            createRound(blocks.fixed, 'd', 100_000 / scale, 64),
            createRound(createSlidingLimiter(), 'e', 100_000 / scale, 1),
            createRound(parallel.sliding, 'f', 20_000 / scale, 64),
            createRound(slidingBlocks.sliding, 'g', 100_000 / scale, 64),
          ],
          isQuick ? 3 : 21,
        );
      const { block, roundTrip } = blocks.counts;
      const share = ((100 * block) / (block + roundTrip)).toFixed(1);
      const note = (series: readonly number[]) => `${median(series).toFixed(2)} µs a decision`;
      return [
        { what: 'Redis, one request after the other, over in process', ratio: ratioOf(one, floor), note: note(one) },
        { what: 'Redis, 64 requests under way', ratio: ratioOf(many, floor), note: note(many) },
        {
          what: `Redis with blocks, 64 under way (${share} % without a round trip)`,
          ratio: ratioOf(held, floor),
          note: note(held),
        },
        { what: 'Sliding windows in process', ratio: ratioOf(sliding, floor), note: note(sliding) },
        { what: 'Sliding, Redis, 64 requests under way', ratio: ratioOf(slidingMany, floor), note: note(slidingMany) },
        {
          what: 'Sliding, Redis with blocks, 64 under way',
          ratio: ratioOf(slidingHeld, floor),
          note: note(slidingHeld),
        },
      ];
    } finally {
      for (const limiter of opened) limiter.close();
      await redis.stop();
    }
  },
};

function openLimiter(redis: RedisServer, options: Partial<RedisLimiterOptions>): Promise<RedisLimiter> {
  return openRedisLimiter({
    servers: redis.servers,
    nodes,
    onOutage: 'closed',
    deadlineMs: 5_000,
    onChange(cause) {
      if (cause !== undefined) throw cause;
    },
    ...options,
  });
}

/** Makes `decisions` decisions, `atOnce` at a time. Returns microseconds a decision. */
function createRound(limiter: Limiter, name: string, decisions: number, atOnce: number): () => Promise<number> {
  const buckets = Array.from({ length: keys }, (_, at): LimitBucket => ({ id: `${name}${at}`, counter: undefined }));
  const pending: unknown[] = [];
  return async () => {
    const startedMs = performance.now();
    for (let at = 0; at < decisions; at++) {
      const decision = limiter.take(buckets[at % keys] as LimitBucket, limits, Date.now());
      if (decision instanceof Promise) pending.push(decision);
      if (pending.length >= atOnce) await Promise.all(pending.splice(0));
    }
    await Promise.all(pending.splice(0));
    return ((performance.now() - startedMs) * 1000) / decisions;
  };
}
