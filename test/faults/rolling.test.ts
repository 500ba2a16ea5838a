// Nodes are restarted one after the other under load: no request fails, whichever balancer is used.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { startBalancer } from '../nodes/balancer.ts';
import { createKeys, type Fleet, type FleetNode, startFleet } from '../nodes/fleet.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';
import { type RollingReport, startRollingLoad } from './rolling-load.ts';

/**
 * `npm test` restarts few nodes at a low rate. The long run:
 * `MIFTAH_RESTARTS=10 MIFTAH_RATE=300 npx vitest run test/faults/rolling.test.ts`.
 */
const cycles = Number(process.env.MIFTAH_RESTARTS ?? 1);
const perSecond = Number(process.env.MIFTAH_RATE ?? 60);
/** Three as in the guide, and four in the long run. */
const nodeCount = process.env.MIFTAH_RATE === undefined ? 3 : 4;

let postgres: PostgresServer;
let redis: RedisServer;
let upstream: Server;
/** Replies to `/slow/…` by path, which the tests give. */
let slow: Map<string, ServerResponse>;
let fleet: Fleet;
let org: string;
let secrets: string[];

beforeAll(async () => {
  slow = new Map();
  upstream = createServer(({ url = '' }, res) => {
    if (url.startsWith('/slow')) slow.set(url, res);
    else res.end('{}');
  }).listen(0, '127.0.0.1');
  [postgres, redis] = await Promise.all([startPostgres(), startRedis(), once(upstream, 'listening')]);
  const url = postgres.urlOf(await postgres.createDatabase());
  fleet = await startFleet({
    databases: Array.from({ length: nodeCount }, () => url),
    redisPort: redis.port,
    upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    extra: 'drainSeconds: 3',
  });
  org = await fleet.createOrg();
  // Without limits: on a busy machine Redis may not answer for 100 ms, and such a denial has nothing to do with restarts.
  secrets = (await createKeys(fleet, org, 20)).map(({ secret }) => secret);
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  upstream.closeAllConnections();
  upstream.close();
  await Promise.all([postgres.dispose(), redis.stop()]);
});

const loadOn = (publicPort: number, internalPort: number) =>
  startRollingLoad({ publicPort, internalPort, token: fleet.token, org, secrets, perSecond, changesPerSecond: 2 });

/** Restarts every node `times` times, one after the other. */
async function restartAll(times: number): Promise<void> {
  for (let cycle = 0; cycle < times; cycle++) {
    for (const node of fleet.nodes) {
      expect(await node.stop()).toBe(0);
      await node.start();
    }
  }
}

function print(
  how: string,
  restarts: number,
  { sent, changes, failures, undecided, p99Ms, maxMs }: RollingReport,
): void {
  const counts = `${restarts} restarts, ${sent} requests at ${perSecond}/s, ${changes} keys created and revoked, ${failures.length} failed, ${undecided.length} undecided`;
  process.stdout.write(`${how}: ${counts}; p99 ${p99Ms.toFixed(0)} ms, at most ${maxMs.toFixed(0)} ms\n`);
}

describe('a rolling restart under load', () => {
  test('through the balancer of the tests: no request fails', { timeout: 300_000 + cycles * 60_000 }, async () => {
    const [publicPort, internalPort] = [await freePort(), await freePort()];
    const internal = fleet.nodes.map((node) => ({ publicPort: node.internalPort, internalPort: node.internalPort }));
    const balancers = [await startBalancer(publicPort, fleet.nodes), await startBalancer(internalPort, internal)];
    try {
      const load = await loadOn(publicPort, internalPort);
      await restartAll(cycles);
      const report = await load.stop();
      print('balancer', cycles * nodeCount, report);
      expect(report.failures.slice(0, 10)).toEqual([]);
      expect(report.undecided.length).toBeLessThan(report.sent / 100);
      expect(report.sent).toBeGreaterThan(perSecond * cycles);
      expect(report.changes).toBeGreaterThan(0);
    } finally {
      await Promise.all(balancers.map((balancer) => balancer.close()));
    }
  });

  test('through HAProxy as the guide sets it up: no request fails', {
    timeout: 300_000 + cycles * 60_000,
  }, async () => {
    await using haproxy = await startHaproxy(fleet.nodes);
    const load = await loadOn(haproxy.publicPort, haproxy.internalPort);
    const times = Math.ceil(cycles / 2);
    await restartAll(times);
    const report = await load.stop();
    print('HAProxy', times * nodeCount, report);
    expect(report.failures.slice(0, 10)).toEqual([]);
    expect(report.undecided.length).toBeLessThan(report.sent / 100);
    expect(report.changes).toBeGreaterThan(0);
  });
});

