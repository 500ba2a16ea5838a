// PostgreSQL under three nodes stops, hangs, slows down, fails over or fills its disk: no wrong answer, and all
// recovers by itself.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../nodes/fault-proxy.ts';
import { type CreatedKey, createKey, createKeys, type Fleet, revokeKey, startFleet } from '../nodes/fleet.ts';
import { type LoadReport, startLoad } from '../nodes/load.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';

/** Number of each kind of outage. The long run: `MIFTAH_OUTAGES=20 npx vitest run test/faults/store-outage.test.ts`. */
const outages = Number(process.env.MIFTAH_OUTAGES ?? 1);
const isLong = process.env.MIFTAH_OUTAGES !== undefined;
/** How long latencies are measured, with and without a slow store. */
const measuredMs = isLong ? 10_000 : 700;
/** 250 ms for a look-up, and some for the rest. */
const missBoundMs = 1_000;
/** The bound grows by so many times what an answer takes that needs no store, because the machine may be busy. */
const busyFactor = 10;
const timeout = 300_000 * outages;

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** The state of the nodes before an outage: keys in memory, keys that no node has loaded, and revoked keys. */
interface Stock {
  readonly known: CreatedKey;
  readonly unknown: readonly CreatedKey[];
  /** Revoked, and cached as such by every node. */
  readonly revoked: CreatedKey;
  /** Revoked, and in no node's cache. */
  readonly forgotten: CreatedKey;
}

async function prepare(fleet: Fleet, org: string): Promise<Stock> {
  const [known, revoked, forgotten, ...unknown] = (await createKeys(fleet, org, 23)) as [
    CreatedKey,
    CreatedKey,
    CreatedKey,
    ...CreatedKey[],
  ];
  await Promise.all([revoked, forgotten].map(({ id }) => revokeKey(fleet.node(0), id)));
  for (const node of fleet.nodes) {
    expect(await node.decide(known.secret)).toBe('allowed');
    expect(await node.decide(revoked.secret)).toBe('key_revoked');
  }
  return { known, unknown, revoked, forgotten };
}

/**
 * Asks all nodes about one key of each kind, and throws for a wrong answer. Returns the verdicts about the key in
 * memory.
 */
async function probe(fleet: Fleet, { known, unknown, revoked, forgotten }: Stock, turn: number): Promise<string[]> {
  const fresh = unknown[turn % unknown.length] as CreatedKey;
  const ask = async (node: (typeof fleet.nodes)[number], { secret }: CreatedKey, right: string) => {
    const startedMs = performance.now();
    const verdict = await node.decide(secret);
    expect([right, 'unavailable']).toContain(verdict);
    return { verdict, tookMs: performance.now() - startedMs };
  };
  // Needs no store.
  const askHealth = async (node: (typeof fleet.nodes)[number]) => {
    const startedMs = performance.now();
    expect((await node.admin('GET', '/healthz')).status).toBe(200);
    return performance.now() - startedMs;
  };
  return Promise.all(
    fleet.nodes.map(async (node) => {
      const [healthMs, ...answers] = await Promise.all([
        askHealth(node),
        ask(node, known, 'allowed'),
        ask(node, fresh, 'allowed'),
        ask(node, revoked, 'key_revoked'),
        ask(node, forgotten, 'key_revoked'),
      ]);
      for (const { tookMs } of answers) expect(tookMs).toBeLessThan(missBoundMs + busyFactor * healthMs);
      return answers[0].verdict;
    }),
  );
}

/** Runs an outage until all nodes answer correctly again. Returns how long the recovery took. */
async function passThrough(fleet: Fleet, stock: Stock, begin: () => unknown, end: () => unknown): Promise<number> {
  const { pid } = fleet.node(0).process;
  await begin();
  let turn = 0;
  while ((await probe(fleet, stock, turn++)).includes('allowed'));
  for (let more = 0; more < 5; more++) {
    expect(await probe(fleet, stock, turn++)).toEqual(['unavailable', 'unavailable', 'unavailable']);
  }
  await end();
  return recover(fleet, stock, turn, pid);
}

