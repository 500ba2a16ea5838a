// Metering counts every answered request exactly once, whatever is killed, cut or full.
import { type ChildProcess, execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMiftah } from '../../src/compose.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { findUse, type StatusClass, statusClasses, statusClassOf } from '../../src/domain/use.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import type { UsageSum } from '../../src/metering/ports.ts';
import { openUsageRecorder } from '../../src/metering/usage-recorder.ts';
import { openPostgres } from '../../src/storage/postgres/storage.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { createOrg, newKey, newSecret } from '../contracts/storage-fixtures.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { startRedis } from '../redis-server.ts';

/**
 * `npm test` kills 8 times. `npm run test:faults` kills 1,000 times, as does
 * `MIFTAH_KILLS=1000 npx vitest run test/faults/metering.test.ts`.
 */
const kills = Number(process.env.MIFTAH_KILLS ?? 8);
const loaders = 12;
const child = new URL('./metering-child.ts', import.meta.url).pathname;

let folder: string;
const closers: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-metering-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

/** The clients' counts for each key: requests sent, requests answered to the last byte, and the outcome to count. */
interface Ledger {
  readonly secret: string;
  readonly keyId: string;
  readonly outcome: 'allowed' | 'address_not_allowed';
  sent: number;
  answered: number;
  /** Of the answered ones, those that the policy bills. */
  billable: number;
  /** The answered ones by the class that is recorded. */
  readonly classes: Partial<Record<StatusClass, number>>;
  readonly statuses: Set<number>;
}

class LoadedNode {
  readonly #config: string;
  readonly #upstream: string;
  #process: ChildProcess | undefined;
  port = 0;

  constructor(config: string, upstream: string) {
    this.#config = config;
    this.#upstream = upstream;
  }

