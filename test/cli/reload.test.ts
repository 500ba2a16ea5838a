// SIGHUP and `config reload`: a server under load uses its configuration, all of it or nothing, and fails no request.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { startTestServer } from '../fixture.ts';
import { runCli, spawnCli } from './cli-process.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startUpstream(name: string): Promise<string> {
  return (await startCounted(name)).url;
}

/** An upstream that tells how many connections it has. */
async function startCounted(name: string) {
  const server: Server = createServer((req, res) => req.resume().on('end', () => res.end(name))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    name,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => promisify(server.getConnections.bind(server))(),
  };
}

/** A node in the reply to a reload. */
interface Node {
  readonly before: string;
  readonly after: string;
  readonly changed: readonly string[];
}

/** An entry of the audit log. */
interface Entry {
  readonly after: { readonly configuration: string };
}

/** `miftah serve` with what it logs. */
async function startServer(folder: string, file: string) {
  const child = spawnCli(['serve', '--config', file, '--json'], { cwd: folder });
  const lines: Record<string, unknown>[] = [];
  let waiting: (() => void)[] = [];
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const parts = `${rest}${text}`.split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.startsWith('{')) lines.push(JSON.parse(part));
    for (const wake of waiting.splice(0)) wake();
    waiting = [];
  });
  const ended = once(child, 'exit');
  closers.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let said = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    said += text;
    if (said.includes('\n')) break;
  }
  const { public: publicUrl, internal } = JSON.parse(said) as { public: string; internal: string };
  return {
    publicUrl,
    internal,
    /** Sends SIGHUP and returns what the server says of it. */
    async reload(): Promise<Record<string, unknown>> {
      const isAbout = ({ msg }: Record<string, unknown>) => /^configuration (?:not )?reloaded/.test(String(msg));
      const before = lines.filter(isAbout).length;
      child.kill('SIGHUP');
      while (lines.filter(isAbout).length === before) await new Promise<void>((resolve) => waiting.push(resolve));
      return lines.filter(isAbout).at(-1) as Record<string, unknown>;
    },
    async end(signal: NodeJS.Signals): Promise<number | null> {
      child.kill(signal);
      return (await ended)[0] as number | null;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

function call(url: string, host: string, secret?: string, method = 'GET'): Promise<Answer> {
  const headers = { host, ...(secret !== undefined && { authorization: `Bearer ${secret}` }) };
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request(url, { agent, headers, method }, (res) => {
    let body = '';
    res.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    res.on('end', () => resolve({ status: res.statusCode ?? 0, body })).on('error', reject);
  });
  sent.on('error', reject).end(method === 'POST' ? 'a body' : undefined);
  // A call that fails is one that was not answered 200.
  return promise.catch((error: Error) => ({ status: 0, body: error.message }));
}

test('SIGHUP reloads the configuration under load', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-reload-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const [one, two] = [await startUpstream('one'), await startUpstream('two')];
  const file = join(folder, 'miftah.yaml');
  const write = (apis: string, extra = '') =>
    writeFileSync(
      file,
      `public: { listen: "127.0.0.1:0" }\ninternal: { listen: "127.0.0.1:0" }\ndataDir: data\n${extra}apis:\n${apis}`,
    );
  const apiA = (upstream: string, policy = '') =>
    `  - { id: a, profile: classic, hosts: [a.localhost], upstream: "${upstream}"${policy} }\n`;
  const apiB = `  - { id: b, profile: classic, hosts: [b.localhost], upstream: "${two}" }\n`;
  write(apiA(one));
  const server = await startServer(folder, file);
  const token = readFileSync(join(folder, 'data', 'operator-token'), 'utf8').trim();
  const create = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const reply = await fetch(server.internal + path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(reply.status).toBe(201);
    return (await reply.json()) as { id: string; secret: string };
  };
  const org = await create('/v1/orgs', { name: 'Nablus Cards' });
  const { secret } = await create('/v1/keys', { api: 'a', org: org.id, name: 'load' });

  // 200 requests a second from here to the end.
  const answers: Promise<Answer>[] = [];
  const pace = setInterval(() => answers.push(call(server.publicUrl, 'a.localhost', secret)), 5);
  closers.push(() => clearInterval(pace));
  const see = async (body: string) => {
    while ((await call(server.publicUrl, 'a.localhost', secret)).body !== body);
  };
  /** Until so many more of them were sent, however quick the machine is. */
  const pass = async (count: number) => {
    const until = answers.length + count;
    while (answers.length < until) await call(server.publicUrl, 'a.localhost', secret);
  };
  await see('one');
  await pass(50);

  write(apiA(two) + apiB);
  expect(await server.reload()).toMatchObject({ level: 30, msg: 'configuration reloaded' });
  await see('two');
  const key = await create('/v1/keys', { api: 'b', org: org.id, name: 'new' });
  expect(await call(server.publicUrl, 'b.localhost', key.secret)).toEqual({ status: 200, body: 'two' });

  await pass(50);

  // A mistake: nothing changes, not even what is right in the same file.
  write(`${apiA(one)}  - { id: b, profile: clasic, hosts: [b.localhost], upstream: "${two}" }\n`);
  expect(await server.reload()).toMatchObject({
    level: 50,
    fault: {
      code: 'config_invalid',
      message: expect.stringMatching(/miftah\.yaml:6: apis\[1\]\.profile: "clasic" is not known: .*classic/),
    },
  });
  expect(await call(server.publicUrl, 'a.localhost', secret)).toEqual({ status: 200, body: 'two' });
  expect(await call(server.publicUrl, 'b.localhost', key.secret)).toEqual({ status: 200, body: 'two' });

  await pass(50);

  // What needs a restart is named, and the rest is followed: the API is gone, with its keys.
  write(apiA(one), 'cache: { keys: 5 }\n');
  expect(await server.reload()).toMatchObject({
    level: 40,
    changed: ['apis[a].upstream', 'apis[b]'],
    needRestart: ['cache.keys'],
  });
  await see('one');
  expect((await call(server.publicUrl, 'b.localhost', key.secret)).status).toBe(421);

  // A stricter policy holds from the next request on.
  const late: Promise<Answer>[] = [];
  await pass(50);
  clearInterval(pace);
  const all = await Promise.all(answers);
  expect(all.length).toBeGreaterThanOrEqual(200);
  expect(all.filter(({ status }) => status !== 200)).toEqual([]);
  write(apiA(one, ', policy: { rateLimit: 1/d }'));
  await server.reload();
  for (let at = 0; at < 3; at++) late.push(call(server.publicUrl, 'a.localhost', secret));
  expect((await Promise.all(late)).map(({ status }) => status).toSorted()).toEqual([200, 429, 429]);
  expect(await server.end('SIGTERM')).toBe(0);
});

test('many reloads, with faulty files between them, fail no request and leave no connection', async () => {
  const [one, two] = [await startCounted('one'), await startCounted('two')];
  await using server = await startTestServer({
    apis: `\n  - { id: a, profile: classic, hosts: [a.localhost], upstream: "${one.url}" }`,
  });
  const org = await server.createOrg();
  const { secret } = await server.createKey({ api: 'a', org });
  const url = `http://127.0.0.1:${server.publicPort}`;
  const reload = async (apis: string) => {
    writeFileSync(join(server.folder, 'miftah.yaml'), `apis:\n${apis}`);
    return server.admin('POST', '/v1/config/reload', {});
  };
  const apiA = (upstream: string, more = '') =>
    `  - { id: a, profile: classic, hosts: [a.localhost${more}], upstream: "${upstream}"`;
  const apiB = `  - { id: b, profile: palm, hosts: [b.localhost], upstream: "${two.url}" }\n`;

  const answers: Answer[] = [];
  let isOver = false;
  let upstreamNow = 'one';
  const load = async (host: string, method: string) => {
    while (!isOver) {
      const expected = upstreamNow;
      const answer = await call(url, host, secret, method);
      answers.push(answer);
      // A request that began after the reload had returned goes to the new upstream.
      if (expected !== '' && expected === upstreamNow && answer.body !== expected)
        answers.push({ status: 0, body: `not ${expected}` });
    }
  };
  const callers = Array.from({ length: 8 }, (_, at) => load('a.localhost', at % 2 === 0 ? 'GET' : 'POST'));
  const pass = async (count: number) => {
    for (const until = answers.length + count; answers.length < until; ) await new Promise(setImmediate);
  };
  await pass(50);
  let changes = 0;
  for (let round = 0; round < 6; round++) {
    const { url: to, name } = round % 2 === 0 ? two : one;
    // While a reload runs, either upstream may answer.
    upstreamNow = '';
    const text = `${apiA(to, ', a2.localhost')}, policy: { rateLimit: ${100_000 + round}/m } }\n${round % 3 === 1 ? apiB : ''}`;
    expect((await reload(text)).body).toMatchObject({ applied: true, nodes: [{ outcome: 'changed' }] });
    changes++;
    upstreamNow = name;
    await pass(15);
    expect((await call(url, 'a2.localhost', secret)).status).toBe(200);
    expect(
      await reload(`${text}  - { id: c, profile: clasic, hosts: [c.localhost], upstream: "${to}" }\n`),
    ).toMatchObject({
      status: 422,
      body: { code: 'config_invalid', nodes: [{ outcome: 'refused', faults: [{ detail: expect.any(String) }] }] },
    });
    await pass(15);
  }
  isOver = true;
  await Promise.all(callers);
  expect(answers.length).toBeGreaterThan(200);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);

  // The last reload left upstream `two`.
  await expect.poll(two.connections).toBe(0);
  const { data } = (await server.admin('GET', '/v1/audit?action=config.reloaded&limit=100')).body;
  expect(data).toHaveLength(changes);
});