async function recover(fleet: Fleet, stock: Stock, from: number, pid: number | undefined): Promise<number> {
  const endedAtMs = performance.now();
  for (let turn = from; (await probe(fleet, stock, turn)).includes('unavailable'); turn++);
  const recoveredMs = performance.now() - endedAtMs;
  // Changes work too, and hold everywhere.
  const org = await fleet.createOrg();
  const { id, secret } = await createKey(fleet.node(1), org);
  expect(await Promise.all(fleet.nodes.map((node) => node.decide(secret)))).toEqual(['allowed', 'allowed', 'allowed']);
  await revokeKey(fleet.node(2), id);
  expect(new Set(await Promise.all(fleet.nodes.map((node) => node.decide(secret))))).toEqual(new Set(['key_revoked']));
  expect(fleet.node(0).process.pid).toBe(pid);
  return recoveredMs;
}

function print(name: string, recoveries: readonly number[]): void {
  const most = Math.max(...recoveries).toFixed(0);
  process.stdout.write(
    `PostgreSQL ${name} ${recoveries.length} times: no wrong answer; back after ${most} ms at most\n`,
  );
}

describe('a PostgreSQL behind a network', () => {
  let postgres: PostgresServer;
  let wire: FaultProxy;
  /** That refuse without the store, which is the default. */
  let fleet: Fleet;
  beforeAll(async () => {
    postgres = await startPostgres();
    wire = await startFaultProxy({ path: postgres.socketPath });
    fleet = await start();
  });
  afterEach(() => wire.become({ kind: 'pass' }));
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await wire.close();
    await postgres.dispose();
  });

  async function start(extra = ''): Promise<Fleet> {
    const database = await postgres.createDatabase();
    const url = `postgres://miftah@127.0.0.1:${wire.port}/${database}`;
    return startFleet({ databases: [url, url, url], redisPort: redis.port, extra });
  }

  test('that stops or hangs causes no wrong answer', { timeout }, async () => {
    const org = await fleet.createOrg();
    const [crashes, freezes, silences]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < outages; round++) {
      const stock = await prepare(fleet, org);
      crashes.push(await passThrough(fleet, stock, postgres.crash, postgres.start));
      freezes.push(await passThrough(fleet, stock, postgres.freeze, postgres.thaw));
      const become = (kind: 'hold' | 'pass') => () => wire.become({ kind });
      silences.push(await passThrough(fleet, stock, become('hold'), become('pass')));
    }
    print('crashed', crashes);
    print('was stopped (SIGSTOP)', freezes);
    print('was not reached', silences);
  });

  test('that answers a second late makes nodes refuse in time, until it is fast again', { timeout }, async () => {
    const stock = await prepare(fleet, await fleet.createOrg());
    const slow = () => wire.become({ kind: 'slow', roundTripMs: 1_000 });
    print('was slow by 1 s', [await passThrough(fleet, stock, slow, () => wire.become({ kind: 'pass' }))]);
  });

  /** Expects keys in memory to be decided as quickly while the store is slow. */
  async function compare(subject: Fleet, roundTripMs: number, policy: string): Promise<void> {
    const stock = await prepare(subject, await subject.createOrg());
    await using load = await startLoad({
      ports: subject.nodes.map(({ internalPort }) => internalPort),
      token: subject.token,
      secrets: [stock.known.secret],
      connections: 2,
    });
    const measure = async (): Promise<LoadReport> => {
      const endsAtMs = performance.now() + measuredMs;
      await load.begin();
      // At the same time, keys that no node has loaded: each waits for the store.
      for (let turn = 0; performance.now() < endsAtMs; turn++) await probe(subject, stock, turn);
      return load.report();
    };
    // In turn, because the machine's other load changes.
    const [quick, slow]: [LoadReport[], LoadReport[]] = [[], []];
    for (let round = 0; round < 3; round++) {
      wire.become({ kind: 'pass' });
      quick.push(await measure());
      wire.become({ kind: 'slow', roundTripMs });
      slow.push(await measure());
    }
    wire.become({ kind: 'pass' });
    const best = (reports: readonly LoadReport[]) => Math.min(...reports.map(({ p99Ms }) => p99Ms));
    process.stdout.write(
      `store slow by ${roundTripMs} ms, ${policy}: p99 of keys in memory ${best(slow).toFixed(1)} ms, ${best(quick).toFixed(1)} ms without\n`,
    );
    for (const { outcomes } of [...quick, ...slow]) expect(Object.keys(outcomes)).toEqual(['allowed']);
    expect(best(slow)).toBeLessThan(2 * best(quick) + (isLong ? 10 : 50));
  }

  test('keys in memory are decided as quickly with a store that is slow by 100 ms', { timeout }, () =>
    compare(fleet, 100, 'refuse'),
  );

  test('keys in memory are decided as quickly with a store that is slow by 1 s, on serve-cached(60)', {
    timeout,
  }, async () => {
    await using caching = await start('onStoreOutage: serve-cached(60)');
    await compare(caching, 1_000, 'serve-cached(60)');
  });
});

