// Sign-in and sign-out, and the attacks on them: sessions, CSRF, fixation, oracles, guessing.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, ownerEmail, password, tokenInMail } from './console-client.ts';

const clock = createManualClock(Date.now());
const consoleHost = 'cp.example.test';

let server: TestServer;
let owner: ConsoleClient;
let orgId: string;

beforeAll(async () => {
  server = await startTestServer({
    clock,
    extra: 'public: { trustedProxies: [127.0.0.1] }',
    apis: `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    console: [${consoleHost}]
    upstream: UPSTREAM
`,
  });
  ({ client: owner, orgId } = await makeOwner(server));
});
afterAll(() => server[Symbol.asyncDispose]());

/** A client behind a trusted proxy, so that each has an address of its own. */
function clientAt(address: string): ConsoleClient {
  const client = new ConsoleClient(server);
  const call = client.call.bind(client);
  client.call = (method, path, options = {}) =>
    call(method, path, { ...options, headers: { 'x-forwarded-for': address, ...options.headers } });
  return client;
}

let lastAddress = 0;
function newClient(): ConsoleClient {
  lastAddress += 1;
  return clientAt(`198.51.100.${lastAddress}`);
}

describe('a session', () => {
  test('is a cookie that scripts cannot read and other sites do not send', async () => {
    const client = newClient();
    const reply = await client.signIn(ownerEmail, password);
    expect(reply.status).toBe(200);
    const [line] = client.setCookies.filter((cookie) => cookie.startsWith('miftah.session_token='));
    expect(line).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(line).not.toContain('Domain');
    expect(line).not.toContain('Secure');
  });

  test('is a __Host- cookie behind a trusted TLS proxy, where a plain one is refused', async () => {
    const client = new ConsoleClient(server, consoleHost, `https://${consoleHost}`);
    const secure = { host: consoleHost, 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.1' };
    const body = { email: ownerEmail, password };
    expect((await client.post('/api/auth/sign-in/email', body, secure)).status).toBe(200);
    const [line = ''] = client.setCookies.filter((cookie) => cookie.includes('session_token'));
    expect(line).toMatch(/^__Host-miftah\.session_token=[^;]+;.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(line).not.toContain('Domain');
    expect((await client.get('/api/session', { headers: secure })).status).toBe(200);

    const planted = line.slice('__Host-'.length).split(';')[0] as string;
    expect((await client.get('/api/session', { headers: { ...secure, cookie: planted } })).status).toBe(401);
  });

  test('does not become secure because an untrusted client says so', async () => {
    const lone = await startTestServer();
    try {
      const { client } = await makeOwner(lone);
      const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' };
      const reply = await client.post('/api/auth/sign-in/email', { email: ownerEmail, password }, headers);
      expect(reply.status).toBe(200);
      expect(client.setCookies.join()).not.toContain('__Host-');
    } finally {
      await lone[Symbol.asyncDispose]();
    }
  });

  test('is a new one at every sign-in, whatever cookie came with it (fixation)', async () => {
    const client = newClient();
    client.cookies.set('miftah.session_token', 'chosen.by-the-attacker');
    await client.signIn(ownerEmail, password);
    const first = client.cookies.get('miftah.session_token');
    await client.signIn(ownerEmail, password);
    const second = client.cookies.get('miftah.session_token');
    expect(first).not.toContain('chosen');
    expect(second).not.toBe(first);
  });

  test('ends at sign-out, even for someone who kept the cookie', async () => {
    const client = newClient();
    await client.signIn(ownerEmail, password);
    const cookie = `miftah.session_token=${client.cookies.get('miftah.session_token')}`;
    expect((await client.get('/api/session')).status).toBe(200);
    expect((await client.post('/api/auth/sign-out')).status).toBe(200);
    expect(client.cookies.has('miftah.session_token')).toBe(false);
    const reply = await client.get('/api/session', { headers: { cookie } });
    expect(reply).toMatchObject({ status: 401, body: { code: 'not_signed_in' } });
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer /);
  });

  test('works for scripts as a Bearer token, without Origin, and is not an API key', async () => {
    const token = await newClient().signInForToken(ownerEmail, password);
    const script = newClient();
    const headers = { authorization: `Bearer ${token}`, origin: null };
    expect((await script.get('/api/session', { headers })).body.person.email).toBe(ownerEmail);
    const switched = await script.call('POST', '/api/session/org', { headers, body: { org: orgId } });
    expect(switched.status).toBe(200);
    const asKey = new ConsoleClient(server, 'api.classic.localhost');
    expect((await asKey.get('/v1/anything', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  });

  test('needs the signature: the token from the database does not work', async () => {
    const stored = (await newClient().signInForToken(ownerEmail, password)).split('.')[0] as string;
    expect(stored).toMatch(/^\w{32}$/);
    for (const token of [stored, `${stored}.`, `${stored}.AAAA`]) {
      const reply = await newClient().get('/api/session', { headers: { authorization: `Bearer ${token}` } });
      expect(reply.status).toBe(401);
    }
  });

  test('is a cookie or a token, and a token only if a client asks for it and is not a browser', async () => {
    const body = { email: ownerEmail, password };
    const signIn = (headers: Record<string, string>) => newClient().post('/api/auth/sign-in/email', body, headers);
    const asked = { 'x-miftah-want-token': '1' };
    const script = await signIn(asked);
    expect(script.headers['set-auth-token']).toMatch(/^\w{32}\./);
    expect(script.headers).not.toHaveProperty('set-cookie');
    for (const headers of [
      {},
      { 'x-miftah-want-token': 'yes' },
      { ...asked, 'sec-fetch-mode': 'cors' },
      { ...asked, 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' },
    ]) {
      const page = await signIn(headers);
      expect(page.headers).not.toHaveProperty('set-auth-token');
      expect(page.headers).not.toHaveProperty('access-control-expose-headers');
      const [cookie = ''] = page.headers['set-cookie'] ?? [];
      const token = /session_token=(\w{32})\./.exec(cookie)?.[1] as string;
      expect(page.text).not.toContain(token);
    }
  });

  test('that a new password renews cannot be read by a script either', async () => {
    const client = newClient();
    await client.signIn(ownerEmail, password);
    const reply = await client.post('/api/auth/change-password', { currentPassword: password, newPassword: password });
    expect(reply.status).toBe(200);
    expect(reply.headers).not.toHaveProperty('set-auth-token');
    expect(reply.body).not.toHaveProperty('token');
    expect((await client.get('/api/session')).status).toBe(200);
    await owner.signIn(ownerEmail, password);
  });

  test('of a wrong Bearer token does not fall back to the cookie', async () => {
    const client = newClient();
    await client.signIn(ownerEmail, password);
    const headers = { authorization: 'Bearer wrong.token', origin: null };
    expect((await client.get('/api/session', { headers })).status).toBe(401);
    const reply = await client.call('POST', '/api/session/org', { headers, body: { org: orgId } });
    expect(reply.status).toBe(401);
  });
});

test('with an https public.url, cookies are secure and mails link there, whatever the proxy says', async () => {
  const url = 'https://keys.example.test';
  const server = await startTestServer({ extra: `public: { url: "${url}" }` });
  try {
    await makeOwner(server);
    const client = new ConsoleClient(server, 'keys.example.test', url);
    expect((await client.signIn(ownerEmail, password)).status).toBe(200);
    expect([...client.cookies.keys()]).toEqual(['__Host-miftah.session_token']);
    expect((await client.post('/api/auth/send-verification-email')).status).toBe(200);
    await tokenInMail(server, ownerEmail, 'verify-email');
    const log = await readFile(server.server.mailFile as string, 'utf8');
    expect(log).toContain(`\n${url}/verify-email#token=`);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});

describe('the port that Host names', () => {
  const listLinks = async (page: string): Promise<readonly string[]> =>
    (await readFile(server.server.mailFile as string, 'utf8').catch(() => '')).match(
      new RegExp(`\\S+/${page}#`, 'g'),
    ) ?? [];

  test.each([':1', ':99', ':'])('is not in the link of a reset mail: localhost%s', async (port) => {
    const headers = { host: `localhost${port}` };
    const body = { email: ownerEmail };
    const { length } = await listLinks('reset-password');
    const reply = await newClient().call('POST', '/api/auth/request-password-reset', { headers, body });
    expect(reply.status).toBe(200);
    await expect
      .poll(async () => (await listLinks('reset-password')).slice(length))
      .toEqual([`http://localhost:${server.publicPort}/reset-password#`]);
  });

  test('is not in the link of an invitation', async () => {
    const body = { email: 'port@example.com', role: 'developer' };
    const headers = { host: 'localhost:2' };
    const { length } = await listLinks('accept-invitation');
    const reply = await owner.call('POST', `/api/orgs/${orgId}/invitations`, { headers, body });
    expect(reply.status).toBe(201);
    await expect
      .poll(async () => (await listLinks('accept-invitation')).slice(length))
      .toEqual([`http://localhost:${server.publicPort}/accept-invitation#`]);
  });

  test('does not make an Origin with that port the console’s own, even behind a TLS proxy', async () => {
    const call = (host: string, origin: string, more: Record<string, string> = {}) =>
      newClient().call('POST', '/api/auth/sign-in/email', {
        headers: { host, origin, ...more },
        body: { email: ownerEmail, password },
      });
    const refused = await call('localhost:3', 'http://localhost:3');
    expect(refused).toMatchObject({ status: 403, body: { code: 'cross_site' } });
    expect(refused.body.detail).toContain(`Send Origin: http://localhost:${server.publicPort}, `);
    expect(refused.body.detail).toContain('public.url');
    const tls = { 'x-forwarded-proto': 'https' };
    expect((await call(`${consoleHost}:8443`, `https://${consoleHost}:8443`, tls)).status).toBe(403);
    expect((await call(`${consoleHost}:8443`, `https://${consoleHost}`, tls)).status).toBe(200);
    const plain = { 'x-forwarded-proto': 'http' };
    expect((await call(consoleHost, `http://${consoleHost}`, plain)).status).toBe(200);
  });

  test.each(['localhost:99999', 'localhost:x', 'localhost:80:80', 'x@localhost', `${consoleHost}:0`])(
    'that is invalid is a bad request: %s',
    async (host) => {
      expect((await owner.get('/api/session', { headers: { host } })).status).toBe(400);
      expect((await owner.post('/api/auth/sign-out', {}, { host })).status).toBe(400);
    },
  );
});

test('a session ends 30 days after its sign-in even if it is used, for cookies and tokens', async () => {
  const lifeMs = 30 * 86_400_000;
  // better-auth uses the system's time and would renew sessions for ever, so these sign-ins are from today.
  const ownClock = createManualClock(Date.now());
  const lone = await startTestServer({ clock: ownClock });
  try {
    const { client } = await makeOwner(lone);
    const token = await new ConsoleClient(lone).signInForToken(ownerEmail, password);
    const asScript = () =>
      new ConsoleClient(lone).get('/api/session', { headers: { authorization: `Bearer ${token}` } });
    for (const passedMs of [0, lifeMs / 2, lifeMs / 2 - 3_600_000]) {
      ownClock.advance(passedMs);
      expect([(await client.get('/api/session')).status, (await asScript()).status]).toEqual([200, 200]);
    }
    ownClock.advance(2 * 3_600_000);
    // better-auth's routes come first: they must not find the session either.
    expect((await client.post('/api/auth/update-user', { name: 'Late' })).status).toBe(401);
    expect((await client.get('/api/auth/passkey/list-user-passkeys')).status).toBe(401);
    expect((await client.get('/api/session')).status).toBe(401);
    expect((await asScript()).body.code).toBe('not_signed_in');
  } finally {
    await lone[Symbol.asyncDispose]();
  }
});

describe('a request that changes something', () => {
  test.each([
    ['no Origin', { origin: null }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://localhost:1' }],
    ['another scheme', { origin: 'https://localhost' }],
    ['a null Origin', { origin: 'null' }],
    ['another console host', { origin: `http://${consoleHost}` }],
  ])('is refused with %s, also a sign-in', async (_, headers) => {
    for (const [method, path, body] of [
      ['POST', '/api/auth/sign-in/email', { email: ownerEmail, password }],
      ['POST', '/api/auth/sign-out', {}],
      ['POST', '/api/session/org', { org: orgId }],
      ['POST', `/api/orgs/${orgId}/invitations`, { email: 'x@example.com', role: 'owner' }],
      ['DELETE', `/api/orgs/${orgId}/keys/key_x`, undefined],
    ] as const) {
      const reply = await owner.call(method, path, { body, headers });
      expect(reply).toMatchObject({ status: 403, body: { code: 'cross_site' } });
    }
    expect((await owner.get('/api/session')).status).toBe(200);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'must be JSON, and is refused as %s',
    async (type) => {
      const headers = { 'content-type': type };
      const reply = await owner.post(
        '/api/auth/sign-in/email',
        JSON.stringify({ email: ownerEmail, password }),
        headers,
      );
      expect(reply).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    },
  );
});

describe('a body', () => {
  test.each([
    ['/api/auth/sign-in/email', { email: ownerEmail, password, userId: 'x' }, 'userId'],
    ['/api/auth/sign-in/email', { email: ownerEmail, password, callbackURL: 'https://evil.example' }, 'callbackURL'],
    ['/api/auth/update-user', { name: 'left\u202eright' }, 'name'],
    ['/api/auth/update-user', { name: 'A', isOperator: true }, 'isOperator'],
    ['/api/auth/update-user', { name: 'A', emailVerified: true }, 'emailVerified'],
    ['/api/auth/update-user', { name: 'A', twoFactorEnabled: false }, 'twoFactorEnabled'],
    ['/api/auth/reset-password', { token: 'x', newPassword: password, userId: 'x' }, 'userId'],
    ['/api/session/org', { org: 'x', role: 'owner' }, 'role'],
  ])('with a member that callers may not set is refused: %s %o', async (path, body, field) => {
    expect(await owner.post(path, body)).toMatchObject({ status: 400, body: { code: 'invalid_input', field } });
  });

  test('with another person’s id and no session creates nothing (CVE-2025-61928)', async () => {
    const body = { api: 'classic', name: 'mine', userId: 'x', createdAt: '2020-01-01', rateLimits: [] };
    const reply = await newClient().post(`/api/orgs/${orgId}/keys`, body);
    expect(reply).toMatchObject({ status: 401, body: { code: 'not_signed_in' } });
    expect(await owner.post(`/api/orgs/${orgId}/keys`, body)).toMatchObject({ status: 400, body: { field: 'userId' } });
    expect((await owner.get(`/api/orgs/${orgId}/keys`)).body.data).toEqual([]);
  });

  test('with a __proto__ member has no effect', async () => {
    const body = '{"name":"A","__proto__":{"isOperator":true}}';
    expect((await owner.post('/api/auth/update-user', body)).status).toBe(400);
  });

  test.each([
    'sign-up/email',
    'sign-in/social',
    'delete-user',
    'change-email',
    'set-password',
    'update-session',
    'ok',
    'error',
    'callback/x',
    'two-factor/send-otp',
    'two-factor/get-totp-uri',
    '../session',
    'sign-in//email',
    'constructor',
  ])('for a disabled route of better-auth is a 404: %s', async (path) => {
    const body = { email: 'new@example.com', password, name: 'New' };
    expect(await owner.post(`/api/auth/${path}`, body)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

test('the routes outside of /api/auth are documented with their errors', async () => {
  const { body } = await newClient().get('/api/openapi.json');
  const paths = Object.keys(body.paths);
  expect(paths.filter((path) => !path.startsWith('/api/'))).toEqual([]);
  for (const path of [
    '/api/invitations/accept',
    '/api/invitations/read',
    '/api/orgs/{org}/invitations',
    '/api/orgs/{org}/invitations/{id}',
    '/api/orgs/{org}/keys',
    '/api/orgs/{org}/keys/{id}',
    '/api/orgs/{org}/keys/{id}/disable',
    '/api/orgs/{org}/keys/{id}/enable',
    '/api/orgs/{org}/keys/{id}/rotate',
    '/api/orgs/{org}/members',
    '/api/orgs/{org}/members/{person}',
    '/api/session',
    '/api/session/org',
    '/api/setup',
  ]) {
    expect(paths).toContain(path);
  }
  const operations = Object.values(body.paths).flatMap((path) => Object.values(path as Record<string, object>));
  expect(operations.every((operation) => 'default' in (operation as { responses: object }).responses)).toBe(true);
  const signedOut = await Promise.all(
    Object.entries(body.paths).flatMap(([path, methods]) =>
      /setup|accept|read|config/.test(path)
        ? []
        : Object.keys(methods as object).map(async (method) => {
            const target = path.replaceAll(/\{\w+\}/g, 'x');
            return (await newClient().call(method.toUpperCase(), target)).status;
          }),
    ),
  );
  expect(new Set(signedOut)).toEqual(new Set([401]));
});

test('every reply forbids browsers to store, sniff, frame or load anything', async () => {
  for (const reply of [
    await owner.get('/api/session'),
    await newClient().get('/api/session'),
    await owner.get('/api/nothing'),
  ]) {
    expect(reply.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
  }
});

test('HSTS is sent on pages and replies over TLS, and nowhere else', async () => {
  const secure = { host: consoleHost, 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.1' };
  const paths = ['/', '/assets/none.js', '/api/config', '/api/session', '/api/nothing', '/api/auth/list-sessions'];
  for (const path of paths) {
    const client = new ConsoleClient(server, consoleHost, `https://${consoleHost}`);
    const reply = await client.get(path, { headers: secure });
    expect([path, reply.headers['strict-transport-security']]).toEqual([path, 'max-age=31536000']);
    expect((await owner.get(path)).headers).not.toHaveProperty('strict-transport-security');
  }
  // Also on refused requests.
  const refused = await new ConsoleClient(server, consoleHost, `https://${consoleHost}`).call('POST', '/api/session', {
    headers: { ...secure, 'content-type': 'text/plain' },
    body: 'x',
  });
  expect([refused.status, refused.headers['strict-transport-security']]).toEqual([415, 'max-age=31536000']);
});

/** The token of the mail for which `client` asks now, ignoring earlier mails. */
async function askForReset(client: ConsoleClient): Promise<string> {
  const count = async () =>
    (await readFile(server.server.mailFile as string, 'utf8').catch(() => '')).split('/reset-password#').length;
  const before = await count();
  expect((await client.post('/api/auth/request-password-reset', { email: ownerEmail })).status).toBe(200);
  while ((await count()) === before) await new Promise((resolve) => setImmediate(resolve));
  return tokenInMail(server, ownerEmail, 'reset-password');
}

describe('a mailed link for a new password', () => {
  const reset = (token: string) => newClient().post('/api/auth/reset-password', { token, newPassword: password });

  test('works once for many at once, and invalidates all other links', async () => {
    const [older, newer] = [await askForReset(newClient()), await askForReset(newClient())];
    const replies = await Promise.all(Array.from({ length: 6 }, () => reset(newer)));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400, 400, 400]);
    for (const token of [newer, older]) {
      expect(await reset(token)).toMatchObject({ status: 400, body: { code: 'invalid_input', field: 'token' } });
    }
    clock.advance(15 * 60_000);
    await owner.signIn(ownerEmail, password);
  });

  test('is void after the password was changed', async () => {
    const client = newClient();
    await client.signIn(ownerEmail, password);
    const token = await askForReset(client);
    const change = { currentPassword: password, newPassword: password };
    expect((await client.post('/api/auth/change-password', change)).status).toBe(200);
    expect((await reset(token)).status).toBe(400);
    expect((await client.get('/api/session')).status).toBe(200);
    clock.advance(15 * 60_000);
    await owner.signIn(ownerEmail, password);
  });
});

// Each attempt hashes a password, which takes long on a busy machine.
describe('guessing', () => {
  test('gets the same answer after the same work for an unknown address and a wrong password', async () => {
    const replies = [];
    const times: Record<string, number[]> = { known: [], unknown: [] };
    for (let round = 0; round < 4; round++) {
      for (const [kind, email] of [
        ['known', ownerEmail],
        ['unknown', `nobody${round}@example.com`],
      ] as const) {
        const client = newClient();
        const startedMs = performance.now();
        const { status, body, headers } = await client.signIn(email, 'wrong horse battery');
        times[kind]?.push(performance.now() - startedMs);
        replies.push({ status, body, names: Object.keys(headers).toSorted(), length: headers['content-length'] });
      }
    }
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
    expect(replies[0]).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });
    // A hash takes tens of milliseconds. An answer without one would take a tenth of that.
    const least = (list: number[] = []) => Math.min(...list);
    expect(least(times.unknown)).toBeGreaterThan(least(times.known) / 3);
    expect(least(times.known)).toBeGreaterThan(least(times.unknown) / 3);
  });

  test('from one address ends after 30 wrong attempts, for ten minutes', async () => {
    const client = clientAt('203.0.113.77');
    const emails = Array.from({ length: 40 }, (_, n) => `guess${n}@example.com`);
    const statuses = await Promise.all(emails.map(async (email) => (await client.signIn(email, 'x')).status));
    expect(statuses.filter((status) => status === 401)).toHaveLength(30);
    const reply = await client.signIn('guess@example.com', 'x');
    expect(reply).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
    const waitSeconds = Number(reply.headers['retry-after']);
    expect(waitSeconds).toBeGreaterThan(0);
    clock.advance(waitSeconds * 1000);
    expect((await client.signIn('guess@example.com', 'x')).status).toBe(401);
  });

  test('at one account from many addresses ends after 10, and does not lock out its owner', async () => {
    const home = clientAt('192.0.2.1');
    expect((await home.signIn(ownerEmail, password)).status).toBe(200);
    const statuses = [];
    for (let n = 1; n <= 12; n++)
      statuses.push((await clientAt(`203.0.113.${100 + n}`).signIn(ownerEmail, 'x')).status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(2);
    const abroad = clientAt('192.0.2.200');
    expect((await abroad.signIn(ownerEmail, password)).status).toBe(429);
    expect((await home.signIn(ownerEmail, password)).status).toBe(200);

    const token = await askForReset(abroad);
    expect((await abroad.post('/api/auth/reset-password', { token, newPassword: password })).status).toBe(200);
    expect((await abroad.signIn(ownerEmail, password)).status).toBe(200);
    // A session from before the reset has ended.
    expect((await home.get('/api/session')).status).toBe(401);
    expect((await abroad.post('/api/auth/reset-password', { token, newPassword: password })).status).toBe(400);
    clock.advance(15 * 60_000);
    await owner.signIn(ownerEmail, password);
  });

  test('by passkey is limited, because each challenge is stored', async () => {
    const client = clientAt('203.0.113.78');
    const asked = Array.from({ length: 130 }, () => client.get('/api/auth/passkey/generate-authenticate-options'));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(120);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    // They do not count as wrong attempts.
    clock.advance(60_000);
    expect((await client.signIn(ownerEmail, password)).status).toBe(200);
  });

  test('by password reset does not reveal who has an account', async () => {
    const answers = [];
    for (const email of [ownerEmail, 'nobody@example.com']) {
      const { status, text } = await newClient().post('/api/auth/request-password-reset', { email });
      answers.push({ status, text });
    }
    expect(answers[0]).toEqual(answers[1]);
  });
});

test('a new password ends the other sessions and is at least 12 characters', async () => {
  const client = newClient();
  const other = newClient();
  await client.signIn(ownerEmail, password);
  await other.signIn(ownerEmail, password);
  const change = (newPassword: string, currentPassword = password) =>
    client.post('/api/auth/change-password', { currentPassword, newPassword });
  expect(await change('eleven char')).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  expect(await change('another long one', 'wrong')).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });
  expect((await change('another long one')).status).toBe(200);
  expect((await client.get('/api/session')).status).toBe(200);
  expect((await other.get('/api/session')).status).toBe(401);
  expect((await change(password, 'another long one')).status).toBe(200);
  await owner.signIn(ownerEmail, password);
});

test('sessions are listed without their tokens, and ended one by one', async () => {
  const client = newClient();
  const other = newClient();
  await client.signIn(ownerEmail, password);
  await other.signIn(ownerEmail, password);
  const [token = ''] = (other.cookies.get('miftah.session_token') as string).split('.');
  const list = await client.get('/api/auth/list-sessions');
  expect(list.status).toBe(200);
  expect(token).not.toBe('');
  expect(list.text).not.toContain(token);
  const sessions = list.body as { id: string; isCurrent: boolean; address: string }[];
  expect(sessions.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
  const foreign = sessions.find(({ address }) => address === `198.51.100.${lastAddress}`);
  expect(foreign).toMatchObject({ isCurrent: false, expiresAt: expect.any(String) });
  const end = () => client.post('/api/auth/revoke-session', { id: foreign?.id });
  expect((await end()).status).toBe(200);
  expect((await other.get('/api/session')).status).toBe(401);
  expect((await client.get('/api/session')).status).toBe(200);
  expect(await end()).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

test('a session older than a day may not list sessions, and its error says why', async () => {
  const client = newClient();
  await client.signIn(ownerEmail, password);
  // better-auth uses the system's time, so the session is made older.
  const older = new Date(Date.now() - 25 * 3_600_000).toISOString();
  const database = new DatabaseSync(join(server.folder, 'data', 'miftah.db'));
  database.prepare('UPDATE auth_session SET createdAt = ?').run(older);
  database.close();
  expect(await client.get('/api/auth/list-sessions')).toMatchObject({
    status: 403,
    body: { code: 'session_not_fresh' },
  });
  expect((await client.get('/api/session')).status).toBe(200);
  await owner.signIn(ownerEmail, password);
});

test('an address is confirmed by the link in the mail', async () => {
  const client = newClient();
  await client.signIn(ownerEmail, password);
  expect((await client.post('/api/auth/send-verification-email')).status).toBe(200);
  const token = await tokenInMail(server, ownerEmail, 'verify-email');
  expect((await newClient().post('/api/auth/verify-email', { token: `${token}x` })).status).toBe(400);
  expect((await newClient().post('/api/auth/verify-email', { token })).status).toBe(200);
  expect((await client.get('/api/session')).body.person.emailVerified).toBe(true);
});
