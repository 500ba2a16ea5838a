// The list of keys for the console's pages.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, password, tokenInMail } from '../people/console-client.ts';

let server: TestServer;
let client: ConsoleClient;
let keys: string;

beforeAll(async () => {
  server = await startTestServer();
  const owner = await makeOwner(server);
  client = owner.client;
  keys = `/api/orgs/${owner.orgId}/keys`;
});
afterAll(() => server[Symbol.asyncDispose]());

async function create(name: string, fields: Record<string, unknown> = {}) {
  const { status, body } = await client.post(keys, { api: 'classic', name, ...fields });
  expect(status).toBe(201);
  return body as { id: string; secret: string; masked: string };
}

async function call(secret: string): Promise<number> {
  const headers = { host: 'api.classic.localhost', authorization: `Bearer ${secret}` };
  const req = request({ host: '127.0.0.1', port: server.publicPort, path: '/v1/x', headers, agent: false }).end();
  const [res] = await once(req, 'response');
  res.resume();
  return res.statusCode;
}

async function namesOf(query: string): Promise<string[]> {
  const { status, body } = await client.get(`${keys}?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.data.map(({ name }: { name: string }) => name);
}

describe('GET /api/orgs/{org}/keys', () => {
  test('searches, sorts and pages, and counts all matches', async () => {
    const first = await create('alpha production');
    await create('beta production');
    await create('خادم الإنتاج');
    expect(await namesOf('q=PRODUCTION&sort=name')).toEqual(['alpha production', 'beta production']);
    expect(await namesOf(`q=${encodeURIComponent('الإنتاج')}`)).toEqual(['خادم الإنتاج']);
    expect(await namesOf(`q=${encodeURIComponent(first.masked)}`)).toEqual(['alpha production']);
    expect(await namesOf(`digest=${createHash('sha256').update(first.secret).digest('hex')}`)).toEqual([
      'alpha production',
    ]);
    const page = (await client.get(`${keys}?q=production&sort=name&order=desc&limit=1`)).body;
    expect(page).toMatchObject({ total: 2, data: [{ name: 'beta production' }] });
    const rest = (await client.get(`${keys}?q=production&sort=name&order=desc&limit=1&cursor=${page.nextCursor}`)).body;
    expect(rest).toMatchObject({ total: 2, data: [{ name: 'alpha production' }], nextCursor: null });
  });

  test('shows a call at once: last use, today’s counts, and use of a superseded secret', async () => {
    const { id, secret } = await create('rotated');
    await client.post(`${keys}/${id}/rotate`, { overlap: '24h' });
    expect(await call(secret)).toBe(200);
    expect(await call(`${secret.slice(0, -1)}${secret.endsWith('x') ? 'y' : 'x'}`)).toBe(401);
    let row: { lastUsedAt: string | null } & Record<string, unknown>;
    do row = (await client.get(`${keys}?q=${id}`)).body.data[0];
    while (row.lastUsedAt === null);
    expect(row).toMatchObject({
      lastUsedAddress: '127.0.0.1',
      overlaps: [{ secretId: expect.stringMatching(/^sec_/), useCount: 1, lastUsedAddress: '127.0.0.1' }],
    });
    const daily = row.daily as { allowed: number[]; refused: number[] };
    expect(daily.allowed).toHaveLength(30);
    expect(daily.allowed.at(-1)).toBe(1);
    expect(daily.refused.at(-1)).toBe(0);
  });

  test('names the wrong field of a query', async () => {
    for (const query of [
      'sort=size',
      'digest=abc',
      'unusedDays=0',
      'secretAgeDays=-1',
      'order=up',
      'limit=101',
      'nonsense=1',
      'q=',
    ]) {
      const { status, body } = await client.get(`${keys}?${query}`);
      expect(status, query).toBe(400);
      expect(body.field, query).toBe(query.split('=')[0]);
    }
    expect((await client.get(`${keys}?cursor=x`)).body).toMatchObject({ code: 'cursor_invalid', field: 'cursor' });
  });
});

describe('POST /api/orgs/{org}/keys with an Idempotency-Key', () => {
  const ask = (by: ConsoleClient, name: string, idempotencyKey: string) =>
    by.post(keys, { api: 'classic', name }, { 'idempotency-key': idempotencyKey });

  test('creates one key, however often and fast it is sent', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(client, 'asked five times', 'five')));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.secret)).size).toBe(1);
    expect(answers[0]?.body.secret).toMatch(/^\w{20,}/);
    expect(await namesOf('q=asked%20five')).toEqual(['asked five times']);
    expect(await call(answers[0]?.body.secret)).toBe(200);
    const other = await ask(client, 'asked otherwise', 'five');
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  test('shows the secret to no one else: for another person the same key is a new request', async () => {
    const first = await ask(client, 'made by one', 'known');
    expect(first.status).toBe(201);
    const email = 'colleague@example.com';
    await client.post(keys.replace('/keys', '/invitations'), { email, role: 'admin' });
    const token = await tokenInMail(server, email, 'accept-invitation');
    const colleague = new ConsoleClient(server);
    await colleague.post('/api/invitations/accept', { token, name: 'Colleague', password });
    await colleague.signIn(email, password);
    const answer = await ask(colleague, 'made by one', 'known');
    expect([answer.status, answer.headers['idempotency-replayed']]).toEqual([201, undefined]);
    expect(answer.body.secret).not.toBe(first.body.secret);
    expect((await ask(colleague, 'made by one', 'known')).text).toBe(answer.text);
    expect((await ask(client, 'made by one', 'known')).text).toBe(first.text);
    expect(await namesOf('q=made%20by%20one')).toEqual(['made by one', 'made by one']);
  });
});
