// The heaviest console work beside the data plane delays other requests by no more than a few milliseconds.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConsoleClient, makeOwner, ownerEmail, password } from '../people/console-client.ts';
import type { Crowd, Seen } from './console-crowd.ts';
import type { Measured } from './latency-probe.ts';
import { type SupervisedServer, startSupervised } from './supervised-server.ts';

const seconds = Number(process.env.MIFTAH_CONSOLE_LOAD_SECONDS ?? 0.5);
/**
 * Half a second on a busy machine says nothing about a percentile. The short form finds only what is wrong at any
 * speed.
 */
const isLong = seconds >= 5;
const perSecond = 100;
/**
 * Added by the crowd. A page blocks the event loop for some milliseconds, and a request of the data plane waits some
 * turns.
 */
const maxExtraP99Ms = 150;
/** The states in a page's records have at most 256 KiB (src/http/wire/route.ts). The rest of a page is small. */
const maxPageBytes = 256 * 1024 * 1.1;
/** One core is left for the rest of the process. */
const hashesAtOnce = Math.max(1, Math.min(2, availableParallelism() - 1));
/** Each takes a tenth of a second, one after the other. */
const signIns = isLong ? 64 : 12;
const readers = 16;
const deaf = 50;
const deafStayMs = isLong ? 2_000 : 300;
const knownAddresses = ['127.0.3.1', '127.0.3.2', '127.0.3.3', '127.0.3.4'];

/** Open requests of /v1/held in the upstream, by the connection that sent them. */
const held = new Map<string, ServerResponse>();
let overlappingRequests = 0;

let server: SupervisedServer;
let owner: ConsoleClient;
let orgId: string;
let secret: string;
let probe: ChildProcess;

beforeAll(async () => {
  server = await startSupervised({
    answer(req, res) {
      req.resume();
      const connection = req.headers['x-connection'];
      if (connection === undefined) {
        res.end('ok');
        return;
      }
      if (held.has(connection as string)) overlappingRequests += 1;
      held.set(connection as string, res);
    },
  });
  ({ client: owner, orgId } = await makeOwner({ ...server, server }));
  const { id, secret: made } = await server.admin('POST', '/v1/keys', { api: 'classic', org: orgId, name: 'large' });
  secret = made as string;
  await makeLargeRecords(id as string);
  for (const localAddress of knownAddresses) {
    expect(await statusOfSignIn(localAddress)).toBe(200);
  }
  const file = new URL('./latency-probe.ts', import.meta.url);
  const args = [String(server.publicPort), 'api.classic.localhost', secret, String(perSecond)];
  probe = fork(file, args, { execArgv: ['--no-warnings'] });
  await once(probe, 'message');
});
afterAll(async () => {
  const ended = once(probe, 'exit');
  probe.disconnect();
  await ended;
  await server[Symbol.asyncDispose]();
});

/** Creates audit records with 500 addresses before and after, and keys with as many: more than a page holds. */
async function makeLargeRecords(keyId: string): Promise<void> {
  const addressesOf = (n: number) =>
    Array.from({ length: 500 }, (_, at) => `2001:db8:${n}:${at.toString(16)}:ffff:ffff:ffff:ffff/128`);
  for (let n = 0; n < 12; n++) {
    const body = { api: 'classic', org: orgId, name: `large ${n}`, addresses: addressesOf(n) };
    await server.admin('POST', '/v1/keys', body);
    // The last change of the probe's key removes its addresses, so that the probe can use it.
    await server.admin('PATCH', `/v1/keys/${keyId}`, { addresses: n === 11 ? [] : addressesOf(n + 1) });
  }
}

async function statusOfSignIn(localAddress: string): Promise<number | undefined> {
  const { origin } = owner;
  const headers = { host: new URL(origin).host, origin, 'content-type': 'application/json' };
  const path = '/api/auth/sign-in/email';
  const req = request({ host: '127.0.0.1', port: server.publicPort, method: 'POST', path, headers, localAddress });
  req.end(JSON.stringify({ email: ownerEmail, password }));
  const [res] = await once(req, 'response');
  res.resume();
  return res.statusCode;
}

/** The probe's measurement while `work` runs. */
async function measure(work: () => Promise<unknown>): Promise<Measured> {
  probe.send('begin');
  await work();
  const measured = once(probe, 'message');
  probe.send('end');
  return (await measured)[0] as Measured;
}

/** Runs a crowd for `forMs`, and then until its last replies arrive. Calls `watch` meanwhile. */
async function crowdFor(forMs: number, crowd: Crowd, watch: () => void = () => {}): Promise<Seen> {
  const file = new URL('./console-crowd.ts', import.meta.url);
  const child = fork(file, [JSON.stringify(crowd)], { execArgv: ['--no-warnings'] });
  await once(child, 'message');
  const watching = setInterval(watch, 5);
  try {
    await wait(forMs);
    const seen = once(child, 'message');
    child.send('stop');
    return (await seen)[0] as Seen;
  } finally {
    clearInterval(watching);
  }
}

function quantile(sorted: readonly number[], of: number): number {
  return sorted[Math.floor((sorted.length - 1) * of)] ?? Number.NaN;
}

function describe({ tookMs }: { readonly tookMs: readonly number[] }): string {
  const figures = [quantile(tookMs, 0.5), quantile(tookMs, 0.99), tookMs.at(-1) ?? Number.NaN];
  const [p50, p99, most] = figures.map((ms) => ms.toFixed(1));
  return `p50 ${p50}, p99 ${p99}, most ${most} ms`;
}