// At the same time: one of them only waits.
describe.concurrent('a node that gets SIGTERM', () => {
  test('finishes the request in progress after its listener is closed, leaves the record and ends with 0', async () => {
    const node = fleet.node(2);
    const { id } = await entryOf(node);
    const headers = { host: 'api.classic.localhost', authorization: `Bearer ${secrets[0]}` };
    const { request } = await import('undici');
    const reply = request(`http://127.0.0.1:${node.publicPort}/slow/finished`, { headers });
    while (!slow.has('/slow/finished')) await new Promise((resolve) => setImmediate(resolve));
    const stopped = node.stop();
    while (await accepts(node.publicPort)) await new Promise((resolve) => setImmediate(resolve));
    slow.get('/slow/finished')?.end('finished');
    expect(await (await reply).body.text()).toBe('finished');
    expect(await stopped).toBe(0);
    expect((await listNodes(fleet.node(0))).map((entry) => entry.id)).not.toContain(id);
    await node.start();
    const back = await entryOf(node);
    expect((await listNodes(fleet.node(0))).map((entry) => entry.id)).toContain(back.id);
  });

  test('waits for 10 s at most', async () => {
    const node = fleet.node(1);
    const socket = connect(node.publicPort, '127.0.0.1').on('error', () => undefined);
    socket.write(
      `GET /slow/late HTTP/1.1\r\nHost: api.classic.localhost\r\nAuthorization: Bearer ${secrets[0]}\r\n\r\n`,
    );
    while (!slow.has('/slow/late')) await new Promise((resolve) => setImmediate(resolve));
    const startedMs = performance.now();
    expect(await node.stop()).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(3_000 + 10_000 + 10_000);
    slow.get('/slow/late')?.destroy();
    await node.start();
  });
});

interface NodeEntry {
  readonly id: string;
  readonly isThis: boolean;
}

async function listNodes(node: FleetNode): Promise<readonly NodeEntry[]> {
  return (await node.admin('GET', '/v1/nodes')).body.data as NodeEntry[];
}

/** How a node stands on record. */
async function entryOf(node: FleetNode): Promise<NodeEntry> {
  return (await listNodes(node)).find(({ isThis }) => isThis) ?? expect.fail('the node does not know itself');
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

interface Haproxy extends AsyncDisposable {
  readonly publicPort: number;
  readonly internalPort: number;
}

/**
 * The configuration of docs/how-to/run-several-nodes.md with the ports of these nodes, and without retries of a
 * connection.
 */
async function startHaproxy(nodes: readonly FleetNode[]): Promise<Haproxy> {
  const guide = await readFile(new URL('../../docs/how-to/run-several-nodes.md', import.meta.url), 'utf8');
  const [, example] = /```haproxy\n(.*?)```/s.exec(guide) ?? [];
  if (example === undefined) throw new Error('the guide has no configuration of HAProxy');
  const [publicPort, internalPort] = [await freePort(), await freePort()];
  const servers = (listener: 'publicPort' | 'internalPort') =>
    nodes
      .map((node) => `  server node-${node.at} 127.0.0.1:${node[listener]} check port ${node.internalPort}\n`)
      .join('');
  const config = example
    .replace('defaults\n', 'defaults\n  retries 0\n')
    .replace('bind :8080', `bind 127.0.0.1:${publicPort}`)
    .replace('bind 10.0.0.9:8081', `bind 127.0.0.1:${internalPort}`)
    .replaceAll(/(?: {2}server \S+ \S+:(\d+) .*\n)+/g, (_, port) =>
      servers(port === '4100' ? 'publicPort' : 'internalPort'),
    );
  const folder = await mkdtemp(join(tmpdir(), 'miftah-haproxy-'));
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, config);
  const child: ChildProcess = spawn('haproxy', ['-db', '-q', '-f', file], {
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const ended = once(child, 'exit');
  while (!(await accepts(internalPort))) {
    if (child.exitCode !== null) throw new Error(`haproxy ended with ${child.exitCode}:\n${said}`);
  }
  return {
    publicPort,
    internalPort,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