test('a standby takes over: what was acknowledged holds, and nodes find it', { timeout }, async () => {
  const primary = await startPostgres();
  const database = await primary.createDatabase();
  const standby = await primary.startStandby();
  try {
    const url = `postgres://miftah@${primary.host},${standby.host}/${database}`;
    await using fleet = await startFleet({ databases: [url, url, url], redisPort: redis.port });
    const stock = await prepare(fleet, await fleet.createOrg());
    const recoveredMs = await passThrough(fleet, stock, primary.crash, standby.promote);
    print('failed over to its standby', [recoveredMs]);
  } finally {
    await Promise.all([primary.dispose(), standby.dispose()]);
  }
});

/** Needs root for a file system of its own. A full disk is like other faults that stop PostgreSQL. */
const canMount = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-mount-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0;
  if (isMounted) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return isMounted;
})();

test.runIf(canMount)(
  'a full disk causes no wrong answer, and everything recovers when there is space',
  { timeout },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'miftah-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m,mode=755', 'tmpfs', folder]);
    const postgres = await startPostgres({ parent: folder });
    try {
      const url = postgres.urlOf(await postgres.createDatabase());
      await using fleet = await startFleet({ databases: [url, url, url], redisPort: redis.port });
      const org = await fleet.createOrg();
      const stock = await prepare(fleet, org);
      const { pid } = fleet.node(0).process;
      const filler = join(folder, 'filler');
      const { bavail, bsize } = statfsSync(folder);
      try {
        writeFileSync(filler, Buffer.alloc(bavail * bsize));
      } catch (error) {
        // PostgreSQL has taken some of the space meanwhile; the disk is still full.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
      // Until a change finds no space, for the log or for the tables.
      const outcomes: number[] = [];
      while (outcomes.at(-1) !== 503) {
        const name = 'x'.repeat(200);
        const replies = await Promise.all(
          fleet.nodes.map((node) => node.admin('POST', '/v1/keys', { api: 'classic', org, name })),
        );
        outcomes.push(...replies.map(({ status }) => status));
        await probe(fleet, stock, outcomes.length);
      }
      expect([201, 503]).toEqual(expect.arrayContaining([...new Set(outcomes)]));
      for (let turn = 0; turn < 10; turn++) await probe(fleet, stock, turn);
      rmSync(filler);
      if (!postgres.isRunning()) await postgres.start();
      const made = outcomes.filter((status) => status === 201).length;
      print(`had no room left after ${made} keys,`, [await recover(fleet, stock, 0, pid)]);
    } finally {
      await postgres.dispose();
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    }
  },
);
