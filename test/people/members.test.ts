// Members, invitations and roles over HTTP. Keys belong to the organization and stay when people leave.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import type { Role } from '../../src/domain/role.ts';
import { fiveApis, startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, ownerEmail, password, tokenInMail } from './console-client.ts';
import { startSmtpReceiver } from './smtp-receiver.ts';

const day = 86_400_000;
const clock = createManualClock(Date.now());

let server: TestServer;
/** The first person: the operator, and owner of `dealers`. */
let operator: ConsoleClient;

beforeAll(async () => {
  const apis = fiveApis.replace('    policy:\n', '    policy:\n      disable: true\n');
  server = await startTestServer({ clock, apis });
  ({ client: operator } = await makeOwner(server));
});
afterAll(() => server[Symbol.asyncDispose]());

let lastPerson = 0;

/** A signed-in person who joined `orgId` by invitation. */
async function joinOrg(orgId: string, role: Role): Promise<{ client: ConsoleClient; email: string; id: string }> {
  lastPerson += 1;
  const email = `person${lastPerson}@example.com`;
  const invited = await operator.post(`/api/orgs/${orgId}/invitations`, { email, role });
  expect(invited).toMatchObject({ status: 201, body: { email, role, mailed: true } });
  const client = new ConsoleClient(server);
  const token = await tokenInMail(server, email, 'accept-invitation');
  const accepted = await client.post('/api/invitations/accept', { token, name: 'Person', password });
  expect(accepted).toMatchObject({
    status: 200,
    body: { role, org: { id: orgId }, person: { email, emailVerified: false } },
  });
  expect((await client.signIn(email, password)).status).toBe(200);
  return { client, email, id: accepted.body.person.id };
}

describe('an invitation', () => {
  test('is in no list, and works once', async () => {
    const org = await server.createOrg();
    const email = 'once@example.com';
    await operator.post(`/api/orgs/${org}/invitations`, { email: 'Once@Example.com', role: 'viewer' });
    const token = await tokenInMail(server, email, 'accept-invitation');
    const list = await operator.get(`/api/orgs/${org}/invitations`);
    expect(list.body.data).toMatchObject([{ email, role: 'viewer' }]);
    expect(list.text).not.toContain(token);

    const accept = () => new ConsoleClient(server).post('/api/invitations/accept', { token, name: 'Once', password });
    const replies = await Promise.all(Array.from({ length: 8 }, accept));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await accept()).body.code).toBe('invitation_invalid');
    expect((await operator.get(`/api/orgs/${org}/invitations`)).body.data).toEqual([]);
    expect((await operator.get(`/api/orgs/${org}/members`)).body.data).toMatchObject([{ person: { email } }]);
  });

  test('ends when it is canceled, replaced by a newer one, or 7 days old', async () => {
    const org = await server.createOrg();
    const invite = async (email: string) => {
      const { body } = await operator.post(`/api/orgs/${org}/invitations`, { email, role: 'viewer' });
      return { id: body.id as string, token: await tokenInMail(server, email, 'accept-invitation') };
    };
    const accept = async (token: string) =>
      (await new ConsoleClient(server).post('/api/invitations/accept', { token, name: 'A', password })).body.code;

    const revoked = await invite('revoked@example.com');
    expect((await operator.call('DELETE', `/api/orgs/${org}/invitations/${revoked.id}`)).status).toBe(200);
    expect((await operator.call('DELETE', `/api/orgs/${org}/invitations/${revoked.id}`)).status).toBe(404);
    expect(await accept(revoked.token)).toBe('invitation_invalid');

    const older = await invite('twice@example.com');
    await invite('twice@example.com');
    expect(await accept(older.token)).toBe('invitation_invalid');

    const late = await invite('late@example.com');
    clock.advance(7 * day);
    expect(await accept(late.token)).toBe('invitation_invalid');
    // Sessions end after 7 days too, and those of other tests continue.
    clock.advance(-7 * day);
  });

  test('for someone with an account can be accepted only by them', async () => {
    const first = await server.createOrg();
    const second = await server.createOrg();
    const member = await joinOrg(first, 'developer');
    const stranger = await joinOrg(first, 'developer');
    await operator.post(`/api/orgs/${second}/invitations`, { email: member.email, role: 'admin' });
    const token = await tokenInMail(server, member.email, 'accept-invitation');

    const anonymous = await new ConsoleClient(server).post('/api/invitations/accept', { token, name: 'A', password });
    expect(anonymous).toMatchObject({ status: 401, body: { code: 'not_signed_in' } });
    const another = await stranger.client.post('/api/invitations/accept', { token });
    expect(another).toMatchObject({ status: 403, body: { code: 'invitation_for_another' } });
    expect((await member.client.post('/api/invitations/accept', { token })).status).toBe(200);
    expect(
      (await operator.post(`/api/orgs/${second}/invitations`, { email: member.email, role: 'admin' })).body.code,
    ).toBe('already_member');

    // A person in several organizations chooses one.
    const before = (await member.client.get('/api/session')).body;
    expect(before.memberships.map((each: { org: { id: string } }) => each.org.id)).toEqual([first, second]);
    expect(before.activeOrg).toBe(first);
    expect((await member.client.post('/api/session/org', { org: second })).body.activeOrg).toBe(second);
    expect((await member.client.get('/api/session')).body.activeOrg).toBe(second);
    expect((await stranger.client.post('/api/session/org', { org: second })).status).toBe(404);
    await member.client.call('DELETE', `/api/orgs/${second}/members/${member.id}`);
    expect((await member.client.get('/api/session')).body.activeOrg).toBe(first);
  });

  test('links to the origin of the console, whatever the client claims', async () => {
    const org = await server.createOrg();
    const headers = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' };
    await operator.call('POST', `/api/orgs/${org}/invitations`, {
      headers,
      body: { email: 'link@example.com', role: 'viewer' },
    });
    await tokenInMail(server, 'link@example.com', 'accept-invitation');
    const log = await readFile(join(server.folder, 'data', 'mail.log'), 'utf8');
    expect(log).toContain(`${operator.origin}/accept-invitation#token=`);
    expect(log).not.toContain('evil.example');
  });
});

