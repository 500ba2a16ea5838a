// A whole server whose limits are counted in Redis: exact, told by /metrics, and by the policy when Redis is gone.

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';

let redis: RedisServer;
beforeEach(async () => {
  // Counts that survive the restart: on a server that lost them, windows that had begun would stay closed.
  redis = await startRedis(['appendonly yes']);
});
afterEach(() => redis.stop());

interface Subject {
  readonly miftah: TestServer;
  readonly log: { readonly msg: string; readonly level: number }[];
  /** The reasons of so many verifications of one key, `allowed` for none. */
  verify(count: number): Promise<string[]>;
  metric(name: string): Promise<number | undefined>;
}

async function open(onOutage: string, rate: string): Promise<Subject> {
  const log: { msg: string; level: number }[] = [];
  const miftah = await startTestServer({
    extra: `coordination: redis://127.0.0.1:${redis.port}\nnodes: 2\nonLimiterOutage: ${onOutage}\n`,
    log: pino({ level: 'warn' }, { write: (line: string) => log.push(JSON.parse(line)) }),
  });
  const org = await miftah.createOrg();
  const { secret } = await miftah.createKey({
    api: 'palm',
    org,
    name: 'limited',
    environment: 'live',
    rateLimits: [rate],
  });
  return {
    miftah,
    log,
    async verify(count) {
      const reasons: string[] = [];
      for (let round = 0; round < count; round++) {
        const { body } = await miftah.admin('POST', '/v1/verify', { api: 'palm', secret, method: 'GET', path: '/' });
        reasons.push(body.verdict === 'allowed' ? 'allowed' : String(body.reason));
      }
      return reasons;
    },
    async metric(name) {
      const reply = await fetch(`http://127.0.0.1:${miftah.internalPort}/metrics`, {
        headers: { authorization: `Bearer ${miftah.operatorToken}` },
      });
      const line = (await reply.text()).split('\n').find((candidate) => candidate.startsWith(`${name} `));
      return line === undefined ? undefined : Number(line.split(' ').at(-1));
    },
  };
}

describe('a server with Redis', () => {
  test.each([
    ['local-share', 'rate_limited'],
    ['closed', 'unavailable'],
  ])('policy %s: refuses as %s while Redis is gone, says so once, and goes on', async (onOutage, reason) => {
    // A day, so that no window ends while this runs; at midnight UTC it would.
    const { miftah, log, verify, metric } = await open(onOutage, '3/d');
    await using _ = miftah;
    expect(await verify(2)).toEqual(['allowed', 'allowed']);
    expect(await metric('miftah_limiter_outage')).toBe(0);

    await redis.kill();
    await expect.poll(() => metric('miftah_limiter_outage'), { timeout: 10_000 }).toBe(1);
    expect(await verify(5)).toEqual(Array(5).fill(reason));
    expect(await metric('miftah_limiter_outages_total')).toBe(1);
    expect(await metric('miftah_limiter_decisions_total{how="outage"}')).toBe(5);

    await redis.start();
    await expect.poll(() => metric('miftah_limiter_outage'), { timeout: 10_000 }).toBe(0);
    expect(await verify(3)).toEqual(['allowed', 'rate_limited', 'rate_limited']);
    expect(log.map(({ msg }) => msg)).toEqual(['Redis cannot count limits', 'Redis counts limits again']);
  });

  test('answers from blocks of a high limit, and tells the share', async () => {
    const { miftah, verify, metric } = await open('local-share', '8000/d');
    await using _ = miftah;
    expect(new Set(await verify(200))).toEqual(new Set(['allowed']));
    const roundTrips = (await metric('miftah_limiter_decisions_total{how="round_trip"}')) ?? 0;
    const fromBlocks = (await metric('miftah_limiter_decisions_total{how="block"}')) ?? 0;
    expect(roundTrips + fromBlocks).toBe(200);
    // 1, 2, 4, … 128 at a time.
    expect(roundTrips).toBe(8);
  });
});
