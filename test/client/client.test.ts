// `miftah/client` against a running server: its requests, its answers and its failures.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { createMiftahClient, MiftahError, type Problem, type Schemas, unwrap } from '../../src/client/index.ts';
import { startTestServer, type TestServer } from '../fixture.ts';

let server: TestServer;
let miftah: ReturnType<typeof createMiftahClient>;

beforeAll(async () => {
  server = await startTestServer();
  miftah = createMiftahClient({ url: `http://127.0.0.1:${server.internalPort}`, token: server.operatorToken });
});
afterAll(() => server[Symbol.asyncDispose]());

async function createKey(idempotencyKey: string) {
  const org = await server.createOrg();
  return miftah.POST('/v1/keys', {
    params: { header: { 'Idempotency-Key': idempotencyKey } },
    body: { api: 'classic', org, name: 'server', addresses: ['203.0.113.7'] },
  });
}

describe('the client', () => {
  test('creates, reads, changes, rotates and revokes a key', async () => {
    const { data: created, response } = await createKey('a');
    expect(response.status).toBe(201);
    expect(created?.secret).toMatch(/^sk_live_/);
    const path = { id: created?.id as string };

    const key = await unwrap(miftah.GET('/v1/keys/{id}', { params: { path } }));
    expectTypeOf(key).toEqualTypeOf<Schemas['Key']>();
    expect(key).toMatchObject({ name: 'server', addresses: ['203.0.113.7'], revision: 1 });

    const header = { 'If-Match': `"${key.revision}"` };
    const params = { path, header };
    const changed = await unwrap(miftah.PATCH('/v1/keys/{id}', { params, body: { name: 'Billing' } }));
    expect(changed).toMatchObject({ name: 'Billing', revision: 2 });

    const rotated = await unwrap(miftah.POST('/v1/keys/{id}/rotate', { params: { path }, body: { overlap: '1h' } }));
    expect(rotated.secret).not.toBe(created?.secret);
    const { data: secrets } = await unwrap(miftah.GET('/v1/keys/{id}/secrets', { params: { path } }));
    expect(secrets.map(({ status }) => status)).toEqual(['in_force', 'superseded']);

    expect((await unwrap(miftah.DELETE('/v1/keys/{id}', { params: { path } }))).status).toBe('revoked');
    const query = { target: path.id, action: 'key' };
    const audit = await unwrap(miftah.GET('/v1/audit', { params: { query } }));
    expect(audit.data.map(({ action }) => action)).toEqual([
      'key.revoked',
      'key.rotated',
      'key.updated',
      'key.created',
    ]);
  });

  test('does what docs/how-to/use-the-client.md says', async () => {
    const page = readFileSync(new URL('../../docs/how-to/use-the-client.md', import.meta.url), 'utf8');
    const [, code] = /```ts\n(.*?)```/s.exec(page) as unknown as [string, string];
    const client = new URL('../../src/client/index.ts', import.meta.url).href;
    const file = join(server.folder, 'example.mts');
    writeFileSync(file, code.replace("'miftah/client'", JSON.stringify(client)));
    const env = {
      MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`,
      MIFTAH_TOKEN: server.operatorToken,
      NODE_NO_WARNINGS: '1',
    };
    const { stdout } = await promisify(execFile)(process.execPath, [file], { env });
    const [made, listed] = stdout.split('\n') as [string, string];
    expect(made).toMatch(/^key_\w{20} sk_prod_/);
    expect(listed).toBe(`${made.split(' ')[0]} active`);
  });

  test('verifies a request', async () => {
    const { data: key } = await createKey('b');
    const body = { api: 'classic', secret: key?.secret as string, clientIp: '198.51.100.1' };
    const reply = await unwrap(miftah.POST('/v1/verify', { body }));
    expect(reply).toMatchObject({ verdict: 'refused', reason: 'address_not_allowed', key: { id: key?.id } });
  });

  test('puts ids into paths as one segment', async () => {
    const { error, response } = await miftah.GET('/v1/keys/{id}', { params: { path: { id: '../orgs/x?y' } } });
    expect([response.status, error?.code]).toEqual([404, 'not_found']);
  });
});

describe('a failure', () => {
  test('is a value with its code and field', async () => {
    const { data, error, response } = await miftah.POST('/v1/keys', {
      body: { api: 'classic', org: await server.createOrg(), name: 'x', addresses: ['nope'] },
    });
    expectTypeOf(error).toEqualTypeOf<Problem | undefined>();
    expect([data, response.status, error?.code, error?.field]).toEqual([
      undefined,
      400,
      'invalid_input',
      'addresses[0]',
    ]);
  });

  test('is thrown by unwrap, typed', async () => {
    const missing = unwrap(miftah.GET('/v1/orgs/{id}', { params: { path: { id: 'org_none' } } }));
    await expect(missing).rejects.toBeInstanceOf(MiftahError);
    await expect(missing).rejects.toMatchObject({ code: 'not_found', status: 404 });
  });

  test('of the token names it, and does not contain it', async () => {
    const stranger = createMiftahClient({ url: `http://127.0.0.1:${server.internalPort}/`, token: 'mft_wrong' });
    const { error } = await stranger.GET('/v1/orgs');
    expect(error?.code).toBe('unauthenticated');
    expect(JSON.stringify(error)).not.toContain('mft_wrong');
  });

  test('of a proxy is a problem too, and a redirect is not followed', async () => {
    const proxy = createServer((req, res) => {
      if (req.url === '/v1/orgs') res.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad gateway</h1>');
      else res.writeHead(302, { Location: `http://127.0.0.1:${server.internalPort}/v1/orgs` }).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => proxy.once('listening', resolve));
    try {
      const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const client = createMiftahClient({ url, token: server.operatorToken });
      const { error, response } = await client.GET('/v1/orgs');
      expect([response.status, error?.status, error?.code]).toEqual([502, 502, 'unavailable']);
      await expect(client.GET('/v1/keys')).rejects.toThrow(TypeError);
    } finally {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    }
  });

  test.each(['', 'localhost:4101', 'ftp://a', 'http://a/path', 'http://user@a'])(
    'of the url %s is a TypeError',
    (url) => {
      expect(() => createMiftahClient({ url, token: 'x' })).toThrow(TypeError);
    },
  );

  test.each(['', 'a b', 'a\nb', 'é'])('of the token %j is a TypeError', (token) => {
    expect(() => createMiftahClient({ url: 'http://127.0.0.1', token })).toThrow(TypeError);
  });
});
