// A whole server that counts limits in Redis: exact, visible in /metrics, and by policy when Redis is down.

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';

let redis: RedisServer;
beforeEach(async () => {
  // Counts survive the restart: on a server that lost them, windows in progress would stay closed.
  redis = await startRedis(['appendonly yes']);
});
afterEach(() => redis.stop());

interface Subject {
  readonly miftah: TestServer;
  readonly log: { readonly msg: string; readonly level: number }[];
  /** The reasons of `count` verifications of one key, `allowed` for none. */
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
  ])('policy %s: refuses as %s while Redis is down, logs it once, and recovers', async (onOutage, reason) => {
    // A day, so that no window ends during the test, except at midnight UTC.
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

  test('answers from blocks of a high limit, and reports their share', async () => {
    const { miftah, verify, metric } = await open('local-share', '8000/d');
    await using _ = miftah;
    expect(new Set(await verify(200))).toEqual(new Set(['allowed']));
    const roundTrips = (await metric('miftah_limiter_decisions_total{how="round_trip"}')) ?? 0;
    const fromBlocks = (await metric('miftah_limiter_decisions_total{how="block"}')) ?? 0;
    expect(roundTrips + fromBlocks).toBe(200);
    // Blocks of 1, 2, 4, … 128.
    expect(roundTrips).toBe(8);
  });
});
