// A flood of well-formed secrets of no key: each costs a look-up, and requests with keys in memory must not suffer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKey, type Fleet, startFleet } from '../nodes/fleet.ts';
import { type LoadReport, startLoad } from '../nodes/load.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';

/** `MIFTAH_FLOOD=2000000 npx vitest run test/faults/nodes-flood.test.ts` is the long run. */
const garbage = Number(process.env.MIFTAH_FLOOD ?? 5_000);
/** The budget of look-ups of unknown keys: at once, and then a second. */
const [atOnce, perSecond] = [1_000, 100];
const floodConnections = 16;
/** Keys outside of the cache, requested during the flood for an unrelated client. */
const coldKeys = 50;

let postgres: PostgresServer;
let redis: RedisServer;
let fleet: Fleet;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const url = postgres.urlOf(await postgres.createDatabase());
  fleet = await startFleet({ databases: [url], redisPort: redis.port });
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await Promise.all([postgres.dispose(), redis.stop()]);
});

async function metric(name: string): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${fleet.node(0).internalPort}/metrics`);
  const line = (await reply.text()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

const sum = ({ outcomes }: LoadReport): number => Object.values(outcomes).reduce((a, b) => a + b, 0);

test('a flood is refused with bounded memory and few look-ups, while real keys keep working', {
  timeout: 300_000 + garbage,
}, async () => {
  const org = await fleet.createOrg();
  const { secret } = await createKey(fleet.node(0), org);
  const cold: string[] = [];
  for (let at = 0; at < coldKeys; at++) cold.push((await createKey(fleet.node(0), org)).secret);
  const target = { ports: [fleet.node(0).internalPort], token: fleet.token };
  await using good = await startLoad({ ...target, secrets: [secret], connections: 2 });
  const missed = () => metric('miftah_cache_requests_total{result="miss"}');
  const spared = () => metric('miftah_cache_requests_total{result="refused"}');

  // Both cases have the same other load: as many requests that need no look-up.
  const quiet = await (async () => {
    await using other = await startLoad({ ...target, secrets: [secret], connections: floodConnections });
    await Promise.all([good.begin(), other.begin()]);
    while ((await metric('miftah_cache_requests_total{result="hit"}')) < garbage);
    return good.report();
  })();

  const residentBytes = await metric('process_resident_memory_bytes');
  // Counted from here on, like the look-ups.
  const startedMs = performance.now();
  const before = await missed();
  await using flood = await startLoad({ ...target, secrets: [], connections: floodConnections });
  await Promise.all([good.begin(), flood.begin()]);
  let busiest = 0;
  const coldVerdicts = new Set<unknown>();
  while ((await missed()) - before + (await spared()) < garbage || cold.length > 0) {
    const [row] = await postgres.query(
      'postgres',
      "SELECT count(*)::int AS busy FROM pg_stat_activity WHERE state = 'active' AND application_name = 'miftah'",
    );
    busiest = Math.max(busiest, row?.busy as number);
    const asked = { api: 'classic', secret: cold.pop() ?? secret, clientIp: '198.51.100.9' };
    coldVerdicts.add((await fleet.node(0).admin('POST', '/v1/verify', asked)).body.verdict);
  }
  const lookUps = (await missed()) - before - coldKeys;
  const seconds = (performance.now() - startedMs) / 1000;
  const [noisy, refused] = [await good.report(), await flood.report()];
  const grownMiB = ((await metric('process_resident_memory_bytes')) - residentBytes) / 2 ** 20;
  process.stdout.write(
    `${sum(refused)} secrets that are nobody's in ${seconds.toFixed(1)} s: ${JSON.stringify(refused.outcomes)}, p99 ${refused.p99Ms.toFixed(1)} ms, ` +
      `${lookUps} look-ups, at most ${busiest} at once; memory ${grownMiB.toFixed(0)} MiB more; ` +
      `good keys ${JSON.stringify(noisy.outcomes)}, p99 ${noisy.p99Ms.toFixed(1)} ms, ${quiet.p99Ms.toFixed(1)} ms beside as many good ones\n`,
  );
  expect(Object.keys(noisy.outcomes)).toEqual(['allowed']);
  expect([...coldVerdicts]).toEqual(['allowed']);
  expect(lookUps).toBeLessThanOrEqual(atOnce + perSecond * seconds + floodConnections);
  expect(refused.outcomes.rate_limited).toBeGreaterThan(0);
  expect(['key_unknown', 'rate_limited', 'unavailable']).toEqual(expect.arrayContaining(Object.keys(refused.outcomes)));
  // Five look-ups, a flush, a renewal.
  expect(busiest).toBeLessThanOrEqual(8);
});
