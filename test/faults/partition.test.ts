// One of four nodes is cut off from PostgreSQL while it still gets requests: it stops accepting, and the others hardly
// wait.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../nodes/fault-proxy.ts';
import { createKey, type Fleet, revokeKey, startFleet } from '../nodes/fleet.ts';
import { type Load, startLoad } from '../nodes/load.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';

/** `npm test` runs each once; `MIFTAH_PARTITIONS=20 npx vitest run test/faults/partition.test.ts` is the long run. */
const partitions = Number(process.env.MIFTAH_PARTITIONS ?? 1);
const revocations = 5;
/** Allowance for a machine that runs other tests. */
const busyMs = process.env.MIFTAH_PARTITIONS === undefined ? 1_500 : 0;

let postgres: PostgresServer;
let redis: RedisServer;
let fleet: Fleet;
let org: string;
let wire: FaultProxy;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  wire = await startFaultProxy({ path: postgres.socketPath });
  const database = await postgres.createDatabase();
  const direct = postgres.urlOf(database);
  const cuttable = `postgres://miftah@127.0.0.1:${wire.port}/${database}`;
  fleet = await startFleet({ databases: [direct, direct, direct, cuttable], redisPort: redis.port });
  org = await fleet.createOrg();
});
afterEach(() => wire.become({ kind: 'pass' }));
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await wire.close();
  await Promise.all([postgres.dispose(), redis.stop()]);
});

/**
 * Asks the cut node about a valid key until it refuses. Returns when the last accepted request was sent, and the
 * slowest answer.
 */
async function acceptUntilRefused(secret: string, cutAtMs: number): Promise<{ lastMs: number; slowestMs: number }> {
  let lastMs = 0;
  let slowestMs = 0;
  for (let refusals = 0; refusals < 20; ) {
    const sentAtMs = performance.now();
    const verdict = await fleet.node(3).decide(secret);
    slowestMs = Math.max(slowestMs, performance.now() - sentAtMs);
    if (verdict === 'allowed') lastMs = sentAtMs - cutAtMs;
    else refusals++;
  }
  return { lastMs, slowestMs };
}

// `hold`: packets are dropped. `reset`: connections break and are refused.
test.each(['hold', 'reset'] as const)(
  'a node that is cut off (%s) stops accepting within its lease',
  { timeout: 300_000 * partitions },
  async (kind) => {
    const accepted: string[] = [];
    const results: string[] = [];
    const cut = fleet.node(3);
    const { pid } = cut.process;
    for (let round = 0; round < partitions; round++) {
      const good = await createKey(fleet.node(0), org);
      const doomed = await Promise.all(Array.from({ length: revocations }, (_, at) => createKey(fleet.node(at), org)));
      for (const { secret } of [good, ...doomed]) expect(await cut.decide(secret)).toBe('allowed');
      await using load: Load = await startLoad({
        ports: [cut.internalPort],
        token: fleet.token,
        secrets: [good.secret],
        connections: 4,
      });
      await load.begin();

      // Changes on the cut node are in progress. They must not block those of the others.
      const interrupted = Array.from({ length: 8 }, () => createKey(cut, org).catch(() => undefined));
      await Promise.race(interrupted);
      wire.become({ kind });
      const accepting = acceptUntilRefused(good.secret, performance.now());
      const latencies: number[] = [];
      for (const [turn, { id, secret }] of doomed.entries()) {
        latencies.push(await revokeKey(fleet.node(turn % 3), id));
        const verdicts = await Promise.all(fleet.nodes.map((node) => node.decide(secret)));
        expect(verdicts.slice(0, 3)).toEqual(['key_revoked', 'key_revoked', 'key_revoked']);
        if (verdicts[3] !== 'unavailable') accepted.push(String(verdicts[3]));
      }
      const { lastMs, slowestMs } = await accepting;
      expect(lastMs).toBeLessThan(1_000);
      // A lease, and the time to notice that it is not renewed; also after the change that the cut node had begun.
      expect(Math.max(...latencies)).toBeLessThan(1_500 + busyMs);
      // 250 ms for a look-up, and some for the rest.
      expect(slowestMs).toBeLessThan(1_000 + busyMs);
      expect((await cut.admin('GET', '/readyz')).status).toBe(503);

      wire.become({ kind: 'pass' });
      const healedAtMs = performance.now();
      while ((await cut.decide(good.secret)) !== 'allowed') {
        for (const { secret } of doomed) {
          const verdict = await cut.decide(secret);
          if (verdict !== 'unavailable' && verdict !== 'key_revoked') accepted.push(verdict);
        }
      }
      const recoveredMs = performance.now() - healedAtMs;
      for (const { secret } of doomed) expect(await cut.decide(secret)).toBe('key_revoked');
      await Promise.all(interrupted);
      const { outcomes } = await load.report();
      expect(['allowed', 'unavailable']).toEqual(expect.arrayContaining(Object.keys(outcomes)));
      results.push(
        `accepted for ${lastMs.toFixed(0)} ms more, then refused within ${slowestMs.toFixed(0)} ms; ` +
          `revocations elsewhere took ${Math.max(...latencies).toFixed(0)} ms at most; back after ${recoveredMs.toFixed(0)} ms`,
      );
    }
    process.stdout.write(`partition (${kind}): ${results.join('\n  ')}\n`);
    expect(accepted).toEqual([]);
    expect(cut.process.pid).toBe(pid);
  },
);
