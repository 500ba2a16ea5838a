// `miftah/testing`: the decisions of production, with storage, keys and time that belong to one test.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { libraryOperator, loadConfig } from '../../src/index.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import { openTestMiftah, type TestMiftah } from '../../src/testing.ts';
import { startServer } from '../carriers/embedded.ts';

const config = {
  apis: [{ id: 'acme', policy: { rateLimit: '3/m', scopes: { 'POST /orders': 'orders:write' } } }],
} as const;

const sources = join(import.meta.dirname, '../../src');

/** The verdict on a request with these headers. */
async function ask(
  miftah: TestMiftah,
  api: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
  query = '',
) {
  const rawHeaders = Object.entries(headers).flat();
  const facts = { method, path: '/orders', query, rawHeaders, clientAddress: '127.0.0.1', environment: undefined };
  const verdict = await miftah.api(api).authorize(facts);
  return verdict.kind === 'allowed' ? 'allowed' : verdict.reason;
}

describe('openTestMiftah', () => {
  let miftah: TestMiftah;
  beforeAll(async () => {
    miftah = await openTestMiftah({ config });
  });
  afterAll(() => miftah.close());

  test('decides in an application as in production', async () => {
    const protect = apiKeyAuth(miftah.api('acme'));
    const app = await startServer(protect((req, res) => res.end(req.auth.keyId)));
    const [reader, writer] = [await miftah.key('reader'), await miftah.key('writer', { scopes: ['orders:write'] })];
    const post = (headers: Readonly<Record<string, string>>) =>
      fetch(`http://127.0.0.1:${app.port}/orders`, { method: 'POST', headers });
    const replies = [await post(writer.headers), await post(reader.headers), await post({})];
    expect(replies.map(({ status }) => status)).toEqual([200, 403, 401]);
    expect(await replies[0]?.text()).toBe(writer.id);
    await app.close();
  });

  test('has the same secret for a name in every run', async () => {
    const alice = await miftah.key('alice', { scopes: ['orders:write'] });
    expect(alice.secret).toBe('ak_live_QD5UX969l2DTYHoWMj7tjtWomWCYugDnzK1RAmXB');
    expect(alice.headers).toEqual({ Authorization: `Bearer ${alice.secret}` });
    await using other = await openTestMiftah({ config });
    expect((await other.key('alice')).secret).toBe(alice.secret);
    const different = [await other.key('bob'), await other.key('alice', { environment: 'test' })];
    expect(new Set([alice, ...different].map(({ secret }) => secret)).size).toBe(3);
  });

  test('has one key for a name, and refuses to change it', async () => {
    const [first, again] = await Promise.all([
      miftah.key('carol', { org: 'one' }),
      miftah.key('carol', { org: 'one' }),
    ]);
    expect(again).toBe(first);
    await expect(miftah.key('carol', { org: 'two' })).rejects.toThrow(TypeError);
    await expect(miftah.key('carol')).rejects.toThrow('the key carol is there with other options');
    expect((await miftah.key('dave', { org: 'one' })).orgId).toBe(first.orgId);
    expect((await miftah.key('erin')).orgId).not.toBe(first.orgId);
  });

  test('moves its clock: limits and expiry follow', async () => {
    const expiresAt = new Date(miftah.clock.nowMs() + 90_000).toISOString();
    const { headers } = await miftah.key('frank', { expiresAt });
    const ten = async () => {
      const verdicts = [];
      for (let call = 0; call < 10; call++) verdicts.push(await ask(miftah, 'acme', headers));
      return verdicts.filter((verdict) => verdict === 'allowed').length;
    };
    expect(await ten()).toBe(3);
    miftah.clock.advance(59_999);
    expect(await ten()).toBe(0);
    miftah.clock.advance(1);
    expect(await ten()).toBe(3);
    miftah.clock.advance(30_000);
    expect(await ask(miftah, 'acme', headers)).toBe('key_expired');
  });

  test('starts at the last midnight, or where the test wants', async () => {
    const startsAt = new Date('2031-05-06T07:08:09Z');
    await using other = await openTestMiftah({ config }, { startsAt });
    expect(other.clock.nowMs()).toBe(startsAt.getTime());
    const { id } = await other.key('a');
    expect((await other.keys.getKey(libraryOperator, id)).createdAtMs).toBe(startsAt.getTime());
    await using now = await openTestMiftah({ config });
    expect(now.clock.nowMs() % 86_400_000).toBe(0);
    expect(Date.now() - now.clock.nowMs()).toBeLessThan(2 * 86_400_000);
  });

  test('takes every command of the library', async () => {
    const key = await miftah.key('grace');
    expect(await ask(miftah, 'acme', key.headers)).toBe('allowed');
    await miftah.keys.revokeKey(libraryOperator, key.id);
    expect(await ask(miftah, 'acme', key.headers)).toBe('key_revoked');
  });

  test.each<[string, object, string]>([
    ['a slip in an option', { scope: ['a'] }, 'did you mean scopes?'],
    ['text in place of a list', { scopes: 'a' }, 'must be a list'],
    ['an unknown API', { api: 'amce' }, 'no API amce is configured: use one of acme'],
    ['an unknown environment', { environment: 'prod' }, 'environment'],
    ['a secret of its own', { secret: 'x' }, 'is not known here'],
  ])('refuses a key with %s', async (name, options, message) => {
    await expect(miftah.key(name, options)).rejects.toThrow(message);
    // It was not created, so the name is free.
    expect((await miftah.key(name)).secret).toMatch(/^ak_live_/);
  });
});

