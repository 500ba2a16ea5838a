// The deletion of organizations and people over HTTP and on the command line: keys end, data goes, the chain verifies.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashAuditEntry, type KeptEntry } from '../../src/domain/audit-record.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { runCli } from '../cli/cli-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, ownerEmail, password, tokenInMail } from './console-client.ts';

const clock = createManualClock(Date.now());
let server: TestServer;
let operator: ConsoleClient;

beforeAll(async () => {
  server = await startTestServer({ clock });
  ({ client: operator } = await makeOwner(server));
});
afterAll(() => server[Symbol.asyncDispose]());

let people = 0;

/** A signed-in person who accepted an invitation. */
async function joinOrg(orgId: string, role = 'owner') {
  const email = `member${++people}@example.com`;
  await operator.post(`/api/orgs/${orgId}/invitations`, { email, role });
  const client = new ConsoleClient(server);
  const token = await tokenInMail(server, email, 'accept-invitation');
  const accepted = await client.post('/api/invitations/accept', { token, name: `Name of ${email}`, password });
  expect((await client.signIn(email, password)).status).toBe(200);
  return { client, email, id: accepted.body.person.id as string };
}

async function isAllowed(secret: string): Promise<boolean> {
  const { body } = await server.admin('POST', '/v1/verify', { api: 'classic', secret, method: 'GET', path: '/' });
  return body.verdict === 'allowed';
}

function miftah(...args: readonly string[]) {
  const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_DATA: join(server.folder, 'data') };
  return runCli(args, { cwd: server.folder, env });
}

async function expectIntactWithout(...texts: readonly string[]): Promise<void> {
  const verified = await miftah('audit', 'verify', '--json');
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
  const file = join(server.folder, 'audit.jsonl');
  expect((await miftah('audit', 'export', '--out', file)).code).toBe(0);
  const exported = await readFile(file, 'utf8');
  expect((await miftah('audit', 'verify', '--file', file)).code).toBe(0);
  const kept = exported + (await readFile(join(server.folder, 'data', 'mail.log'), 'utf8'));
  expect(texts.filter((text) => kept.includes(text))).toEqual([]);
}

const deleteAccount = (client: ConsoleClient, email: string) => client.post('/api/session/account/delete', { email });

