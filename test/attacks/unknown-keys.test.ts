// A flood of well-formed secrets of no key: memory stays flat, the store gets a few hundred queries a second, and real
// keys keep working.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { profiles } from '../../src/config/bundled-profiles.ts';
import { generateSecret } from '../../src/domain/secret.ts';
import { spawnCli } from '../cli/cli-process.ts';

const unknownKeys = Number(process.env.MIFTAH_UNKNOWN_KEYS ?? 20_000);
/** The long form limits the rate of the flood, so that it measures the server and not the queue in front of it. */
const isLong = process.env.MIFTAH_UNKNOWN_KEYS !== undefined;
const perSecond = isLong ? Number(process.env.MIFTAH_UNKNOWN_RATE ?? 2_000) : Number.POSITIVE_INFINITY;
const maxGrowthBytes = 64 * 1024 * 1024;
/**
 * Look-ups of unknown keys that a client may cause, in a second and at once (src/engine/look-up-budget.ts). A node
 * allows 200 a second for all clients without a known key.
 */
const lookUpsPerSecond = 100;
const lookUpsAtOnce = 1_000;
const clients = 2;
const batch = 8;
const measured = isLong ? 4_000 : 200;
const { secret: format } = profiles.classic;

let folder: string;
let upstream: Server;
let server: ReturnType<typeof spawnCli>;
let publicPort: number;
let internal: string;
let token: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-unknown-'));
  upstream = createServer((_req, res) => res.end('{}')).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const config = join(folder, 'miftah.yaml');
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const api = `id: classic, profile: classic, hosts: [a.localhost], upstream: "${origin}", policy: { rateLimit: off }`;
  writeFileSync(config, `apis: [{ ${api} }]\n`);
  const data = join(folder, 'data');
  const ports = ['--public', '127.0.0.1:0', '--internal', '127.0.0.1:0', '--data', data];
  server = spawnCli(['serve', '--config', config, ...ports, '--json'], { cwd: folder });
  server.stderr.resume();
  const [line] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string];
  const ready = JSON.parse(line) as { public: string; internal: string };
  publicPort = Number(new URL(ready.public).port);
  internal = ready.internal;
  token = readFileSync(join(data, 'operator-token'), 'utf8').trim();
});
afterAll(async () => {
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  await ended;
  upstream.closeAllConnections();
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

async function admin(path: string, body: object): Promise<Record<string, string>> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const reply = await fetch(internal + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (reply.status !== 201) throw new Error(`${path} answered ${reply.status}`);
  return (await reply.json()) as Record<string, string>;
}

async function readCounts(): Promise<{ readonly misses: number; readonly refused: number }> {
  const text = await (await fetch(`${internal}/metrics`)).text();
  const lookUpsWith = (result: string): number =>
    Number(
      new RegExp(`^miftah_cache_requests_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN,
    );
  return { misses: lookUpsWith('miss'), refused: lookUpsWith('refused') };
}

function readMemory(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** A connection for one batch at a time. `ask` resolves to the status of each request of a batch. */
class Client {
  #socket: Socket | undefined;
  readonly #from: string;

  constructor(from: string) {
    this.#from = from;
  }

  async ask(secrets: readonly string[]): Promise<number[]> {
    this.#socket ??= await this.#open();
    const socket = this.#socket;
    const statuses: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    let text = '';
    const take = (chunk: string): void => {
      text += chunk;
      for (let end = endOfReply(text); end >= 0; end = endOfReply(text)) {
        statuses.push(Number(text.slice(9, 12)));
        text = text.slice(end);
      }
      if (statuses.length === secrets.length) resolve();
    };
    const close = (): void => {
      this.#socket = undefined;
      resolve();
    };
    socket.on('data', take).once('close', close);
    const requests = secrets.map(
      (secret) => `GET /v1/x HTTP/1.1\r\nHost: a.localhost\r\nAuthorization: Bearer ${secret}\r\n\r\n`,
    );
    socket.write(requests.join(''));
    await promise;
    socket.off('data', take).off('close', close);
    return statuses;
  }

  async #open(): Promise<Socket> {
    const socket = connect({ port: publicPort, host: '127.0.0.1', localAddress: this.#from });
    socket.setEncoding('latin1').on('error', () => socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  close(): void {
    this.#socket?.destroy();
  }
}

/** The end of the first reply, or -1 while it is incomplete. Every reply has a length. */
function endOfReply(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return -1;
  const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, head))?.[1] ?? 0);
  const end = head + 4 + length;
  return text.length < end ? -1 : end;
}

/** The 99th percentile of `measured` requests with real keys, one after the other, in milliseconds. */
async function measureKeys(client: Client, secrets: readonly string[]): Promise<number> {
  const tookMs: number[] = [];
  for (let at = 0; at < measured; at++) {
    const startedMs = performance.now();
    const statuses = await client.ask([secrets[at % secrets.length] as string]);
    if (statuses[0] !== 200) throw new Error(`a key that exists was answered ${statuses[0]}`);
    tookMs.push(performance.now() - startedMs);
  }
  return tookMs.toSorted((a, b) => a - b)[Math.floor(measured * 0.99)] as number;
}

test(`${unknownKeys} unknown keys cost little memory and few look-ups, and delay no other key`, {
  timeout: 2 * 3_600_000,
}, async () => {
  const org = await admin('/v1/orgs', { name: 'Test' });
  const secrets: string[] = [];
  for (let at = 0; at < 20; at++) {
    const key = await admin('/v1/keys', { api: 'classic', org: org.id, name: `key ${at}` });
    secrets.push(key.secret as string);
  }
  // Each from an address of its own, which has a budget. Both share the node's budget.
  const flooders = Array.from({ length: clients }, (_, at) => new Client(`127.0.1.${at + 1}`));
  const client = new Client('127.0.0.1');
  const statuses = new Map<number, number>();
  let sent = 0;

  async function flood(count: number, flooder: Client): Promise<void> {
    const until = sent + count;
    const startedMs = performance.now();
    const before = sent;
    while (sent < until) {
      const some = Array.from({ length: Math.min(batch, until - sent) }, () => generateSecret(format, 'live'));
      sent += some.length;
      for (const status of await flooder.ask(some)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const aheadMs = ((sent - before) / perSecond) * 1000 - (performance.now() - startedMs);
      if (aheadMs > 5) await wait(aheadMs);
    }
  }

  try {
    // Before the first memory reading, code is compiled and buffers have grown.
    await flood(3_000, flooders[0] as Client);
    const baseMs = [await measureKeys(client, secrets), await measureKeys(client, secrets)];
    sent = 0;
    statuses.clear();
    const before = await readCounts();
    const memory = readMemory();
    let most = memory;
    const startedMs = performance.now();
    let isOver = false;
    const flooding = Promise.all(flooders.map((each) => flood(unknownKeys, each))).finally(() => {
      isOver = true;
    });
    const during: number[] = [];
    do {
      during.push(await measureKeys(client, secrets));
      most = Math.max(most, readMemory());
    } while (!isOver);
    await flooding;
    const seconds = (performance.now() - startedMs) / 1000;
    const after = await readCounts();
    const lookUps = after.misses - before.misses;
    baseMs.push(await measureKeys(client, secrets));
    const p99 = { without: Math.max(...baseMs), with: during.toSorted((a, b) => a - b)[during.length >> 1] as number };
    const answers = [...statuses].map(([status, count]) => `${count} x ${status}`).join(', ');
    process.stdout.write(
      `${sent} unknown keys in ${seconds.toFixed(1)} s: ${answers}; ` +
        `${lookUps} look-ups (${(lookUps / seconds).toFixed(0)} a second), ` +
        `${after.refused - before.refused} refused without; RSS + ${((most - memory) / 1e6).toFixed(1)} MB; ` +
        `p99 of keys ${p99.without.toFixed(1)} ms without, ${p99.with.toFixed(1)} ms with\n`,
    );
    expect(sent).toBeGreaterThanOrEqual(unknownKeys);
    expect([...statuses.values()].reduce((a, b) => a + b, 0)).toBe(sent);
    // None is allowed, and none is a fault: a secret that may not be looked up now is refused as unavailable.
    expect([...statuses.keys()].filter((status) => ![401, 403, 429, 503].includes(status))).toEqual([]);
    expect(lookUps).toBeLessThanOrEqual(clients * (lookUpsAtOnce + lookUpsPerSecond * (seconds + 1) + 2 * batch));
    expect(most - memory).toBeLessThan(maxGrowthBytes);
    if (isLong) expect(p99.with).toBeLessThanOrEqual(2 * Math.max(p99.without, 2));
  } finally {
    for (const each of [...flooders, client]) each.close();
  }
});