/** Measures the data plane without the crowd, then with it. Every request of the probe must get a 200. */
async function compare(name: string, crowd: Crowd, watch?: () => void): Promise<Seen> {
  const quiet = await measure(() => wait(seconds * 500));
  let seen: Seen | undefined;
  const withCrowd = await measure(async () => {
    seen = await crowdFor(seconds * 1_000, crowd, watch);
  });
  const { counts, tookMs, maxBytes } = seen as Seen;
  const lines = Object.entries(counts).map(([what, count]) => `${count} x ${what}`);
  process.stdout.write(
    `${name}: ${lines.join(', ')}` +
      `${tookMs.length > 0 ? ` (${describe(seen as Seen)}, at most ${maxBytes} bytes)` : ''}; ` +
      `data plane without: ${describe(quiet)}; with: ${describe(withCrowd)}, of ${withCrowd.tookMs.length}\n`,
  );
  expect([...quiet.failures, ...withCrowd.failures]).toEqual([]);
  const extraMs = quantile(withCrowd.tookMs, 0.99) - quantile(quiet.tookMs, 0.99);
  if (isLong) expect(extraMs).toBeLessThan(maxExtraP99Ms);
  expect(server.isAlive()).toBe(true);
  expect(server.log()).not.toContain('request failed');
  return seen as Seen;
}

/** Threads of the server's pool, which hashes passwords, that run or wait for a core. */
function countBusyWorkers(): number {
  const tasks = `/proc/${server.pid}/task`;
  return readdirSync(tasks).filter((task) => {
    const [, name, state] = /^\d+ \((.*)\) (\w)/.exec(readFileSync(`${tasks}/${task}/stat`, 'utf8')) ?? [];
    return name === 'libuv-worker' && state === 'R';
  }).length;
}

test(`${signIns} sign-ins at once hash few passwords at a time`, { timeout: 300_000 }, async () => {
  const samples: number[] = [];
  const { counts } = await compare(
    `${signIns} sign-ins`,
    { kind: 'sign-ins', count: signIns, port: server.publicPort, email: ownerEmail, password, knownAddresses },
    () => samples.push(countBusyWorkers()),
  );
  // Right and wrong passwords were both checked. A request that would wait too long is refused, and none is a fault.
  expect(counts).toMatchObject({ 200: expect.any(Number), 401: expect.any(Number) });
  expect(Object.keys(counts).filter((status) => !['200', '401', '429', '503'].includes(status))).toEqual([]);
  expect(samples.filter((busy) => busy === hashesAtOnce).length).toBeGreaterThan(samples.length / 10);
  // A file or a digest also takes a worker for a moment.
  expect(samples.filter((busy) => busy > hashesAtOnce).length).toBeLessThan(samples.length / 4);
});

interface Page {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}

/** The largest pages of each listener. */
function largestPages(): Page[] {
  const cookie = [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const atConsole = { port: server.publicPort, host: `localhost:${server.publicPort}`, headers: { cookie } };
  const headers = { authorization: `Bearer ${server.operatorToken}` };
  const atAdmin = { port: server.internalPort, host: 'localhost', headers };
  return [
    { ...atConsole, path: `/api/orgs/${orgId}/audit?limit=100` },
    { ...atAdmin, path: '/v1/audit?limit=100' },
    { ...atConsole, path: `/api/orgs/${orgId}/keys?limit=100` },
    { ...atAdmin, path: `/v1/keys?org=${orgId}&limit=100` },
  ];
}

/**
 * Prints the size of the largest page of the audit log, and how long it takes to read it once and many times at once.
 */
async function describePages(): Promise<void> {
  const targets = largestPages().slice(0, 1);
  for (const count of [1, readers]) {
    const seen = await crowdFor(2_000, { kind: 'readers', count, targets });
    process.stdout.write(`${count} at once of the largest page: ${seen.maxBytes} bytes, ${describe(seen)}\n`);
  }
}

test(`${readers} readers of the largest pages get pages of bounded size`, { timeout: 300_000 }, async () => {
  if (isLong) await describePages();
  const seen = await compare(`${readers} readers`, { kind: 'readers', count: readers, targets: largestPages() });
  expect(Object.keys(seen.counts)).toEqual(['200']);
  expect(seen.maxBytes).toBeGreaterThan(maxPageBytes / 2);
  expect(seen.maxBytes).toBeLessThan(maxPageBytes);
});

test(`${deaf} connections that pipeline and read nothing delay no one`, { timeout: 300_000 }, async () => {
  const toUpstream = {
    port: server.publicPort,
    host: 'api.classic.localhost',
    path: '/v1/users/1',
    headers: { authorization: `Bearer ${secret}` },
  };
  // So short that one chunk holds thousands.
  const short = { port: server.publicPort, host: 'localhost', path: '/', headers: {} };
  const targets = [...largestPages().slice(0, 2), toUpstream, short];
  await compare(`${deaf} deaf`, { kind: 'deaf', count: deaf, targets, ahead: 2_000, staysMs: deafStayMs });
});

test('one connection has one request handled at a time, however many it pipelines', async () => {
  const connections = 50;
  const ahead = 5;
  const sockets = Array.from({ length: connections }, (_, at): Socket => {
    const head = `GET /v1/held HTTP/1.1\r\nHost: api.classic.localhost\r\nAuthorization: Bearer ${secret}\r\n`;
    const socket = connect({ port: server.publicPort, host: '127.0.0.1' }).on('error', () => {});
    socket.write(`${head}X-Connection: ${at}\r\n\r\n`.repeat(ahead));
    return socket;
  });
  try {
    for (let turn = 0; turn < ahead; turn++) {
      await expect.poll(() => held.size).toBe(connections);
      // Other requests go on meanwhile, which would give the next ones of each connection time to start.
      const others = await measure(() => wait(50));
      expect(others.failures).toEqual([]);
      const replies = [...held.values()];
      held.clear();
      for (const res of replies) res.end('ok');
    }
    expect(overlappingRequests).toBe(0);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});