describe('an organization that is deleted', () => {
  test('loses its keys before the reply, its data, and its place in every list', async () => {
    const { id: orgId } = (await server.admin('POST', '/v1/orgs', { name: 'Farewell Ltd' })).body as { id: string };
    const { client, email } = await joinOrg(orgId);
    const key = await server.createKey({ api: 'classic', org: orgId, name: 'Kiosk of Farewell' });
    expect(await isAllowed(key.secret)).toBe(true);

    const deleted = await server.admin('DELETE', `/v1/orgs/${orgId}`);
    expect(await isAllowed(key.secret)).toBe(false);
    expect(deleted).toMatchObject({
      status: 200,
      body: { id: orgId, keysRevoked: 1, withoutOrganization: [{ email }], entriesKept: 0, isErasing: false },
    });
    expect((await server.admin('GET', `/v1/keys/${key.id}`)).status).toBe(404);
    expect((await server.admin('GET', `/v1/orgs/${orgId}`)).status).toBe(404);
    expect((await server.admin('POST', `/v1/orgs/${orgId}/resume`)).status).toBe(404);
    expect((await server.admin('POST', '/v1/keys', { api: 'classic', org: orgId, name: 'New' })).status).toBe(400);
    expect((await client.get('/api/session')).body).toMatchObject({ memberships: [], activeOrg: null });
    expect((await client.get(`/api/orgs/${orgId}`)).status).toBe(404);
    const log = await server.admin('GET', `/v1/audit?org=${orgId}`);
    const [deletion, ...erased] = log.body.data as { erased: string[]; before: unknown; after: unknown }[];
    expect(deletion).toMatchObject({ action: 'org.deleted', erased: [], after: { keysRevoked: 1 } });
    expect(erased).toHaveLength(4);
    for (const record of erased) expect(record).toMatchObject({ erased: ['state'], before: null, after: null });
    const revocations = await readFile(join(server.folder, 'data', 'revocations.log'), 'utf8');
    expect(revocations).toContain(key.id);
    await expectIntactWithout('Kiosk of');
    const exported = await readFile(join(server.folder, 'audit.jsonl'), 'utf8');
    expect(exported).not.toContain('Farewell');

    const again = await server.admin('DELETE', `/v1/orgs/${orgId}`);
    expect(again).toMatchObject({ status: 200, body: { keysRevoked: 0, deletedAt: deleted.body.deletedAt } });
    expect((await server.admin('DELETE', '/v1/orgs/org_none')).status).toBe(404);
  });

  test('has no working key and no member, whatever comes at the same moment', async () => {
    const orgId = await server.createOrg();
    await operator.post(`/api/orgs/${orgId}/invitations`, { email: 'late@example.com', role: 'owner' });
    const token = await tokenInMail(server, 'late@example.com', 'accept-invitation');
    const create = () => server.admin('POST', '/v1/keys', { api: 'classic', org: orgId, name: 'Racer' });
    const accept = () => new ConsoleClient(server).post('/api/invitations/accept', { token, name: 'Late', password });
    const [deleted, accepted, ...created] = await Promise.all([
      server.admin('DELETE', `/v1/orgs/${orgId}`),
      accept(),
      ...Array.from({ length: 12 }, create),
    ]);
    expect(deleted.status).toBe(200);
    expect([200, 404]).toContain(accepted.status);
    const secrets = created.flatMap(({ status, body }) => (status === 201 ? [body.secret as string] : []));
    for (const { status } of created) expect([201, 400]).toContain(status);
    for (const secret of secrets) expect(await isAllowed(secret)).toBe(false);
    expect(deleted.body.keysRevoked).toBe(secrets.length);
    expect((await operator.get(`/api/orgs/${orgId}/members`)).body.data).toEqual([]);
    expect((await accept()).status).toBe(404);
    expect((await miftah('audit', 'verify')).code).toBe(0);
  });

  test('asks on the command line, and does nothing where no one can answer', async () => {
    const orgId = await server.createOrg();
    const asked = await miftah('orgs', 'delete', orgId, '--json');
    expect({ code: asked.code, error: JSON.parse(asked.stderr).error.code }).toEqual({
      code: 2,
      error: 'not_confirmed',
    });
    expect((await server.admin('GET', `/v1/orgs/${orgId}`)).status).toBe(200);
    const { email } = await joinOrg(orgId);
    const done = await miftah('orgs', 'delete', orgId, '--yes');
    expect(done.stdout).toBe(`Deleted ${orgId}. Keys revoked: 0.
These members are in no other organization. To delete their accounts:
  miftah people delete ${email}
`);
    expect((await miftah('people', 'delete', email)).code).toBe(2);
    expect((await miftah('people', 'delete', email, '--yes')).stdout).toMatch(/^Deleted per_\w+\.\n$/);
    expect((await miftah('people', 'delete', email, '--yes')).code).toBe(6);
    await expectIntactWithout(email);
  });
});

