// The clock of one of four nodes jumps, runs fast or runs slow: nothing is wrongly accepted, and keys expire in time.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createKey, type Fleet, type FleetNode, revokeKey, startFleet } from '../nodes/fleet.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';

/** Revocations for each clock fault. The long run sets `MIFTAH_REVOCATIONS`. */
const revocations = Math.ceil(Number(process.env.MIFTAH_REVOCATIONS ?? 40) / 4);
/** How far from its instant a key may expire, and what a busy machine adds before an answer comes. */
const expiryBoundMs = 1000;
const busyMs = process.env.MIFTAH_REVOCATIONS === undefined ? 2_000 : 0;

let postgres: PostgresServer;
let redis: RedisServer;
let folder: string;
let clockFile: string;
let fleet: Fleet;
let org: string;
let moved: FleetNode;

/**
 * Path of libfaketime (https://github.com/wolfcw/libfaketime), which sets a process's time by a file that it reads
 * every second.
 */
function findLibrary(): string {
  for (const parent of ['/usr/lib', ...readdirSync('/usr/lib').map((name) => `/usr/lib/${name}`)]) {
    try {
      const found = readdirSync(join(parent, 'faketime')).find((name) => name === 'libfaketime.so.1');
      if (found !== undefined) return join(parent, 'faketime', found);
    } catch {
      // Try the next path.
    }
  }
  throw new Error('there is no libfaketime on this machine: install the package faketime');
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-clock-'));
  clockFile = join(folder, 'clock');
  setClock('+0');
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const url = postgres.urlOf(await postgres.createDatabase());
  const faked = {
    LD_PRELOAD: findLibrary(),
    FAKETIME_TIMESTAMP_FILE: clockFile,
    FAKETIME_CACHE_DURATION: '1',
    // Leases and timers use the monotonic clock.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  };
  fleet = await startFleet({
    databases: Array(4).fill(url),
    redisPort: redis.port,
    env: (at) => (at === 3 ? faked : {}),
  });
  moved = fleet.node(3);
  org = await fleet.createOrg();
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await Promise.all([postgres.dispose(), redis.stop()]);
  rmSync(folder, { recursive: true });
});

function setClock(offset: string): void {
  writeFileSync(clockFile, `${offset}\n`);
}

/** How far the moved node's clock is ahead of the database's, by the last line of its log that reports it. */
function lastTold(): number {
  return Number([...moved.log().matchAll(/"aheadMs":(-?\d+)/g)].at(-1)?.[1] ?? 0);
}

/** When each node first answers that the key has expired, in milliseconds after its expiry. */
async function expiries(secret: string, expiresAtMs: number): Promise<number[]> {
  return Promise.all(
    fleet.nodes.map(async (node) => {
      for (;;) {
        const askedAtMs = Date.now();
        const verdict = await node.decide(secret);
        if (verdict === 'key_expired') return askedAtMs - expiresAtMs;
        expect(verdict).toBe('allowed');
      }
    }),
  );
}

test.each([
  { name: '1 h ahead', offset: '+3600', isTold: (aheadMs: number) => Math.abs(aheadMs - 3_600_000) < 10_000 },
  { name: '1 h behind', offset: '-3600', isTold: (aheadMs: number) => Math.abs(aheadMs + 3_600_000) < 10_000 },
  // Since the process started.
  { name: 'twice as fast', offset: '+0 x2', isTold: (aheadMs: number) => aheadMs >= 1000 },
  { name: 'half as fast', offset: '+0 x0.5', isTold: (aheadMs: number) => aheadMs <= -1000 },
])('no wrong answer by a clock $name', { timeout: 300_000 + revocations * 200 }, async ({ name, offset, isTold }) => {
  await moved.kill();
  setClock('+0');
  await moved.start();
  setClock(offset);
  await vi.waitFor(() => expect(lastTold()).toSatisfy(isTold), 60_000);

  const metrics = await (await fetch(`http://127.0.0.1:${moved.internalPort}/metrics`)).text();
  const aheadSeconds = Number(/^miftah_clock_ahead_seconds (\S+)$/m.exec(metrics)?.[1]);
  expect(aheadSeconds * 1000).toSatisfy(isTold);

  const expiresAtMs = Date.now() + 2_000;
  const expiresAt = new Date(expiresAtMs).toISOString();
  const mortal = await Promise.all([
    createKey(fleet.node(0), org, { expiresAt }),
    createKey(moved, org, { expiresAt }),
  ]);
  const deviations = (await Promise.all(mortal.map(({ secret }) => expiries(secret, expiresAtMs)))).flat();

  const accepted: string[] = [];
  const refused: string[] = [];
  const latencies: number[] = [];
  for (let turn = 0; turn < revocations; turn++) {
    const { id, secret } = await createKey(fleet.node(turn), org);
    const probe = () => Promise.all(fleet.nodes.flatMap((node) => [node.decide(secret), node.decide(secret)]));
    refused.push(...(await probe()).filter((verdict) => verdict !== 'allowed'));
    latencies.push(await revokeKey(fleet.node(turn + 1), id));
    accepted.push(...(await probe()).filter((verdict) => verdict !== 'key_revoked'));
  }

  // One window for all nodes, by Redis' time.
  const limited = await createKey(moved, org, { rateLimits: ['10/d'] });
  const resets: number[] = [];
  for (const node of [...fleet.nodes, ...fleet.nodes, ...fleet.nodes]) {
    const { body } = await node.admin('POST', '/v1/verify', { api: 'classic', secret: limited.secret });
    resets.push((body.rate as { reset: number }).reset);
    if (resets.length > 10) expect(body.reason).toBe('rate_limited');
  }
  expect(new Set(resets).size).toBe(1);

  const [first, last] = [Math.min(...deviations), Math.max(...deviations)];
  process.stdout.write(
    `clock ${name}: ${revocations} revocations, ${16 * revocations} probes, ${accepted.length} accepted, ` +
      `${refused.length} refused; at most ${Math.max(...latencies).toFixed(0)} ms; keys expired ${first} to ${last} ms after their instant\n`,
  );
  expect([accepted, refused]).toEqual([[], []]);
  expect(first).toBeGreaterThan(-expiryBoundMs);
  expect(last).toBeLessThan(expiryBoundMs + busyMs);
});
