// A mixed load with the access log on: each request gets the right answer and a line, and memory stays flat. The long
// form: `MIFTAH_MIXED_SECONDS=3600 npm run test:faults -- test/faults/mixed-load.test.ts`.
import { mkdtempSync, readdirSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, type RequestListener, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { profiles } from '../../src/config/bundled-profiles.ts';
import { generateSecret } from '../../src/domain/secret.ts';
import { type SupervisedServer, startSupervised } from '../attacks/supervised-server.ts';

const seconds = Number(process.env.MIFTAH_MIXED_SECONDS ?? 4);
const perSecond = Number(process.env.MIFTAH_MIXED_RATE ?? 150);
const isLong = seconds >= 600;
/**
 * How much more memory the last sixth of a long run may take than the second, in the median. V8 sizes its young
 * generation by the load, in steps of many megabytes, so what is in use in the old generation tells more.
 */
const maxGrownBytes = { old: 16 * 1024 * 1024, resident: 48 * 1024 * 1024 };
const megabyte = Buffer.alloc(1_000_000, 'm');

/** Echoes the length of a body. Answers with 1 MB, with a stream of a second, or with 503, by the path. */
const answer: RequestListener = async (req, res) => {
  const { length } = await buffer(req);
  if (req.url === '/v1/large') res.end(megabyte);
  else if (req.url === '/v1/failing') res.writeHead(503).end('busy');
  else if (req.url === '/v1/stream') {
    for (let part = 0; part < 5; part++) {
      res.write(`data: ${part}\n\n`);
      await sleep(200);
    }
    res.end();
  } else res.end(`got ${length}`);
};

const folder = mkdtempSync(join(tmpdir(), 'miftah-mixed-'));
const logFile = join(folder, 'access.log');
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
let server: SupervisedServer;
let org: string;
beforeAll(async () => {
  const config = `accessLog: { output: ${logFile} }`;
  server = await startSupervised({ answer, config });
  org = (await server.admin('POST', '/v1/orgs', { name: 'Mixed', kind: 'dealer' })).id as string;
});
afterAll(async () => {
  agent.destroy();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

interface Call {
  readonly port: number;
  readonly method?: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Leaves after the head of the reply. */
  readonly leaves?: boolean;
}

interface Sent {
  readonly res: IncomingMessage;
  readonly body: Buffer;
}

/** Requests that were sent again. A server may close an idle connection just as a request leaves (RFC 9112 §9.5). */
let sentAgain = 0;

/** Resolves to the reply and its body. Rejects if there is none within 30 s. */
async function send(call: Call): Promise<Sent> {
  const { port, method = 'GET', path, headers, body, leaves = false } = call;
  const { promise, resolve, reject } = Promise.withResolvers<Sent | 'closed'>();
  const req = request({ host: '127.0.0.1', port, method, path, headers, agent }, (res) => {
    if (leaves) {
      resolve({ res, body: Buffer.alloc(0) });
      res.destroy();
    } else buffer(res).then((all) => resolve({ res, body: all }), reject);
  });
  req.setTimeout(30_000, () => req.destroy(new Error('no answer within 30 s')));
  req.on('error', (error: NodeJS.ErrnoException) => {
    if (req.reusedSocket && error.code === 'ECONNRESET') resolve('closed');
    else reject(error);
  });
  req.end(body);
  const sent = await promise;
  if (sent !== 'closed') return sent;
  sentAgain++;
  return send(call);
}

const basic = (secret: string) => `Basic ${Buffer.from(`${secret}:`).toString('base64')}`;
const hosts = {
  palcards: ['api.palcards.localhost', (secret: string) => ({ 'x-api-key': secret })],
  palpluss: ['api.palpluss.localhost', (secret: string) => ({ authorization: basic(secret) })],
  panel: ['panel.localhost', (secret: string) => ({ authorization: `Bearer ${secret}` })],
  classic: ['api.classic.localhost', (secret: string) => ({ authorization: `Bearer ${secret}` })],
  palm: ['api.palm.localhost', (secret: string) => ({ authorization: `Bearer ${secret}` })],
} as const;
type ApiId = keyof typeof hosts;
const apiIds = Object.keys(hosts) as ApiId[];
/** Their vendors limit each key to one and to ten requests a second. */
const limitedApis: readonly ApiId[] = ['palpluss', 'palm'];

/** One of the kinds of requests. Returns what was wrong, or `undefined`. Adds the lines that the log must have. */
type Kind = (load: Load, at: number) => Promise<string | undefined>;

class Load {
  readonly secrets = {} as Record<ApiId, string>;
  readonly known = new Set<string>();
  readonly failures: string[] = [];
  readonly counts = new Map<string, number>();
  /** Requests that have a line in the access log. */
  logged = 0;
  limited = '';
  revoked = '';
  #running = 0;

  async createKey(api: ApiId, fields: object = {}): Promise<{ id: string; secret: string }> {
    const created = await server.admin('POST', '/v1/keys', {
      api,
      org,
      name: 'mixed load',
      environment: 'live',
      ...fields,
    });
    this.known.add(created.secret as string);
    return { id: created.id as string, secret: created.secret as string };
  }

  async prepare(): Promise<void> {
    for (const api of apiIds) {
      // PalCards blocks a key without addresses.
      const fields = api === 'palcards' ? { addresses: ['127.0.0.1'] } : {};
      this.secrets[api] = (await this.createKey(api, fields)).secret;
    }
    this.limited = (await this.createKey('classic', { rateLimits: ['5/s'] })).secret;
    const { id, secret } = await this.createKey('classic');
    await server.admin('DELETE', `/v1/keys/${id}`);
    this.revoked = secret;
  }

  /** A request for an API by a key, through the proxy. */
  async ask(api: ApiId, secret: string | undefined, call: Omit<Call, 'port' | 'headers'>): Promise<Sent> {
    const [host, credential] = hosts[api];
    const headers = { host, ...(secret !== undefined && credential(secret)) };
    this.logged++;
    return send({ port: server.publicPort, headers, ...call });
  }

  askInternal(path: string, headers: Readonly<Record<string, string>>, body?: object): Promise<Sent> {
    return send({
      port: server.internalPort,
      path,
      headers: { authorization: `Bearer ${server.operatorToken}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
  }

  start(name: string, kind: Kind, at: number): void {
    this.#running++;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    void kind(this, at)
      .catch((error: unknown) => String(error))
      .then((wrong) => {
        this.#running--;
        if (wrong !== undefined) this.failures.push(`${name}: ${wrong}`);
      });
  }

  /** The bytes in use in the old generation of the server. */
  async readOldBytes(): Promise<number> {
    const { body } = await this.askInternal('/metrics', {});
    return Number(/^nodejs_heap_space_size_used_bytes\{space="old"\} (\d+)/m.exec(body.toString())?.[1]);
  }

  async settle(): Promise<void> {
    while (this.#running > 0) await sleep(20);
  }
}

const expectStatus = ({ res, body }: Sent, ...wanted: readonly number[]): string | undefined =>
  wanted.includes(res.statusCode ?? 0) ? undefined : `${res.statusCode} ${body.toString().slice(0, 200)}`;

/** Each kind with its share of a hundred. */
const kinds: Readonly<Record<string, readonly [share: number, Kind]>> = {
  call: [
    40,
    async (load, at) => {
      const api = apiIds[at % apiIds.length] as ApiId;
      const sent = await load.ask(api, load.secrets[api], { path: `/v1/users/${at}?page=2` });
      return limitedApis.includes(api) ? expectStatus(sent, 200, 429) : expectStatus(sent, 200);
    },
  ],
  body: [
    10,
    async (load, at) => {
      const body = Buffer.alloc(100 + ((at * 977) % 50_000), 'b');
      const sent = await load.ask('classic', load.secrets.classic, { method: 'POST', path: '/v1/payments', body });
      return sent.body.toString() === `got ${body.length}` ? undefined : `${sent.res.statusCode} ${sent.body}`;
    },
  ],
  large: [
    1,
    async (load) => {
      const sent = await load.ask('panel', load.secrets.panel, { path: '/v1/large' });
      return sent.body.equals(megabyte) ? undefined : `${sent.res.statusCode}, ${sent.body.length} bytes`;
    },
  ],
  stream: [
    1,
    async (load) => {
      const sent = await load.ask('panel', load.secrets.panel, { path: '/v1/stream' });
      return sent.body.toString().endsWith('data: 4\n\n') ? undefined : `${sent.res.statusCode} ${sent.body}`;
    },
  ],
  leave: [1, async (load) => void (await load.ask('panel', load.secrets.panel, { path: '/v1/large', leaves: true }))],
  failing: [2, async (load) => expectStatus(await load.ask('panel', load.secrets.panel, { path: '/v1/failing' }), 503)],
  'no key': [4, async (load) => expectStatus(await load.ask('classic', undefined, { path: '/v1/users' }), 401)],
  'unknown key': [
    4,
    async (load) => {
      const unknown = generateSecret(profiles.classic.secret, 'live');
      return expectStatus(await load.ask('classic', unknown, { path: '/v1/users' }), 401, 429);
    },
  ],
  'revoked key': [4, async (load) => expectStatus(await load.ask('classic', load.revoked, { path: '/v1/users' }), 401)],
  'limited key': [
    8,
    async (load) => {
      const sent = await load.ask('classic', load.limited, { path: '/v1/users' });
      if (sent.res.statusCode === 429 && sent.res.headers['retry-after'] === undefined)
        return '429 without Retry-After';
      return expectStatus(sent, 200, 429);
    },
  ],
  verify: [
    12,
    async (load, at) => {
      load.logged++;
      const secret = at % 3 === 0 ? load.revoked : load.secrets.classic;
      const fields = { api: 'classic', secret, method: 'GET', path: '/v1/users', environment: 'live' };
      const { body } = await load.askInternal('/v1/verify', {}, fields);
      const wanted = at % 3 === 0 ? '"key_revoked"' : '"allowed"';
      return body.includes(wanted) ? undefined : `${body.toString().slice(0, 200)}, not ${wanted}`;
    },
  ],
  gateway: [
    9,
    async (load) => {
      load.logged++;
      const facts = { 'x-original-method': 'GET', 'x-original-uri': '/v1/users', 'x-forwarded-for': '203.0.113.7' };
      const token = { 'x-miftah-token': server.operatorToken, authorization: `Bearer ${load.secrets.classic}` };
      return expectStatus(await load.askInternal('/auth/nginx/classic', { ...facts, ...token }), 200);
    },
  ],
  'life of a key': [
    1,
    async (load) => {
      const { id, secret } = await load.createKey('classic');
      const before = expectStatus(await load.ask('classic', secret, { path: '/v1/users' }), 200);
      await server.admin('DELETE', `/v1/keys/${id}`);
      const after = expectStatus(await load.ask('classic', secret, { path: '/v1/users' }), 401);
      load.known.delete(secret);
      return before ?? after;
    },
  ],
  reads: [
    3,
    async (load, at) => {
      const paths = ['/v1/keys?limit=50', '/v1/usage', '/v1/denials', '/v1/audit?limit=50', '/metrics'];
      return expectStatus(await load.askInternal(paths[at % paths.length] as string, {}), 200);
    },
  ],
};
/** The kinds in an order that mixes them: one place for each percent. */
const places = Object.entries(kinds)
  .flatMap(([name, [share, kind]]) => Array.from({ length: share }, (_, at) => ({ name, kind, at: at / share })))
  .sort((a, b) => a.at - b.at);

/** Reads the lines of a log that was closed, and removes it. */
async function countLines(file: string, secrets: Iterable<string>): Promise<number> {
  const log = await readFile(file, 'utf8');
  await rm(file);
  expect([...secrets].filter((secret) => log.includes(secret))).toEqual([]);
  expect(/sk_(live|test)_[A-Za-z0-9]{8}/.exec(log)).toBeNull();
  const lines = log.split('\n').slice(0, -1);
  for (const line of lines) JSON.parse(line);
  return lines.length;
}

const medianOf = (samples: readonly number[]) =>
  samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] as number;

/** The median of the last sixth, less that of the second. */
function growthOf(samples: readonly number[]): number {
  const sixth = Math.floor(samples.length / 6);
  return medianOf(samples.slice(-sixth)) - medianOf(samples.slice(sixth, 2 * sixth));
}

/** The medians of the tenths. */
function describe(samples: readonly number[]): string {
  const tenth = Math.floor(samples.length / 10);
  return Array.from({ length: 10 }, (_, at) => medianOf(samples.slice(at * tenth, (at + 1) * tenth))).join(' ');
}

test(
  'every request is answered right and logged, no secret is in the log, and memory stays flat',
  async () => {
    expect(places).toHaveLength(100);
    const load = new Load();
    await load.prepare();
    const resident: number[] = [];
    const oldBytes: number[] = [];
    const openFiles: number[] = [];
    let lines = 0;
    let started = 0;
    let rotations = 0;
    const beganMs = performance.now();
    const rotateMs = Math.max(1_500, Math.min(60_000, (seconds * 1_000) / 2));
    for (let elapsedMs = 0; elapsedMs < seconds * 1_000; elapsedMs = performance.now() - beganMs) {
      while (started < (elapsedMs / 1_000) * perSecond) {
        const { name, kind } = places[started % places.length] as (typeof places)[number];
        load.start(name, kind, started++);
      }
      if (elapsedMs > resident.length * 1_000) {
        resident.push(server.residentBytes());
        openFiles.push(readdirSync(`/proc/${server.pid}/fd`).length);
        oldBytes.push(await load.readOldBytes());
      }
      if (elapsedMs > (rotations + 1) * rotateMs) {
        // As logrotate does: requests that arrive meanwhile go to the old file, until the reload.
        await rename(logFile, `${logFile}.${++rotations}`);
        process.kill(server.pid, 'SIGHUP');
        if (rotations > 1) lines += await countLines(`${logFile}.${rotations - 1}`, load.known);
      }
      await sleep(5);
    }
    await load.settle();
    const metrics = (await load.askInternal('/metrics', {})).body.toString();
    await server.stop();
    for (const name of readdirSync(folder)) lines += await countLines(join(folder, name), load.known);

    process.stdout.write(
      `${started} requests in ${seconds} s, ${load.failures.length} failed, ${sentAgain} sent again; ` +
        `${lines} lines, ${rotations} rotations\n` +
        `${[...load.counts].map(([name, count]) => `${name} ${count}`).join(', ')}\n`,
    );
    const sampled = { resident, old: oldBytes, openFiles };
    if (isLong)
      for (const [name, samples] of Object.entries(sampled)) process.stdout.write(`${name}: ${describe(samples)}\n`);
    expect(load.failures.slice(0, 20)).toEqual([]);
    expect(sentAgain).toBeLessThan(1 + started / 1_000);
    expect(metrics).not.toMatch(/miftah_access_log_lines_total\{result="dropped"\} [1-9]/);
    // Each that was sent again may have a line for both times.
    expect(lines).toBeGreaterThanOrEqual(load.logged);
    expect(lines).toBeLessThanOrEqual(load.logged + sentAgain);
    if (!isLong) return;
    expect(growthOf(resident)).toBeLessThan(maxGrownBytes.resident);
    expect(growthOf(oldBytes)).toBeLessThan(maxGrownBytes.old);
    expect(growthOf(openFiles)).toBeLessThan(20);
  },
  (seconds + 120) * 1_000,
);