  async start(): Promise<void> {
    const started = fork(child, [this.#config, this.#upstream], { execArgv: ['--no-warnings'] });
    this.#process = started;
    const [port] = await Promise.race([
      once(started, 'message'),
      once(started, 'exit').then(() => expect.fail('a node did not start')),
    ]);
    this.port = port as number;
  }

  async kill(): Promise<void> {
    const exited = once(this.#process as ChildProcess, 'exit');
    this.#process?.kill('SIGKILL');
    await exited;
  }

  async close(): Promise<void> {
    const exited = once(this.#process as ChildProcess, 'exit');
    this.#process?.send('close');
    expect(await exited).toEqual([0, null]);
  }
}

/** Sends one request after the other until the node is gone. */
async function load(node: LoadedNode, ledgers: readonly Ledger[], onAnswer: () => void): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { port } = node;
  for (let at = Math.floor(Math.random() * 100); ; at++) {
    const ledger = ledgers[at % ledgers.length] as Ledger;
    const isProxied = at % 3 === 0;
    const host = isProxied ? 'proxied.localhost' : 'guarded.localhost';
    const method = at % 5 === 0 ? 'HEAD' : 'GET';
    const headers = { host, authorization: `Bearer ${ledger.secret}` };
    ledger.sent++;
    const status = await new Promise<number | undefined>((resolve) => {
      request({ host: '127.0.0.1', port, method, path: '/v1/things', headers, agent }, (res) => {
        res.resume().on('close', () => resolve(res.complete ? res.statusCode : undefined));
      })
        .on('error', () => resolve(undefined))
        .end();
    });
    if (status === undefined) break;
    ledger.statuses.add(status);
    // A node without a lease can't decide, and an undecided request is not counted.
    if (status !== 503) {
      ledger.answered++;
      const statusClass = isProxied ? statusClassOf(status) : 'unknown';
      ledger.classes[statusClass] = (ledger.classes[statusClass] ?? 0) + 1;
      if (method === 'GET' && statusClass !== '5xx') ledger.billable++;
    }
    onAnswer();
  }
  agent.destroy();
}

async function startUpstream(): Promise<string> {
  let replies = 0;
  const server = createServer((_req, res) => {
    // With a length, in chunks, and without a body: the three ways in which a reply ends.
    const kind = replies++ % 5;
    if (kind === 0) res.end('whole');
    else if (kind === 1) res.writeHead(204).end();
    else if (kind === 2) res.writeHead(404).end('not here');
    else if (kind === 3) res.writeHead(500).end('broken');
    else {
      res.write('in two ');
      res.end('parts');
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function prepare(nodes: number, database: string) {
  const upstream = await startUpstream();
  const loaded: LoadedNode[] = [];
  for (let at = 0; at < nodes; at++) {
    const data = join(folder, `data-${at}`);
    mkdirSync(data, { mode: 0o700 });
    const config = join(folder, `node-${at}.yaml`);
    const api = `apis: [{ id: classic, profile: classic, hosts: [api.classic.localhost], upstream: "${upstream}" }]`;
    writeFileSync(config, `dataDir: ${data}\n${database}\n${api}\n`);
    loaded.push(new LoadedNode(config, upstream));
  }
  const miftah = await openMiftah({ config: join(folder, 'node-0.yaml') });
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Acme' });
  const ledgers: Ledger[] = [];
  for (let at = 0; at < 8; at++) {
    const isRefused = at === 7;
    const addresses = isRefused ? ['203.0.113.7'] : [];
    const fields = { apiId: 'classic', orgId, name: 'key', addresses };
    const { key, secret } = await miftah.keys.createKey(libraryOperator, fields);
    const outcome = isRefused ? 'address_not_allowed' : 'allowed';
    ledgers.push({
      secret,
      keyId: key.id,
      outcome,
      sent: 0,
      answered: 0,
      billable: 0,
      classes: {},
      statuses: new Set(),
    });
  }
  await miftah.close();
  return { loaded, ledgers };
}

/** Kills each node repeatedly, after up to 100 answers, while the others continue. Then stops all of them. */
async function campaign(nodes: readonly LoadedNode[], ledgers: readonly Ledger[]): Promise<void> {
  const startedMs = performance.now();
  let done = 0;
  await Promise.all(
    nodes.map(async (node) => {
      while (done < kills) {
        done++;
        await node.start();
        let left = 1 + Math.floor(Math.random() * 100);
        const { promise: isTime, resolve } = Promise.withResolvers<void>();
        const loads = Array.from({ length: loaders }, () =>
          load(node, ledgers, () => {
            left--;
            if (left === 0) resolve();
          }),
        );
        await isTime;
        await node.kill();
        await Promise.all(loads);
      }
      await node.start();
      await node.close();
    }),
  );
  const sum = (read: (ledger: Ledger) => number) => ledgers.reduce((total, ledger) => total + read(ledger), 0);
  const [sent, answered] = [sum(({ sent }) => sent), sum(({ answered }) => answered)];
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  process.stdout.write(
    `${done} kills of ${nodes.length} node(s), ${sent} requests sent, ${answered} answered, in ${seconds} s\n`,
  );
  expect(answered).toBeGreaterThan(done);
}

async function expectExact(storage: Storage, ledgers: readonly Ledger[]): Promise<void> {
  const query = { fromMs: 0, toMs: Date.now() + 1, groupBy: ['keyId', 'outcome'] } as const;
  const sums = await storage.usage.listUsage(query);
  for (const ledger of ledgers) {
    const { keyId, outcome, sent, answered, statuses } = ledger;
    const right = outcome === 'allowed' ? [200, 204, 404, 500, 503] : [403, 503];
    expect([...statuses].filter((status) => !right.includes(status))).toEqual([]);
    const own = sums.filter((sum) => sum.keyId === keyId);
    expect(own.map((sum) => sum.outcome)).toEqual([outcome]);
    // Requests without an answer may be counted or not.
    expect(own[0]?.count).toBeGreaterThanOrEqual(answered);
    expect(own[0]?.count).toBeLessThanOrEqual(sent);
    if (outcome === 'allowed') expectParts(own[0] as UsageSum, ledger);
    else expect(own[0]?.billed).toBe(0);
  }
  const grand = await storage.usage.listUsage({ ...query, groupBy: [] });
  expect(grand[0]?.count).toBe(sums.reduce((total, { count }) => total + count, 0));
}

/** Every answered request is in its class, and billed or not: the others are at most those without an answer. */
function expectParts({ billed, statuses, count }: UsageSum, { classes, sent, answered, billable }: Ledger): void {
  const unanswered = sent - answered;
  for (const statusClass of statusClasses) {
    expect(statuses[statusClass]).toBeGreaterThanOrEqual(classes[statusClass] ?? 0);
    expect(statuses[statusClass]).toBeLessThanOrEqual((classes[statusClass] ?? 0) + unanswered);
  }
  expect(Object.values(statuses).reduce((sum, each) => sum + each, 0)).toBe(count);
  expect(billed).toBeGreaterThanOrEqual(billable);
  expect(billed).toBeLessThanOrEqual(billable + unanswered);
}

/** Segments, and those that were put aside. */
const journalOf = (at: number) =>
  readdirSync(join(folder, `data-${at}`, 'usage-journal')).filter((name) => !name.endsWith('.run'));

describe(`on nodes that are killed ${kills} times under load`, () => {
  const timeout = 300_000 + kills * 10_000;

  test('every answered request is counted once on SQLite', { timeout }, async () => {
    const { loaded, ledgers } = await prepare(1, '');
    await campaign(loaded, ledgers);
    expect(journalOf(0)).toEqual([]);
    const storage = await openSqlite({ file: join(folder, 'data-0', 'miftah.db') });
    closers.push(() => storage.close());
    await expectExact(storage, ledgers);
  });

  test('every answered request is counted once on two nodes that share a PostgreSQL', { timeout }, async () => {
    const [server, redis] = await Promise.all([startPostgres(), startRedis()]);
    closers.push(
      () => server.dispose(),
      () => redis.stop(),
    );
    const url = server.urlOf(await server.createDatabase());
    const shared = `database: "${url}"\ncoordination: redis://127.0.0.1:${redis.port}\nnodes: 2`;
    const { loaded, ledgers } = await prepare(2, shared);
    await campaign(loaded, ledgers);
    expect([journalOf(0), journalOf(1)]).toEqual([[], []]);
    const storage = await openPostgres({ url, isShared: true });
    closers.push(() => storage.close());
    await expectExact(storage, ledgers);
    // One row for each of the last two runs, and none for killed ones.
    expect(await server.query(url.split('/').at(-1) as string, 'SELECT count(*)::int AS rows FROM usage_runs')).toEqual(
      [{ rows: 2 }],
    );
  });
});

describe('a PostgreSQL', () => {
  async function open(urlOf: (server: PostgresServer, database: string) => string | Promise<string>) {
    const server = await startPostgres();
    closers.push(() => server.dispose());
    const database = await server.createDatabase();
    const storage = await openPostgres({ url: await urlOf(server, database) });
    closers.push(() => storage.close());
    const secret = newSecret();
    await storage.management.createKey(newKey(await createOrg(storage)), secret);
    const found = await storage.keyStore.findSecret(secret.digest);
    if (found === undefined) throw new TypeError('the key is not found');
    const key = {
      ...found.key,
      seq: found.key.seq,
      orgSeq: found.org.seq,
      supersededDigest: undefined,
      scopes: [],
      endpoints: [],
    };
    const faults: unknown[] = [];
    const recorder = await openUsageRecorder({
      store: storage.usage,
      clock: systemClock,
      folder: join(folder, 'journal'),
      apis: ['classic'],
      onFault: (error) => faults.push(error),
    });
    const count = async () =>
      (await storage.usage.listUsage({ fromMs: 0, toMs: Date.now() + 1, groupBy: [] }))[0]?.count;
    return {
      server,
      recorder,
      count,
      faults,
      use: () => recorder.recordUse(key, findUse('allowed', '2xx', true), '203.0.113.7'),
    };
  }

  test('whose answer to a commit is lost gets no batch twice', async () => {
    const cut = { commits: 0, lost: 0 };
    const { recorder, use, count } = await open(async (server, database) => {
      const port = await startCutter(join(decodeURIComponent(server.host), '.s.PGSQL.5432'), cut);
      return server.urlOf(database).replace(`${server.host}:${server.port}`, `127.0.0.1:${port}`);
    });
    let uses = 0;
    for (let round = 0; round < 5; round++) {
      for (let at = 0; at < 100; at++) {
        use();
        uses++;
      }
      cut.commits = 1 + (round % 2);
      while (cut.commits > 0) await expect(recorder.flush()).rejects.toMatchObject({ code: 'storage_unreachable' });
      await recorder.flush();
      expect(await count()).toBe(uses);
    }
    expect(cut.lost).toBe(7);
    await recorder.close();
  });

  test('that goes down and returns has every use once', async () => {
    const { server, recorder, use, count, faults } = await open((each, database) => each.urlOf(database));
    for (let round = 0; round < 3; round++) {
      for (let at = 0; at < 50; at++) use();
      const flushing = recorder.flush().catch(() => undefined);
      await server.crash();
      await flushing;
      for (let at = 0; at < 50; at++) use();
      await expect(recorder.flush()).rejects.toMatchObject({ code: 'storage_unreachable' });
      await server.start();
      await recorder.flush();
      expect(await count()).toBe((round + 1) * 100);
    }
    expect(faults.length).toBeGreaterThanOrEqual(3);
    expect(recorder.counts).toEqual({ recorded: 300, dropped: 0 });
    await recorder.close();
  });
});

/** A proxy that, as often as `cut` says, passes on a COMMIT and drops its answer. */
async function startCutter(path: string, cut: { commits: number; lost: number }): Promise<number> {
  const sockets = new Set<Socket>();
  const cutter = createTcpServer((client) => {
    const server = connect(path);
    let isCommitting = false;
    client.on('data', (bytes) => {
      if (cut.commits > 0 && bytes.includes('COMMIT')) isCommitting = true;
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (!isCommitting) {
        client.write(bytes);
        return;
      }
      cut.commits--;
      cut.lost++;
      client.destroy();
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(cutter, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    cutter.close();
  });
  return (cutter.address() as AddressInfo).port;
}

const isolate = 'unshare --user --map-root-user --mount';
const mount = 'mount -t tmpfs -o size=4m tmpfs "$1"';

/**
 * Not on macOS, nor in a container without user namespaces. usage-recorder.test.ts tests the journal's own bound there.
 */
const canMount = spawnSync('sh', ['-c', `${isolate} sh -c '${mount}' sh "$1"`, 'sh', tmpdir()]).status === 0;

test.runIf(canMount)('a full disk does not stop counting, and is used again when there is space', () => {
  const full = new URL('./metering-full-disk-child.ts', import.meta.url).pathname;
  const script = `${isolate} sh -c '${mount} && exec "$2" --no-warnings "$3" "$1"' sh "$@"`;
  const output = execFileSync('sh', ['-c', script, 'sh', folder, process.execPath, full], { encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual({
    whileFull: { recorded: 30_000, dropped: 0, isFailing: true, faults: ['ENOSPC'] },
    afterwards: { isInFiles: true, failures: 1 },
    counted: 40_000,
    left: [],
  });
});
