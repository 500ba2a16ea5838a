// The first person: one winner, a token that works once, and their permissions.
import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, ownerEmail, password, setUpToken } from './console-client.ts';

let server: TestServer;
afterEach(() => server[Symbol.asyncDispose]());

function firstOwner(n = 0) {
  return {
    token: setUpToken(server),
    email: `owner${n}@example.com`,
    name: `Owner ${n}`,
    password,
    organization: { name: `Org ${n}` },
  };
}

test('the set-up token is in a file that only its owner can read, and is printed with its page', async () => {
  server = await startTestServer();
  const file = join(server.folder, 'data', 'setup-token');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(server.server.setUpToken).toBe((await readFile(file, 'utf8')).trim());
});

test('one of 50 calls at once creates the first person, and then the token is void', async () => {
  server = await startTestServer();
  const late = firstOwner(60);
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, n) => new ConsoleClient(server).post('/api/setup', firstOwner(n))),
  );
  const statuses = replies.map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([201, ...Array.from({ length: 49 }, () => 404)]);
  await expect(access(join(server.folder, 'data', 'setup-token'))).rejects.toThrow();
  expect((await new ConsoleClient(server).post('/api/setup', late)).status).toBe(404);

  const winner = replies.find(({ status }) => status === 201);
  const client = new ConsoleClient(server);
  expect((await client.signIn(winner?.body.person.email, password)).status).toBe(200);
});

test('a secret as a name, address or kind is refused without an echo, and the token still works', async () => {
  server = await startTestServer();
  const secret = `sk_live_${'aB3'.repeat(14)}`;
  const stranger = new ConsoleClient(server);
  for (const [fields, field] of [
    [{ name: `Amal ${secret}` }, 'name'],
    [{ email: `${secret}@example.com` }, 'email'],
    [{ organization: { name: secret } }, 'organization.name'],
    [{ organization: { name: 'Org', kind: `mft_${'a1'.repeat(14)}` } }, 'organization.kind'],
    [{ organization: { name: 'Org', [secret]: 1 } }, 'organization.sk_live_…'],
  ] as const) {
    const { status, body, text } = await stranger.post('/api/setup', { ...firstOwner(), ...fields });
    expect([status, body.code, body.field]).toEqual([400, 'invalid_input', field]);
    expect(text).not.toMatch(/aB3aB3|a1a1/);
  }
  expect((await stranger.post('/api/setup', firstOwner())).status).toBe(201);
});

test('the first person is the operator and the owner of their new organization', async () => {
  server = await startTestServer();
  const { client, orgId, personId } = await makeOwner(server);
  const { body } = await client.get('/api/session');
  expect(body).toEqual({
    person: {
      id: personId,
      name: 'Amal',
      email: ownerEmail,
      emailVerified: false,
      hasTwoFactor: false,
      isOperator: true,
    },
    memberships: [
      {
        org: {
          id: orgId,
          name: 'Dealers',
          kind: 'dealer',
          kinds: ['dealer'],
          status: 'active',
          suspendedApis: [],
          grantedLimits: {},
          tags: [],
          metadata: {},
          externalId: null,
          createdAt: expect.any(String),
        },
        role: 'owner',
      },
    ],
    activeOrg: orgId,
    expiresAt: expect.any(String),
  });
  // An operator may act everywhere without being a member.
  const other = await server.createOrg('reseller');
  expect((await client.get(`/api/orgs/${other}/members`)).body).toEqual({ data: [] });
});

test('guesses of the token are limited, and do not lock out its holder', async () => {
  server = await startTestServer();
  const guess = () => new ConsoleClient(server).post('/api/setup', { ...firstOwner(), token: 'wrong' });
  const replies = await Promise.all(Array.from({ length: 40 }, guess));
  expect(replies.filter(({ body }) => body.code === 'set_up_token_wrong')).toHaveLength(30);
  const refused = replies.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(10);
  expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(500);
  expect((await new ConsoleClient(server).post('/api/setup', firstOwner())).status).toBe(201);
});

test.each([
  [{ token: 'wrong' }, 403, 'set_up_token_wrong', undefined],
  [{ password: 'eleven char' }, 400, 'invalid_input', 'password'],
  [{ email: 'not an address' }, 400, 'invalid_input', 'email'],
  [{ name: 'two\nlines' }, 400, 'invalid_input', 'name'],
  [{ organization: { name: '' } }, 400, 'invalid_input', 'organization.name'],
  [{ organization: { name: 'A', kind: 'No' } }, 400, 'invalid_input', 'organization.kind'],
  [{ isOperator: true }, 400, 'invalid_input', 'isOperator'],
])('set-up with %o creates no one: %i %s', async (change, status, code, field) => {
  server = await startTestServer();
  const reply = await new ConsoleClient(server).post('/api/setup', { ...firstOwner(), ...change });
  expect(reply).toMatchObject({ status, body: { code, ...(field !== undefined && { field }) } });
  expect((await new ConsoleClient(server).post('/api/setup', firstOwner())).status).toBe(201);
});