describe('an invitation can’t be used to send mail', () => {
  test('to one address repeatedly: 3 a day, even if each is canceled or all are sent at once', async () => {
    const org = await server.createOrg();
    const { client } = await joinOrg(org, 'admin');
    const invite = () => client.post(`/api/orgs/${org}/invitations`, { email: 'victim@example.com', role: 'viewer' });
    const { body } = await invite();
    await client.call('DELETE', `/api/orgs/${org}/invitations/${body.id}`);
    const replies = await Promise.all(Array.from({ length: 10 }, invite));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(2);
    const refused = replies.find(({ status }) => status !== 201);
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
    expect(refused?.headers['retry-after']).toBe('86400');
    expect(refused?.body.detail).toContain('to this address');
    const log = await readFile(join(server.folder, 'data', 'mail.log'), 'utf8');
    expect(log.match(/^To: victim@example\.com$/gm)).toHaveLength(3);
    clock.advance(day);
    // The session is still valid: better-auth uses the system's time, not this clock.
    expect((await invite()).status).toBe(201);
  });

  test('with a text of the sender: the subject is constant, and the name is quoted and no link', async () => {
    const org = await server.createOrg();
    const name = 'Pay at https://evil.example/x now';
    expect((await operator.call('PATCH', `/api/orgs/${org}`, { body: { name } })).status).toBe(200);
    await operator.post(`/api/orgs/${org}/invitations`, { email: 'named@example.com', role: 'viewer' });
    await tokenInMail(server, 'named@example.com', 'accept-invitation');
    const log = await readFile(join(server.folder, 'data', 'mail.log'), 'utf8');
    const mail = log.split(/^(?=From: )/m).find((text) => text.includes('named@example.com')) ?? '';
    expect(mail).toContain('\nSubject: You are invited to an organization – Miftah\n');
    expect(mail).toContain('"Pay at https: / / evil. example/ x now"\u2069 as viewer');
    expect(mail.match(/\w+:\/\/\S+/g)).toEqual([expect.stringContaining(`${operator.origin}/accept-invitation#`)]);
  });
});