test('keys ride where each API takes them', async () => {
  const profiles = ['standard', 'palcards', 'palpluss', 'panel', 'classic', 'palm'];
  const apis = [
    ...profiles.map((profile) => ({ id: profile, profile })),
    { id: 'query', profile: 'of-query' },
    { id: 'sockets', profile: 'of-sockets' },
  ];
  const source = { query: 'api_key', risk: 'keys in URLs end up in logs and histories' } as const;
  const own = { 'of-query': { source }, 'of-sockets': { source: { subprotocol: 'acme-key.' } } };
  await using miftah = await openTestMiftah({ config: { apis, profiles: own } });
  for (const { id } of apis) {
    const key = await miftah.key('alice', { api: id });
    expect(await ask(miftah, id, key.headers, 'GET', key.query), id).toBe('allowed');
  }
  await expect(miftah.key('alice')).rejects.toThrow('set api to one of standard, palcards');
});

test('a test knows nothing of another one', async () => {
  const all = await Promise.all(Array.from({ length: 4 }, () => openTestMiftah({ config })));
  const key = await all[0]?.key('a', { org: 'mine' });
  for (const [at, miftah] of all.entries())
    expect(await ask(miftah, 'acme', key?.headers ?? {})).toBe(at === 0 ? 'allowed' : 'key_unknown');
  await Promise.all(all.map((miftah) => miftah.close()));
});

test('takes a file or a loaded configuration, and opens no connection for them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-testing-'));
  const file = join(folder, 'miftah.yaml');
  const lines = [
    'dataDir: /nowhere/at/all',
    'database: postgres://miftah@127.0.0.1:1/x',
    'coordination: redis://127.0.0.1:1',
    'nodes: 2',
    'apis: [{ id: acme, profile: classic, hosts: [a.test], upstream: "http://127.0.0.1:1" }]',
  ];
  await writeFile(file, lines.join('\n'));
  for (const source of [file, loadConfig({ file, environment: {} })]) {
    await using miftah = await openTestMiftah({ config: source });
    expect(await ask(miftah, 'acme', (await miftah.key('a')).headers)).toBe('allowed');
  }
  expect(await readdir(folder)).toEqual(['miftah.yaml']);
  await rm(folder, { recursive: true });
});

test.each<[unknown, unknown, typeof Error | RegExp]>([
  [{}, {}, /config must be the path/],
  [{ confg: 'x' }, {}, /did you mean config\?/],
  [{ config }, { startAt: new Date() }, /did you mean startsAt\?/],
  [{ config }, { startsAt: '2030-01-01' }, /startsAt must be a valid Date/],
  [{ config }, { startsAt: new Date('x') }, /startsAt must be a valid Date/],
  [{ config: { apis: [{}] } }, {}, /apis\[0\]\.id: is missing/],
])('openTestMiftah(%j, %j) is refused', async (what, options, message) => {
  const open = openTestMiftah as unknown as (...given: readonly unknown[]) => Promise<unknown>;
  await expect(open(what, options)).rejects.toThrow(message);
});

test.each([
  ['closed', 'await miftah.close();'],
  ['forgotten', ''],
  ['ended by an error', 'throw new Error("as a test fails");'],
  ['exited', 'process.exit(0);'],
])('an engine that is %s leaves no file, and uses none of the environment', async (_, end) => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-testing-'));
  const program = [
    `import { openTestMiftah } from ${JSON.stringify(join(sources, 'testing.ts'))};`,
    'const miftah = await openTestMiftah({ config: { apis: [{ id: "acme" }] } });',
    'const { secret } = await miftah.key("a");',
    'console.log(secret);',
    end,
  ];
  await writeFile(join(folder, 'program.mjs'), program.join('\n'));
  const env = { ...process.env, TMPDIR: folder, MIFTAH_DATA: join(folder, 'data'), MIFTAH_DATABASE_FILE: '/none' };
  const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: folder, env }).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toMatch(/^ak_live_/);
  expect(await readdir(folder)).toEqual(['program.mjs']);
  await rm(folder, { recursive: true });
});
