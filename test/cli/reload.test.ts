// SIGHUP: a server that answers 200 requests a second follows its configuration, all of it or nothing, and fails none of them.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { runCli, spawnCli } from './cli-process.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startUpstream(name: string): Promise<string> {
  const server: Server = createServer((_req, res) => res.end(name)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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

function call(url: string, host: string, secret?: string): Promise<Answer> {
  const headers = { host, ...(secret !== undefined && { authorization: `Bearer ${secret}` }) };
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request(url, { agent, headers }, (res) => {
    let body = '';
    res.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    res.on('end', () => resolve({ status: res.statusCode ?? 0, body })).on('error', reject);
  });
  sent.on('error', reject).end();
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
  const cli = async (...args: string[]) => {
    const result = await runCli([...args, '--url', server.internal, '--data', join(folder, 'data'), '--json'], {
      cwd: folder,
    });
    expect(result.stderr).toBe('');
    return JSON.parse(result.stdout) as { id: string; secret: string };
  };
  const org = await cli('orgs', 'create', '--name', 'Nablus Cards');
  const { secret } = await cli('keys', 'create', '--api', 'a', '--org', org.id, '--name', 'load');

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
  await pass(100);

  write(apiA(two) + apiB);
  expect(await server.reload()).toMatchObject({ level: 30, msg: 'configuration reloaded' });
  await see('two');
  const key = await cli('keys', 'create', '--api', 'b', '--org', org.id, '--name', 'new');
  expect(await call(server.publicUrl, 'b.localhost', key.secret)).toEqual({ status: 200, body: 'two' });

  await pass(100);

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

  await pass(100);

  // What needs a restart is named, and the rest is followed: the API is gone, with its keys.
  write(apiA(one), 'cache: { keys: 5 }\n');
  expect(await server.reload()).toMatchObject({ level: 40, settings: ['cache.keys'] });
  await see('one');
  expect((await call(server.publicUrl, 'b.localhost', key.secret)).status).toBe(421);

  // A stricter policy holds from the next request on.
  const late: Promise<Answer>[] = [];
  await pass(100);
  clearInterval(pace);
  const all = await Promise.all(answers);
  expect(all.length).toBeGreaterThanOrEqual(400);
  expect(all.filter(({ status }) => status !== 200)).toEqual([]);
  write(apiA(one, ', policy: { rateLimit: 1/d }'));
  await server.reload();
  for (let at = 0; at < 3; at++) late.push(call(server.publicUrl, 'a.localhost', secret));
  expect((await Promise.all(late)).map(({ status }) => status).toSorted()).toEqual([200, 429, 429]);
  expect(await server.end('SIGTERM')).toBe(0);
});