describe('a role', () => {
  const actions = {
    'read members': (client: ConsoleClient, org: string) => client.get(`/api/orgs/${org}/members`),
    'read keys': (client: ConsoleClient, org: string) => client.get(`/api/orgs/${org}/keys`),
    'create keys': (client: ConsoleClient, org: string) =>
      client.post(`/api/orgs/${org}/keys`, { api: 'classic', name: 'a key' }),
    'read invitations': (client: ConsoleClient, org: string) => client.get(`/api/orgs/${org}/invitations`),
    'invite an admin': (client: ConsoleClient, org: string) =>
      client.post(`/api/orgs/${org}/invitations`, { email: `x${++lastPerson}@example.com`, role: 'admin' }),
    'invite an owner': (client: ConsoleClient, org: string) =>
      client.post(`/api/orgs/${org}/invitations`, { email: `x${++lastPerson}@example.com`, role: 'owner' }),
    'add at once': (client: ConsoleClient, org: string) =>
      client.post(`/api/orgs/${org}/members`, { email: ownerEmail, role: 'viewer' }),
  };
  test.each([
    ['viewer', [200, 200, 403, 403, 403, 403, 403]],
    ['developer', [200, 200, 201, 403, 403, 403, 403]],
    ['admin', [200, 200, 201, 200, 201, 403, 403]],
    ['owner', [200, 200, 201, 200, 201, 201, 403]],
  ] as const)('%s may do what the table says, and nothing in another organization', async (role, expected) => {
    const org = await server.createOrg();
    const foreign = await server.createOrg();
    const { client } = await joinOrg(org, role);
    const statuses = [];
    for (const act of Object.values(actions)) statuses.push((await act(client, org)).status);
    expect(statuses).toEqual(expected);
    for (const act of Object.values(actions)) {
      const [there, nowhere] = [await act(client, foreign), await act(client, 'org_nothing')];
      expect([there.status, nowhere.status]).toEqual([404, 404]);
      expect(there.text).toBe(nowhere.text);
    }
  });

  test('cannot be raised by its holder, and an admin cannot change owners', async () => {
    const org = await server.createOrg();
    const owner = await joinOrg(org, 'owner');
    const admin = await joinOrg(org, 'admin');
    const members = `/api/orgs/${org}/members`;
    const change = (client: ConsoleClient, id: string, role: Role) =>
      client.call('PATCH', `${members}/${id}`, { body: { role } });
    expect((await change(admin.client, admin.id, 'owner')).body.code).toBe('not_permitted');
    expect((await change(admin.client, owner.id, 'viewer')).body.code).toBe('not_permitted');
    expect((await admin.client.call('DELETE', `${members}/${owner.id}`)).body.code).toBe('not_permitted');
    expect((await change(owner.client, admin.id, 'developer')).body.role).toBe('developer');
    expect((await change(admin.client, admin.id, 'admin')).body.code).toBe('not_permitted');
    expect((await owner.client.get(members)).body.data.map((each: { role: Role }) => each.role)).toEqual([
      'owner',
      'developer',
    ]);
  });

  test('of the last owner stays, even if all owners leave at once', async () => {
    const org = await server.createOrg();
    const owners = [await joinOrg(org, 'owner'), await joinOrg(org, 'owner'), await joinOrg(org, 'owner')];
    const replies = await Promise.all(
      owners.map(({ client, id }, at) =>
        at === 0
          ? client.call('PATCH', `/api/orgs/${org}/members/${id}`, { body: { role: 'viewer' } })
          : client.call('DELETE', `/api/orgs/${org}/members/${id}`),
      ),
    );
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 200, 409]);
    expect(replies.find(({ status }) => status === 409)?.body.code).toBe('last_owner');
    const { data } = (await operator.get(`/api/orgs/${org}/members`)).body;
    expect(data.filter((each: { role: Role }) => each.role === 'owner')).toHaveLength(1);
  });
});

describe('keys', () => {
  test('belong to the organization: they work after their creator left, who then sees none', async () => {
    const org = await server.createOrg();
    const maker = await joinOrg(org, 'developer');
    const keys = `/api/orgs/${org}/keys`;
    const made = await maker.client.post(keys, { api: 'classic', name: 'lasting' });
    expect(made).toMatchObject({ status: 201, body: { org, name: 'lasting' } });
    expect((await maker.client.call('DELETE', `/api/orgs/${org}/members/${maker.id}`)).status).toBe(200);

    const api = new ConsoleClient(server, 'api.classic.localhost');
    const headers = { authorization: `Bearer ${made.body.secret}` };
    expect((await api.get('/v1/orders', { headers })).status).toBe(200);
    expect((await maker.client.get(`${keys}/${made.body.id}`)).status).toBe(404);
    expect((await operator.get(keys)).body.data).toMatchObject([{ id: made.body.id, status: 'active' }]);
  });

  test('are managed by members: change, rotate, disable, enable, revoke', async () => {
    const org = await server.createOrg();
    const { client } = await joinOrg(org, 'developer');
    const { body } = await client.post(`/api/orgs/${org}/keys`, { api: 'palm', name: 'first' });
    const key = `/api/orgs/${org}/keys/${body.id}`;
    const stale = await client.call('PATCH', key, { body: { name: 'lost' }, headers: { 'if-match': '"9"' } });
    expect(stale).toMatchObject({ status: 412, body: { code: 'revision_mismatch' } });
    const changed = await client.call('PATCH', key, { body: { name: 'second' }, headers: { 'if-match': '"1"' } });
    expect(changed).toMatchObject({ status: 200, body: { name: 'second' }, headers: { etag: '"2"' } });
    expect(changed.headers['x-miftah-revision']).toMatch(/^\d+-[0-9a-f]{8}$/);
    const rotated = await client.post(`${key}/rotate`, { overlap: 'now' });
    expect(rotated.status).toBe(200);
    expect(rotated.body.secret).not.toBe(body.secret);
    expect((await client.post(`${key}/disable`)).body.status).toBe('disabled');
    expect((await client.post(`${key}/enable`)).body.status).toBe('active');
    expect((await client.call('DELETE', key)).body.status).toBe('revoked');
  });

  test('of another organization do not exist, for members and under an operator’s wrong path', async () => {
    const org = await server.createOrg();
    const foreign = await server.createOrg();
    const { client } = await joinOrg(org, 'owner');
    const { id } = await server.createKey({ api: 'classic', org: foreign });
    const reached = [];
    for (const caller of [client, operator]) {
      const key = `/api/orgs/${org}/keys/${id}`;
      reached.push((await caller.get(key)).status);
      reached.push((await caller.call('PATCH', key, { body: { name: 'mine' } })).status);
      for (const verb of ['rotate', 'disable', 'enable']) reached.push((await caller.post(`${key}/${verb}`)).status);
      reached.push((await caller.call('DELETE', key)).status);
    }
    expect(reached).toEqual(Array.from({ length: 12 }, () => 404));
    expect((await operator.get(`/api/orgs/${foreign}/keys/${id}`)).body).toMatchObject({
      status: 'active',
      revision: 1,
    });
  });
});