describe('a person who is deleted', () => {
  test('confirms it with their address and a recent sign-in, and is gone', async () => {
    const orgId = await server.createOrg();
    await joinOrg(orgId);
    const { client, email, id } = await joinOrg(orgId, 'admin');
    const key = (await client.post(`/api/orgs/${orgId}/keys`, { api: 'classic', name: 'Made by a person' })).body;
    expect(await isAllowed(key.secret)).toBe(true);
    const second = new ConsoleClient(server);
    await second.signIn(email, password);

    const wrong = await deleteAccount(client, 'someone@example.com');
    expect(wrong).toMatchObject({ status: 400, body: { code: 'invalid_input', field: 'email' } });
    clock.advance(25 * 3_600_000);
    expect((await deleteAccount(client, email)).body.code).toBe('session_not_fresh');
    clock.advance(-25 * 3_600_000);
    const deleted = await deleteAccount(client, ` ${email.toUpperCase()} `);
    expect(deleted).toMatchObject({ status: 200, body: { id, entriesKept: 0 } });

    for (const each of [client, second]) expect((await each.get('/api/session')).status).toBe(401);
    expect((await client.signIn(email, password)).status).toBe(401);
    expect(await isAllowed(key.secret)).toBe(true);
    const log = await operator.get(`/api/orgs/${orgId}/audit?target=${key.id}`);
    expect(log.body.data).toMatchObject([
      { action: 'key.created', actor: { kind: 'member', id, label: null }, address: null, erased: ['author'] },
    ]);
    expect((await server.admin('GET', `/v1/audit?target=${id}&action=person.deleted`)).body.data).toMatchObject([
      { actor: { kind: 'member', id, label: id }, address: null },
    ]);
    await expectIntactWithout(email);
  });

  test('who is the only owner of an organization stays, and the error names it', async () => {
    const orgId = await server.createOrg();
    const { client, email, id } = await joinOrg(orgId);
    const refused = await deleteAccount(client, email);
    expect(refused).toMatchObject({ status: 409, body: { code: 'last_owner' } });
    expect(refused.body.organizations).toEqual([{ id: orgId, name: 'Test' }]);
    expect(refused.body.detail).toBe(
      `${email} is the only owner of Test (${orgId}): make another member an owner, or have the operator delete the organization first.`,
    );
    expect((await server.admin('DELETE', `/v1/people/${id}`)).body.code).toBe('last_owner');
    expect((await client.get('/api/session')).status).toBe(200);
    const heir = await joinOrg(orgId);
    // Both owners at once: one stays.
    const both = await Promise.all([deleteAccount(client, email), deleteAccount(heir.client, heir.email)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });

  test('by an operator is gone too, and no one else deletes people', async () => {
    const orgId = await server.createOrg();
    const { id, email, client } = await joinOrg(orgId, 'viewer');
    expect((await client.call('DELETE', `/api/operator/people/${id}`)).status).toBe(404);
    const found = await server.admin('GET', `/v1/people?email=${email}`);
    expect(found.body.data).toEqual([{ id, email, name: `Name of ${email}` }]);
    expect((await operator.call('DELETE', `/api/operator/people/${id}`)).body).toEqual({ id, entriesKept: 0 });
    expect((await client.get('/api/session')).status).toBe(401);
    expect((await operator.call('DELETE', `/api/operator/people/${id}`)).status).toBe(404);
    await expectIntactWithout(email);
  });
});

test('the last operator of the console is deleted only by the holder of the operator token', async () => {
  await using own = await startTestServer();
  const { client, personId, orgId } = await makeOwner(own);
  const email = 'heir@example.com';
  await client.post(`/api/orgs/${orgId}/invitations`, { email, role: 'owner' });
  const token = await tokenInMail(own, email, 'accept-invitation');
  await new ConsoleClient(own).post('/api/invitations/accept', { token, name: 'Heir', password });
  await client.signIn(ownerEmail, password);
  const another = await client.post('/api/operator/orgs', { name: 'Another' });
  expect((await client.call('DELETE', `/api/operator/orgs/${another.body.id}`)).status).toBe(200);
  expect((await deleteAccount(client, ownerEmail)).body.code).toBe('last_operator');
  expect((await client.call('DELETE', `/api/operator/people/${personId}`)).body.code).toBe('last_operator');
  expect((await own.admin('DELETE', `/v1/people/${personId}`)).body).toEqual({ id: personId, entriesKept: 0 });
  expect((await client.get('/api/session')).status).toBe(401);
  const { data } = (await own.admin('GET', '/v1/audit/export')).body as { data: readonly object[] };
  expect(data.filter((record) => JSON.stringify(record).includes(ownerEmail))).toEqual([]);
  expect(await readFile(join(own.folder, 'data', 'mail.log'), 'utf8')).not.toContain(ownerEmail);
});

test('records of an older version keep their content, verify, and are counted', async () => {
  await using own = await startTestServer();
  const orgId = await own.createOrg();
  await own.restart(async ({ audit }) => {
    const [last] = (await audit.listAudit({}, { limit: 1 })).items;
    const { seq = 0, hash: previousHash = '' } = last ?? {};
    const old: KeptEntry = {
      ...{ atMs: 1, actor: { kind: 'operator', id: null, label: 'operator token' }, via: 'admin_api', address: null },
      ...{ requestId: null, action: 'org.updated', target: { kind: 'org', id: orgId }, orgId },
      ...{ before: { name: 'Old' }, after: { name: 'Test' } },
    };
    const database = new DatabaseSync(join(own.folder, 'data', 'miftah.db'));
    database
      .prepare(
        `INSERT INTO audit_log (seq, at, actor_kind, actor_label, via, action, target_kind, target_id, org_id, before,
           after, previous_hash, hash) VALUES (?, 1, 'operator', 'operator token', 'admin_api', 'org.updated', 'org',
           ?, ?, '{"name":"Old"}', '{"name":"Test"}', ?, ?)`,
      )
      .run(seq + 1, orgId, orgId, previousHash, hashAuditEntry(old, seq + 1, previousHash, null));
    database.close();
  });
  expect((await own.admin('DELETE', `/v1/orgs/${orgId}`)).body.entriesKept).toBe(1);
  const { body } = await own.admin('GET', `/v1/audit?org=${orgId}`);
  expect(body.data).toMatchObject([
    { action: 'org.deleted', erased: [] },
    { action: 'org.updated', erased: [], before: { name: 'Old' } },
    { action: 'org.created', erased: ['state'] },
  ]);
  const data = join(own.folder, 'data');
  expect((await runCli(['audit', 'verify', '--data', data], { cwd: own.folder })).code).toBe(0);
});
