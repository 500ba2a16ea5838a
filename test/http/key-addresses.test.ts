// Where a key was used from: over both APIs and the command line, for its own organization, and what a list learns.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oneHourMs } from '../../src/domain/durations.ts';
import { runHere } from '../cli/in-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type ConsoleClient, makeOwner } from '../people/console-client.ts';

let server: TestServer;
let owner: ConsoleClient;
let org: string;
beforeAll(async () => {
  server = await startTestServer();
  ({ client: owner, orgId: org } = await makeOwner(server));
});
afterAll(() => server[Symbol.asyncDispose]());

const thisHourMs = Math.floor(Date.now() / oneHourMs) * oneHourMs;

/** Stores uses of a key, as the recorder does. */
function addUses(id: string, uses: readonly [address: string, count: number, refused: number, hoursAgo: number][]) {
  using db = new DatabaseSync(join(server.folder, 'data', 'miftah.db'), { timeout: 5_000 });
  const insert = db.prepare(
    `INSERT INTO key_addresses_hourly (org_seq, key_seq, hour, address, count, refused)
     SELECT organizations.seq, api_keys.seq, ?, ?, ?, ? FROM api_keys
     JOIN organizations ON organizations.id = api_keys.org_id WHERE api_keys.id = ?`,
  );
  db.exec('BEGIN');
  for (const [address, count, refused, hoursAgo] of uses)
    insert.run(thisHourMs - hoursAgo * oneHourMs, address, count, refused, id);
  db.exec('COMMIT');
}

const createKey = (fields: object = {}) => server.createKey({ api: 'classic', org, name: 'Web server', ...fields });

const cli = (...args: readonly string[]) =>
  runHere(['keys', ...args], {
    cwd: server.folder,
    env: { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_DATA: join(server.folder, 'data') },
  });

async function addressesOf(id: string, query = ''): Promise<Record<string, unknown>> {
  const { status, body } = await server.admin('GET', `/v1/keys/${id}/addresses${query}`);
  expect([status, body.detail]).toEqual([200, undefined]);
  return body;
}

test('both APIs list the addresses of the asked days, the most used first, with what the list says', async () => {
  const { id } = await createKey({ addresses: ['203.0.113.0/28', '2001:db8:1::/48', '2001:db8:2:3::9'] });
  addUses(id, [
    ['203.0.113.7', 2, 0, 0],
    ['203.0.113.7', 3, 1, 5],
    ['198.51.100.1', 9, 9, 3],
    ['2001:db8:1:2::/64', 4, 0, 3],
    ['2001:db8:2:3::/64', 1, 0, 3],
    ['', 7, 2, 3],
    ['192.0.2.1', 100, 0, 24 * 40],
  ]);
  const at = (hoursAgo: number) => new Date(thisHourMs - hoursAgo * oneHourMs).toISOString();
  const here = { canBeListed: true, firstHour: at(3), lastHour: at(3) };
  const answer = await addressesOf(id);
  expect(answer).toMatchObject({
    data: [
      { address: '198.51.100.1', count: 9, refused: 9, isOnList: false, ...here },
      {
        address: '203.0.113.7',
        count: 5,
        refused: 1,
        isOnList: true,
        canBeListed: true,
        firstHour: at(5),
        lastHour: at(0),
      },
      { address: '2001:db8:1:2::/64', count: 4, refused: 0, isOnList: true, ...here },
      // The list has one address of the network.
      { address: '2001:db8:2:3::/64', count: 1, refused: 0, isOnList: false, ...here },
    ],
    unlisted: 0,
    beyond: { count: 7, refused: 2 },
  });
  const session = await owner.call('GET', `/api/orgs/${org}/keys/${id}/addresses`);
  expect(session.body).toMatchObject({ data: answer.data, beyond: answer.beyond });
  expect(await addressesOf(id, '?days=60')).toMatchObject({
    data: [{ address: '192.0.2.1', count: 100 }, {}, {}, {}, {}],
  });
  expect((await addressesOf(id, '?days=1')).data).toHaveLength(4);
  for (const days of ['0', '93', '1.5', 'all']) {
    const { status, body } = await server.admin('GET', `/v1/keys/${id}/addresses?days=${days}`);
    expect([days, status, body.field]).toEqual([days, 400, 'days']);
  }
});