test('changes by members are in the audit log, with the person, the console and the request', async () => {
  const org = await server.createOrg();
  const owner = await joinOrg(org, 'owner');
  await owner.client.post(`/api/orgs/${org}/invitations`, { email: 'audited@example.com', role: 'viewer' });
  const { body } = await server.admin('GET', `/v1/audit?org=${org}`);
  const entries = body.data as Record<string, unknown>[];
  expect(entries.map(({ action }) => action)).toEqual([
    'invitation.created',
    'member.added',
    'invitation.created',
    'org.created',
  ]);
  expect(entries[0]).toMatchObject({
    actor: { kind: 'member', id: owner.id, label: owner.email },
    via: 'console',
    address: '127.0.0.1',
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    after: { email: 'audited@example.com', role: 'viewer' },
  });
});

test('without a mail server the sender gets the link, once, and it proves no address', async () => {
  const org = await server.createOrg();
  const path = `/api/orgs/${org}/invitations`;
  const sent = await operator.post(path, { email: 'passed-on@example.com', role: 'viewer' });
  const token = await tokenInMail(server, 'passed-on@example.com', 'accept-invitation');
  expect(sent.body.link).toBe(`${operator.origin}/accept-invitation#token=${token}`);
  expect((await operator.get(path)).text).not.toContain(token);
  const stranger = new ConsoleClient(server);
  const read = await stranger.post('/api/invitations/read', { token });
  expect(read.status).toBe(200);
  expect(read.body).toEqual({
    organization: 'Test',
    inviter: null,
    email: 'passed-on@example.com',
    role: 'viewer',
    expiresAt: sent.body.expiresAt,
  });
  const accepted = await stranger.post('/api/invitations/accept', { token, name: 'P', password });
  expect(accepted.body.person.emailVerified).toBe(false);
  const again = await stranger.post('/api/invitations/read', { token });
  expect(again).toMatchObject({ status: 404, body: { code: 'invitation_invalid' } });
});

test('mails go by SMTP if it is configured', async () => {
  const smtp = await startSmtpReceiver();
  const mailing = await startTestServer({
    extra: `mail: { from: "Keys <keys@example.com>", smtp: { host: 127.0.0.1, port: ${smtp.port} } }`,
  });
  try {
    expect(mailing.server.mailFile).toBeUndefined();
    const { client, orgId } = await makeOwner(mailing);
    const invite = (email: string) => client.post(`/api/orgs/${orgId}/invitations`, { email, role: 'viewer' });
    expect((await invite('new@example.com')).body).toMatchObject({ mailed: true, link: null });
    const [mail] = smtp.mails;
    expect(mail).toMatchObject({ from: 'Keys <keys@example.com>', to: 'new@example.com' });
    expect(mail?.subject).toBe('You are invited to an organization – Miftah');
    smtp.close();
    expect((await invite('other@example.com')).body.mailed).toBe(false);
  } finally {
    await mailing[Symbol.asyncDispose]();
    smtp.close();
  }
});
