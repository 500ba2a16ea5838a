// A node that just became ready answers the first crowd of requests, for keys that it has never seen, correctly.
import { Pool } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKey, type Fleet, startFleet } from '../nodes/fleet.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';

/** `MIFTAH_STARTS=20 npx vitest run test/faults/cold-start.test.ts` is the long run. */
const starts = Number(process.env.MIFTAH_STARTS ?? 2);
const crowd = 200;

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

test(`a new node answers ${crowd} requests at once for ${crowd} keys, ${starts} times`, {
  timeout: 300_000 + starts * 20_000,
}, async () => {
  const node = fleet.node(0);
  const org = await fleet.createOrg();
  const secrets: string[] = [];
  for (let at = 0; at < crowd; at++) secrets.push((await createKey(node, org)).secret);
  for (let round = 0; round < starts; round++) {
    await node.kill();
    await node.start();
    const clients = new Pool(`http://127.0.0.1:${node.internalPort}`, { connections: crowd });
    const startedMs = performance.now();
    const headers = { authorization: `Bearer ${fleet.token}`, 'content-type': 'application/json' };
    const outcomes = await Promise.all(
      secrets.map(async (secret) => {
        const body = JSON.stringify({ api: 'classic', secret });
        const reply = await clients.request({ method: 'POST', path: '/v1/verify', headers, body });
        const { verdict, reason } = (await reply.body.json()) as { verdict?: string; reason?: string };
        return reason ?? verdict;
      }),
    );
    process.stdout.write(`${crowd} cold keys at once: answered in ${(performance.now() - startedMs).toFixed(0)} ms\n`);
    await clients.close();
    expect(new Set(outcomes)).toEqual(new Set(['allowed']));
  }
});
