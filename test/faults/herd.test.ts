// All nodes are killed and started at once under load: PostgreSQL gets no more connections than their pools have, and
// one look-up for each key and node.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { startBalancer } from '../nodes/balancer.ts';
import { createKey, type Fleet, type FleetNode, startFleet } from '../nodes/fleet.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';
import { startRollingLoad } from './rolling-load.ts';

/** `MIFTAH_HERDS=5 MIFTAH_RATE=300 npx vitest run test/faults/herd.test.ts` is the long run. */
const herds = Number(process.env.MIFTAH_HERDS ?? 1);
const perSecond = Number(process.env.MIFTAH_RATE ?? 60);
const nodeCount = 4;
/** Connections of a node: its pool, its lease's, its lock's, and the one that listens for changes. */
const connectionsPerNode = 10 + 2 + 1 + 1;
const sampleEveryMs = 20;

/** For how long latencies are measured. */
const measureMs = process.env.MIFTAH_HERDS === undefined ? 1_000 : 3_000;

let upstream: Server;
let postgres: PostgresServer;
let redis: RedisServer;
let database: string;
let fleet: Fleet;

beforeAll(async () => {
  upstream = createServer((_req, res) => res.end('{}')).listen(0, '127.0.0.1');
  [postgres, redis] = await Promise.all([startPostgres(), startRedis(), once(upstream, 'listening')]);
  database = await postgres.createDatabase();
  const url = postgres.urlOf(database);
  fleet = await startFleet({
    databases: Array.from({ length: nodeCount }, () => url),
    redisPort: redis.port,
    upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
  });
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  upstream.closeAllConnections();
  upstream.close();
  await Promise.all([postgres.dispose(), redis.stop()]);
});

async function numberOf(sql: string): Promise<number> {
  const [row] = await postgres.query(database, sql);
  return Number(row?.number);
}

/** The most connections of nodes at any time while `work` runs. */
async function mostConnectionsDuring(work: Promise<unknown>): Promise<number> {
  let most = 0;
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const sql = "SELECT count(*) AS number FROM pg_stat_activity WHERE application_name = 'miftah'";
    most = Math.max(most, await numberOf(sql));
    await wait(sampleEveryMs);
  }
  await done;
  return most;
}

test(`${nodeCount} nodes start together under load, ${herds} times, within their bounds`, {
  timeout: 60_000 + herds * 60_000,
}, async () => {
  const org = await fleet.createOrg();
  const secrets: string[] = [];
  for (let at = 0; at < 200; at++) secrets.push((await createKey(fleet.node(at), org)).secret);
  const [publicPort, internalPort] = [await freePort(), await freePort()];
  const internal = fleet.nodes.map((node) => ({ publicPort: node.internalPort, internalPort: node.internalPort }));
  await using _public = disposable(await startBalancer(publicPort, fleet.nodes));
  await using _internal = disposable(await startBalancer(internalPort, internal));
  const ports = { publicPort, internalPort };
  const load = await startRollingLoad({ ...ports, token: fleet.token, org, secrets, perSecond, changesPerSecond: 0 });
  for (let herd = 0; herd < herds; herd++) {
    await load.report();
    await wait(measureMs);
    const before = await load.report();
    await Promise.all(fleet.nodes.map((node) => node.kill()));
    const started = Promise.all(fleet.nodes.map((node) => node.start()));
    const startedMs = performance.now();
    const most = await mostConnectionsDuring(started.then(() => wait(measureMs)));
    // The seconds without a node are over: every request from here on is answered.
    await load.report();
    let after = await load.report();
    let seconds = 0;
    do {
      await wait(1_000);
      after = await load.report();
      seconds = (performance.now() - startedMs) / 1000;
    } while ((after.failures.length > 0 || after.p99Ms > 2 * before.p99Ms + 20) && seconds < 40);
    const p99 = `p99 ${before.p99Ms.toFixed(0)} ms before, ${after.p99Ms.toFixed(0)} ms ${seconds.toFixed(0)} s after`;
    process.stdout.write(
      `${nodeCount} nodes killed and started at ${perSecond}/s: ${most} connections at most; ${p99}\n`,
    );
    expect(most).toBeLessThanOrEqual(nodeCount * connectionsPerNode);
    expect(after.failures).toEqual([]);
    expect(seconds).toBeLessThan(40);
  }
  await load.stop();

  // Single flight: a crowd asks for a key that no node has in its cache.
  const { secret } = await createKey(fleet.node(0), org);
  const beforeCrowd = await Promise.all(fleet.nodes.map(lookUpsOf));
  const crowd = 200;
  const verdicts = await Promise.all(
    fleet.nodes.flatMap((node) => Array.from({ length: crowd }, () => node.decide(secret))),
  );
  expect(new Set(verdicts)).toEqual(new Set(['allowed']));
  const afterCrowd = await Promise.all(fleet.nodes.map(lookUpsOf));
  const used = afterCrowd.map((count, at) => count - (beforeCrowd[at] as number));
  process.stdout.write(
    `${crowd} requests at once on each node for a key that none knew: ${used.join(', ')} look-ups\n`,
  );
  expect(used).toEqual(fleet.nodes.map(() => 1));
});

/** How often the node has asked the store for a secret. */
async function lookUpsOf({ internalPort }: FleetNode): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${internalPort}/metrics`);
  const [, count] = /^miftah_cache_requests_total{result="miss"} (\d+)$/m.exec(await reply.text()) ?? [];
  return Number(count);
}

function disposable({ close }: { close(): Promise<void> }): AsyncDisposable {
  return { [Symbol.asyncDispose]: close };
}