test('a new owner does not see where the former one was, and an unknown key is not found', async () => {
  const { id } = await createKey();
  addUses(id, [['203.0.113.7', 2, 0, 0]]);
  await server.admin('POST', `/v1/keys/${id}/transfer`, { org: await server.createOrg() });
  expect((await addressesOf(id)).data).toEqual([]);
  expect((await owner.call('GET', `/api/orgs/${org}/keys/${id}/addresses`)).status).toBe(404);
  expect((await server.admin('GET', '/v1/keys/key_unknown/addresses')).status).toBe(404);
});

test('more addresses than a list can have are counted, not shown', async () => {
  const { id } = await createKey();
  addUses(
    id,
    Array.from({ length: 503 }, (_, at) => [`10.0.${at >> 8}.${at & 255}`, 1, 0, 0]),
  );
  const { data, unlisted } = await addressesOf(id);
  expect([(data as unknown[]).length, unlisted]).toEqual([500, 3]);
  expect(JSON.parse((await cli('restrict', id, '--yes', '--json')).stderr)).toMatchObject({
    error: { code: 'too_many_addresses' },
  });
});

test('the command line shows them, and makes a list of those that were allowed', async () => {
  const { id } = await createKey({ addresses: ['203.0.113.7'], addressCheck: 'report' });
  expect(JSON.parse((await cli('restrict', id, '--yes', '--json')).stderr)).toMatchObject({
    error: { code: 'nothing_learned' },
  });
  addUses(id, [
    ['203.0.113.7', 5, 0, 1],
    ['203.0.113.8', 2, 1, 2],
    ['198.51.100.1', 50, 50, 3],
  ]);
  const { stdout } = await cli('addresses', id);
  expect(stdout).toMatch(/^ADDRESS +REQUESTS +REFUSED/);
  expect(stdout).toMatch(/203\.0\.113\.8 +2 +1 .* no$/m);
  expect((await cli('restrict', id)).stderr).toContain('nothing was changed');
  const { code, stdout: said } = await cli('restrict', id, '--yes');
  expect([code, said]).toEqual([0, expect.stringContaining('works only from 203.0.113.7, 203.0.113.8.')]);
  const { body } = await server.admin('GET', `/v1/keys/${id}`);
  expect(body).toMatchObject({ addresses: ['203.0.113.7', '203.0.113.8'], addressCheck: 'enforce' });
});

test('requests of a key become its addresses', async () => {
  const { id, secret } = await createKey({ addresses: ['203.0.113.7'], addressCheck: 'report' });
  for (const clientIp of ['203.0.113.7', '198.51.100.1', '2001:db8:1:2::9', '2001:db8:1:2::a']) {
    const asked = { api: 'classic', secret, clientIp, method: 'GET', path: '/', environment: 'live' };
    expect((await server.admin('POST', '/v1/verify', asked)).body).toMatchObject({ verdict: 'allowed' });
  }
  const read = async () => {
    const { body } = await owner.call('GET', `/api/orgs/${org}/keys/${id}/addresses`);
    const used = (body as { data: { address: string; count: number; isOnList: boolean }[] }).data;
    return used.map(({ address, count, isOnList }) => [address, count, isOnList]);
  };
  // What was recorded a moment ago is stored at the next read or the one after.
  await expect.poll(read).toEqual([
    ['2001:db8:1:2::/64', 2, false],
    ['198.51.100.1', 1, false],
    ['203.0.113.7', 1, true],
  ]);
});

test('an entry that lists of the API can’t have is named', async () => {
  const { id } = await createKey({ api: 'panel' });
  addUses(id, [['2001:db8:1:2::/64', 4, 0, 3]]);
  const { stderr } = await cli('restrict', id, '--yes', '--json');
  expect(JSON.parse(stderr)).toMatchObject({
    error: { code: 'cannot_be_listed', message: expect.stringContaining('2001:db8:1:2::/64') },
  });
});