test('`config reload` and `config check` name every fault and every change, and an entry says who reloaded', async () => {
  const upstream = await startUpstream('one');
  const password = 'hunter2-in-a-url';
  await using server = await startTestServer({
    apis: `\n  - { id: a, profile: classic, hosts: [a.localhost], upstream: "${upstream}" }`,
  });
  const file = join(server.folder, 'miftah.yaml');
  const cli = (...args: string[]) =>
    runCli(['config', ...args], {
      cwd: server.folder,
      env: { MIFTAH_URL: `http://${server.server.internalAddress}`, MIFTAH_TOKEN: server.operatorToken },
    });
  writeFileSync(
    file,
    `drainSeconds: 400\nlog: { level: loud }\napis:\n  - { id: a, profile: classic, hosts: [b.localhost], upstream: "${upstream}" }\n`,
  );
  const refused = await cli('reload');
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toMatch(/miftah\.yaml:1: drainSeconds: .*\n.*miftah\.yaml:2: log\.level: /);
  const checked = await cli('check', '--config', file);
  // The same faults, in the same words.
  expect([checked.code, checked.stderr]).toEqual([2, refused.stderr]);

  writeFileSync(
    file,
    `cache: { keys: 5 }\ndatabase: "postgres://miftah:${password}@127.0.0.1/miftah"\nlog: { level: error }\n` +
      `apis:\n  - { id: a, profile: classic, hosts: [b.localhost], upstream: "${upstream}" }\n`,
  );
  const dry = (await server.admin('POST', '/v1/config/reload', { dryRun: true })).body as { nodes: [Node] };
  const changed = ['apis[a].hosts', 'log.level'];
  expect(dry).toMatchObject({ applied: false, nodes: [{ outcome: 'ready', needRestart: ['database', 'cache.keys'] }] });
  expect(dry.nodes[0].changed.toSorted()).toEqual(changed);
  const { stdout, stderr, code } = await cli('reload', '--allow-differences');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /NODE +OUTCOME +CONFIGURATION +CHANGED SETTINGS +NEED A RESTART\n\S+ +changed +[0-9a-f]{12} +/,
  );
  await server.server.reload();

  writeFileSync(file, readFileSync(file, 'utf8').replace('b.localhost', 'c.localhost'));
  await server.server.reload();
  const { data } = (await server.admin('GET', '/v1/audit?action=config.reloaded')).body as { data: Entry[] };
  expect(data).toMatchObject([
    {
      actor: { kind: 'system', id: null, label: 'SIGHUP' },
      via: 'signal',
      target: { kind: 'node' },
      before: { configuration: dry.nodes[0].after },
      after: { changed: ['apis[a].hosts'], needRestart: ['database', 'cache.keys'] },
    },
    {
      actor: { kind: 'operator', id: null },
      via: 'admin_api',
      address: '127.0.0.1',
      before: { configuration: dry.nodes[0].before },
      after: { configuration: dry.nodes[0].after },
    },
  ]);
  const nodes = await server.admin('GET', '/v1/nodes');
  expect(nodes.body.data).toMatchObject([{ configuration: data[0]?.after.configuration }]);
  expect(JSON.stringify([data, dry, stdout])).not.toContain(password);
});

