// `--watch` against a real server: each denied request and each change is shown once, also over a restart.
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { answerOf, createInternalClient } from '../../src/cli/internal-client.ts';
import type { PageRequest } from '../../src/cli/list.ts';
import { followGroups, followRecords, readWholeList } from '../../src/cli/watch.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import { spawnCli } from './cli-process.ts';

/** A request that is refused, because it has no key. */
async function refuse({ publicPort: port }: TestServer, path = '/'): Promise<void> {
  const text = requestText(`GET ${path} HTTP/1.1`, [
    ['Host', 'api.classic.localhost'],
    ['Connection', 'close'],
  ]);
  expect((await sendRaw({ port, text })).status).toBe(401);
}

/** A request that is refused for a scope, which has a group for each path. */
async function refuseScope({ publicPort: port }: TestServer, secret: string, path: string): Promise<void> {
  const text = requestText(`POST ${path} HTTP/1.1`, [
    ['Host', 'api.classic.localhost'],
    ['Authorization', `Bearer ${secret}`],
    ['Content-Length', '0'],
    ['Connection', 'close'],
  ]);
  expect((await sendRaw({ port, text })).status).toBe(403);
}

const apis = `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: UPSTREAM
    policy: { scopes: { "POST /**": "never" } }
`;

function clientOf(server: TestServer) {
  return createInternalClient({ origin: `http://127.0.0.1:${server.internalPort}`, token: server.operatorToken });
}

function followDenials(server: TestServer) {
  const client = clientOf(server);
  const read = (page: PageRequest) => answerOf(client.GET('/v1/denials', { params: { query: { ...page } } }));
  return followGroups(read, ({ reason, path, firstAt }) => `${reason} ${path} ${firstAt}`);
}

test('shows groups that are new or counted on, once for each call, and nothing from before', async () => {
  await using server = await startTestServer({ apis });
  await refuse(server);
  const follow = followDenials(server);
  expect(await follow()).toEqual([]);
  expect(await follow()).toEqual([]);
  await refuse(server);
  await refuse(server);
  expect((await follow()).map(({ reason, count }) => [reason, count])).toEqual([['credential_missing', 3]]);
  expect(await follow()).toEqual([]);
  // Counted on over a restart, which keeps what was recorded.
  await refuse(server);
  await server.restart(async () => {});
  await refuse(server);
  expect((await follow()).map(({ count }) => count)).toEqual([5]);
  expect(await follow()).toEqual([]);
});

test('misses and repeats no group over several pages, while more come', async () => {
  await using server = await startTestServer({ apis });
  const org = await server.createOrg();
  const follow = followDenials(server);
  expect(await follow()).toEqual([]);
  // Each key has at most 20 groups of paths in an hour.
  const keys: { readonly secret: string }[] = [];
  for (let at = 0; at < 8; at++) keys.push(await server.createKey({ api: 'classic', org }));
  const sent: string[] = [];
  const send = async (round: number) => {
    for (const [at, { secret }] of keys.entries()) {
      for (let path = 0; path < 5; path++) {
        sent.push(`/${at}/${round}/${path}`);
        await refuseScope(server, secret, `/${at}/${round}/${path}`);
      }
    }
  };
  const seen: string[] = [];
  const collect = async () => {
    for (const row of await follow()) seen.push(...Array.from({ length: row.count }, () => row.path));
  };
  await send(0);
  await send(1);
  await send(2);
  // 120 groups are two pages. The calls run while the last requests come.
  await Promise.all([collect(), send(3)]);
  await collect();
  expect(seen.toSorted()).toEqual(sent.toSorted());
});

test('a list to the end has the groups that come to the front while it is read', async () => {
  await using server = await startTestServer({ apis });
  const org = await server.createOrg();
  const paths: string[] = [];
  const keys = await Promise.all(Array.from({ length: 6 }, () => server.createKey({ api: 'classic', org })));
  for (const [at, { secret }] of keys.entries()) {
    for (let path = 0; path < 20; path++) {
      paths.push(`/${at}/${path}`);
      await refuseScope(server, secret, `/${at}/${path}`);
    }
  }
  const client = clientOf(server);
  const read = (page: PageRequest) => answerOf(client.GET('/v1/denials', { params: { query: { ...page } } }));
  const readNext = readWholeList(read, ({ path }) => path);
  const first = await readNext({ limit: 100 });
  // The oldest group, which would be on the second page.
  await refuseScope(server, keys[0]?.secret ?? '', '/0/0');
  const second = await readNext({ limit: 100, cursor: first.nextCursor ?? '' });
  const listed = [...first.data, ...second.data].map(({ path }) => path);
  expect(listed.toSorted()).toEqual(paths.toSorted());
  expect(listed.at(-1)).toBe('/0/0');
});

test('shows each change once, in the order of the log', async () => {
  await using server = await startTestServer();
  const client = clientOf(server);
  const read = (page: PageRequest) => answerOf(client.GET('/v1/audit', { params: { query: { ...page } } }));
  const follow = followRecords(read);
  expect(await follow()).toEqual([]);
  const orgs = await Promise.all(Array.from({ length: 102 }, () => server.createOrg()));
  const rows = await follow();
  expect(rows.map(({ target }) => target.id).toSorted()).toEqual(orgs.toSorted());
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map(({ seq }) => seq).toSorted((a, b) => a - b));
  expect(await follow()).toEqual([]);
});

test('the command prints JSON lines, survives a restart and ends with 0', async () => {
  await using server = await startTestServer({ apis });
  const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_TOKEN: server.operatorToken };
  const child = spawnCli(['denials', 'list', '--watch', '--json'], { cwd: server.folder, env });
  const errors = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  const rows = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  try {
    // The command tells no one that it has begun, so requests come until it shows one.
    let isSeen = false;
    const first = rows.next().then((line) => {
      isSeen = true;
      return line;
    });
    while (!isSeen) await refuse(server, '/first');
    expect(JSON.parse(String((await first).value))).toMatchObject({ api: 'classic', reason: 'credential_missing' });
    await server.restart(async () => {
      expect((await errors.next()).value).toMatch(/^no Miftah server answers at .*; trying again until it answers$/);
    });
    await refuse(server);
    expect((await errors.next()).value).toBe('The server answers again.');
    expect(JSON.parse(String((await rows.next()).value))).toMatchObject({ reason: 'credential_missing' });
    child.kill('SIGINT');
    expect(await closed).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});
