// The limiter behind Sentinels and on a cluster: a failover needs no restart, and a bucket's counters share a slot.
import { afterEach, describe, expect, test } from 'vitest';
import { openRedisLimiter, type RedisLimiter, type RedisServers } from '../../src/coordination/redis.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { freePort } from '../free-port.ts';
import { type FaultProxy, startFaultProxy } from '../nodes/fault-proxy.ts';
import { type RedisServer, singleServer, startRedis } from '../redis-server.ts';
import { bucketOf } from './limiter-contract.ts';

const clock = createManualClock(28_333_333 * 60_000);
const limits = [
  { limit: 10, windowSeconds: 60 },
  { limit: 1_000, windowSeconds: 3600 },
];

const started: RedisServer[] = [];
let limiter: RedisLimiter | undefined;
afterEach(async () => {
  limiter?.close();
  for (const server of started.splice(0)) await server.stop();
});

async function start(settings: readonly string[], kind?: 'sentinel'): Promise<RedisServer> {
  const server = await startRedis(settings, kind);
  started.push(server);
  return server;
}

async function open(servers: RedisServers): Promise<RedisLimiter> {
  limiter = await openRedisLimiter({
    servers,
    nodes: 2,
    onOutage: 'local-share',
    deadlineMs: 1_000,
    onChange: () => undefined,
    clock,
  });
  return limiter;
}

async function admit(count: number, id: string): Promise<number> {
  let admitted = 0;
  for (let round = 0; round < count; round++) {
    if ((await limiter?.fixed.take(bucketOf(id), limits, 0))?.isAdmitted) admitted++;
  }
  return admitted;
}

/** A Sentinel on a machine without a processor to spare waits 30 s before it acts again (TILT). */
const waiting = { timeout: 90_000, interval: 20 };

async function startWithSentinel() {
  const primary = await start([]);
  const replica = await start([`replicaof 127.0.0.1 ${primary.port}`, 'repl-diskless-sync-delay 0']);
  await expect.poll(() => replica.command('INFO', 'replication'), waiting).toContain('master_link_status:up');
  const sentinel = await start(
    [
      `sentinel monitor limits 127.0.0.1 ${primary.port} 1`,
      'sentinel down-after-milliseconds limits 300',
      'sentinel failover-timeout limits 2000',
    ],
    'sentinel',
  );
  await expect.poll(() => sentinel.command('SENTINEL', 'REPLICAS', 'limits'), waiting).toContain(`${replica.port}`);
  return { primary, replica, sentinel };
}

function behind(...ports: readonly number[]): RedisServers {
  const hosts = ports.map((port) => ({ host: '127.0.0.1', port }));
  return { ...singleServer(0), hosts, kind: 'sentinel', master: 'limits' };
}

describe('behind a Sentinel', () => {
  test('a promoted replica keeps the counts', async () => {
    const { primary, replica, sentinel } = await startWithSentinel();
    const opened = await open(behind(sentinel.port));
    expect(opened.isOut).toBe(false);
    expect(await admit(4, 'key')).toBe(4);
    await expect.poll(() => replica.command('HGET', 'miftah:{key}:60', 'u'), waiting).toContain('4');

    await primary.kill();
    await expect.poll(() => replica.command('ROLE'), waiting).toContain('master');
    await expect.poll(() => opened.outages > 0 && !opened.isOut, waiting).toBe(true);
    expect(await admit(20, 'key')).toBe(6);
    clock.advance(60_000);
    expect(await admit(20, 'key')).toBe(10);
  });
});

describe('behind Sentinels that are slow or hang', () => {
  let wire: FaultProxy;
  afterEach(() => wire.close());

  test('the promoted replica is found even if its name arrives during the query', async () => {
    const { primary, replica, sentinel } = await startWithSentinel();
    wire = await startFaultProxy({ port: sentinel.port });
    const opened = await open(behind(wire.port));
    expect(opened.isOut).toBe(false);
    // The Sentinel's own messages are as late as its answers: one of them is always under way.
    wire.become({ kind: 'slow', roundTripMs: 600 });
    await primary.kill();
    await expect.poll(() => replica.command('ROLE'), waiting).toContain('master');
    await expect.poll(() => opened.outages > 0 && !opened.isOut, waiting).toBe(true);
  });

  test('the next Sentinel is asked', async () => {
    const { sentinel } = await startWithSentinel();
    wire = await startFaultProxy({ port: sentinel.port });
    wire.become({ kind: 'hold' });
    const opened = await open(behind(wire.port, sentinel.port));
    await expect.poll(() => opened.isOut, waiting).toBe(false);
  });
});

describe('on a cluster', () => {
  test('counts the buckets of each slot on its node, and reports a node that is gone', {
    timeout: 300_000,
  }, async () => {
    const slots = [
      [0, 5460],
      [5461, 10_922],
      [10_923, 16_383],
    ] as const;
    // The default bus port is the port plus 10,000, which may be no valid port.
    const buses = await Promise.all(slots.map(() => freePort()));
    const settings = ['cluster-enabled yes', 'cluster-node-timeout 1000', 'cluster-require-full-coverage no'];
    const nodes = await Promise.all(buses.map((bus) => start([...settings, `cluster-port ${bus}`])));
    for (const [at, [from, to]] of slots.entries()) {
      await nodes[at]?.command('CLUSTER', 'ADDSLOTSRANGE', `${from}`, `${to}`);
      await nodes[at]?.command('CLUSTER', 'MEET', '127.0.0.1', `${nodes[0]?.port}`, `${buses[0]}`);
    }
    for (const node of nodes) {
      await expect
        .poll(() => node.command('CLUSTER', 'INFO'), waiting)
        .toMatch(/cluster_state:ok[\s\S]*assigned:16384/);
    }

    const opened = await open({ ...singleServer(nodes[0]?.port ?? 0), kind: 'cluster' });
    expect(opened.isOut).toBe(false);
    const ids = Array.from({ length: 30 }, (_, at) => `key${at}`);
    expect(await Promise.all(ids.map((id) => admit(12, id)))).toEqual(ids.map(() => 10));
    const counted = await Promise.all(nodes.map(async (node) => Number((await node.command('DBSIZE')).slice(1))));
    expect(counted.every((keys) => keys > 0)).toBe(true);

    await nodes[1]?.kill();
    clock.advance(60_000);
    const without = await Promise.all(ids.map((id) => admit(12, id)));
    expect(Math.max(...without)).toBeLessThanOrEqual(10);
    expect(opened.outages).toBeGreaterThan(0);
    await nodes[1]?.start();
    await expect.poll(() => nodes[0]?.command('CLUSTER', 'INFO'), waiting).toMatch(/cluster_slots_ok:16384/);
    await expect.poll(() => opened.isOut, waiting).toBe(false);
    clock.advance(3_600_000);
    expect(await Promise.all(ids.map((id) => admit(12, id)))).toEqual(ids.map(() => 10));
  });
});