test('a reload uses a profile in a file of its own too', async () => {
  await using server = await startTestServer({
    apis: '\n  - { id: acme, profile: classic, hosts: [acme.localhost], upstream: UPSTREAM }',
  });
  const { secret } = await server.createKey({ api: 'acme', org: await server.createOrg() });
  const url = `http://127.0.0.1:${server.publicPort}`;
  const file = join(server.folder, 'miftah.yaml');
  const write = (code: string, rateLimit: string) =>
    writeFileSync(
      join(server.folder, 'acme.profile.yaml'),
      `extends: classic\nerrors: { default: { status: 403, code: ${code}, message: No. } }\npolicy: { rateLimit: ${rateLimit} }\n`,
    );
  write('first', 'off');
  writeFileSync(file, readFileSync(file, 'utf8').replace('profile: classic', 'profile: ./acme.profile.yaml'));
  expect((await server.server.reload()).changed).toEqual(['apis[acme].profile', 'profiles.acme']);
  expect(await call(url, 'acme.localhost')).toMatchObject({ status: 403, body: expect.stringContaining('first') });
  expect((await call(url, 'acme.localhost', secret)).status).toBe(200);

  write('second', '1/d');
  expect((await server.server.reload()).changed).toEqual([
    'profiles.acme.errors.default.code',
    'profiles.acme.policy.rateLimit',
  ]);
  expect((await call(url, 'acme.localhost')).body).toContain('second');
  const statuses = [await call(url, 'acme.localhost', secret), await call(url, 'acme.localhost', secret)];
  expect(statuses.map(({ status }) => status)).toEqual([200, 429]);
});
