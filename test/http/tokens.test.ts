// Tokens of the internal listener: what each kind may call, and when it stops to count.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemOrgId, tokenApiId } from '../../src/domain/token.ts';
import { accessOf } from '../../src/http/admin/access.ts';
import { type Answer, type CallOptions, openHarness, token as operatorToken, startMs } from './internal-harness.ts';

let harness: Awaited<ReturnType<typeof openHarness>>;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());
beforeEach(() => harness.clock.set(startMs));

interface Made {
  readonly id: string;
  readonly token: string;
}

async function createToken(fields: Record<string, unknown>): Promise<Made> {
  const { status, json, text } = await harness.call('POST', '/v1/tokens', { body: { name: 'a token', ...fields } });
  if (status !== 201) throw new Error(text);
  return json;
}

/** Calls with a token, as gateways do or as a bearer. */
function callAs(token: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, ...options.headers };
  return harness.call(method, path, { ...options, headers });
}

function codeOf({ status, json }: Answer): string {
  return status < 400 ? String(status) : `${status} ${json.code}`;
}

const notAllowed = '403 token_not_allowed';
const unauthenticated = '401 unauthenticated';

describe('a new token', () => {
  test('shows itself once, with what it may do', async () => {
    const org = await harness.createOrg();
    const body = { name: 'Support', may: 'admin', apis: ['classic', 'palm'], org, readOnly: true };
    const created = await harness.call('POST', '/v1/tokens', { body: { ...body, expiresAt: '2026-02-01T00:00:00Z' } });
    expect(created.status).toBe(201);
    const { token, ...shown } = created.json;
    expect(token).toMatch(/^mft_[0-9A-Za-z]{50}$/);
    expect(shown).toEqual({
      id: expect.stringMatching(/^tok_[0-9A-Za-z]{20}$/),
      ...body,
      masked: `mft_${token.slice(4, 8)}…${token.slice(-4)}`,
      status: 'active',
      createdAt: '2026-01-01T12:00:00.000Z',
      rotatedAt: null,
      expiresAt: '2026-02-01T00:00:00.000Z',
      revokedAt: null,
      lastUsedAt: null,
      lastUsedAddress: null,
    });
    const listed = await harness.call('GET', '/v1/tokens');
    expect(listed.json.data[0]).toEqual(shown);
    expect(listed.text).not.toContain(token);
  });

  test.each([
    [{ name: '' }, 'name'],
    [{ name: `mft_${'a1'.repeat(25)}` }, 'name'],
    [{ may: 'everything' }, 'may'],
    [{ may: undefined }, 'may'],
    [{ apis: [] }, 'apis'],
    [{ apis: ['classic', 'nowhere'] }, 'apis'],
    [{ apis: [tokenApiId] }, 'apis'],
    [{ may: 'metrics', apis: ['classic'] }, 'apis'],
    [{ org: 'org_none' }, 'org'],
    [{ org: systemOrgId }, 'org'],
    [{ may: 'decide', org: 'org_none' }, 'org'],
    [{ may: 'metrics', readOnly: true }, 'readOnly'],
    [{ expiresAt: '2025-01-01T00:00:00Z' }, 'expiresAt'],
    [{ expiresAt: 'soon' }, 'expiresAt'],
    [{ scopes: ['may:admin'] }, 'scopes'],
  ])('with %j is refused with the name of the field', async (fields, field) => {
    const body = { name: 'a token', may: 'admin', ...fields };
    const answer = await harness.call('POST', '/v1/tokens', { body });
    expect([answer.status, answer.json.field]).toEqual([400, field]);
  });

  test('is listed page by page, newest first', async () => {
    const made = [await createToken({ may: 'metrics' }), await createToken({ may: 'metrics' })].toReversed();
    const first = await harness.call('GET', '/v1/tokens?limit=1');
    const second = await harness.call('GET', `/v1/tokens?limit=1&cursor=${first.json.nextCursor}`);
    expect([...first.json.data, ...second.json.data].map(({ id }) => id)).toEqual(made.map(({ id }) => id));
  });

  test('repeated with an idempotency key is the same token, and no other token learns it', async () => {
    const headers = { 'idempotency-key': 'once' };
    const body = { name: 'once', may: 'decide' };
    const first = await harness.call('POST', '/v1/tokens', { body, headers });
    const again = await harness.call('POST', '/v1/tokens', { body, headers });
    expect([again.headers['idempotency-replayed'], again.json]).toEqual(['true', first.json]);
    const org = await harness.createOrg();
    const key = { api: 'classic', org, name: 'a key' };
    const made = await harness.call('POST', '/v1/keys', { body: key, headers });
    const admin = await createToken({ may: 'admin' });
    const other = await callAs(admin.token, 'POST', '/v1/keys', { body: key, headers });
    expect([made.status, other.status, other.headers['idempotency-replayed']]).toEqual([201, 201, undefined]);
    expect(other.json.secret).not.toBe(made.json.secret);
  });
});

describe('the table of routes', () => {
  test('has every route of the document, and no others', async () => {
    const { paths } = (await harness.call('GET', '/openapi.json')).json;
    const routes = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(Object.keys(accessOf).toSorted()).toEqual([...routes, 'GET /openapi.json'].toSorted());
  });

  const kinds = {
    decide: { fields: { may: 'decide' }, opens: ['nothing', 'decide'] },
    metrics: { fields: { may: 'metrics' }, opens: ['nothing', 'metrics'] },
    admin: {
      fields: { may: 'admin' },
      opens: ['nothing', 'read', 'read_part', 'change', 'change_part'],
    },
    'read-only admin': { fields: { may: 'admin', readOnly: true }, opens: ['nothing', 'read', 'read_part'] },
    'admin of an API': { fields: { may: 'admin', apis: ['classic'] }, opens: ['nothing', 'read_part', 'change_part'] },
    'admin of an organization': {
      fields: { may: 'admin', org: 'ORG' },
      opens: ['nothing', 'read_part', 'change_part'],
    },
    'read-only admin of an API': {
      fields: { may: 'admin', apis: ['classic'], readOnly: true },
      opens: ['nothing', 'read_part'],
    },
  } as const;

  test.each(Object.entries(kinds))('decides what a token for %s opens', async (_kind, { fields, opens }) => {
    const isOfOrg = 'org' in fields;
    const { token } = await createToken({ ...fields, ...(isOfOrg && { org: await harness.createOrg() }) });
    for (const [route, access] of Object.entries(accessOf)) {
      const [method = '', path = ''] = route.split(' ');
      const body = method === 'GET' || method === 'DELETE' ? undefined : access === 'decide' ? { api: 'classic' } : {};
      const answer = await callAs(token, method, path.replaceAll(/\{\w+\}/g, 'none'), { body });
      const isOpen = (opens as readonly string[]).includes(access);
      // Without the token, these answer too, as long as the configuration leaves them open.
      if (route === 'GET /metrics') continue;
      const isRefused = codeOf(answer) === notAllowed;
      // A limited token must name what it asks for, which the routes check themselves.
      const mayLack = access === 'read_part' && ('apis' in fields || isOfOrg);
      if (!(isOpen && mayLack)) expect(`${route}: ${isRefused}`).toBe(`${route}: ${!isOpen}`);
      expect(`${route}: ${answer.status}`).not.toBe(`${route}: 401`);
    }
  });

  test('counts for HEAD too, and a path without a route has nothing to open', async () => {
    const { token } = await createToken({ may: 'admin', apis: ['classic'] });
    const head = (path: string) => callAs(token, 'HEAD', path);
    expect([(await head('/v1/orgs')).status, (await head('/v1/keys')).status]).toEqual([403, 403]);
    expect((await head('/v1/keys?api=classic')).status).toBe(200);
    expect(codeOf(await callAs(token, 'GET', '/v1/nothing'))).toBe('404 not_found');
    const metrics = await createToken({ may: 'metrics' });
    expect(codeOf(await callAs(metrics.token, 'GET', '/v1/nothing'))).toBe(notAllowed);
  });

  test('only the operator token makes, rotates and revokes tokens', async () => {
    const { token, id } = await createToken({ may: 'admin' });
    const made = await callAs(token, 'POST', '/v1/tokens', { body: { name: 'more', may: 'admin' } });
    expect(codeOf(made)).toBe(notAllowed);
    expect(codeOf(await callAs(token, 'POST', `/v1/tokens/${id}/rotate`))).toBe(notAllowed);
    expect(codeOf(await callAs(token, 'DELETE', `/v1/tokens/${id}`))).toBe(notAllowed);
    expect(codeOf(await callAs(token, 'GET', '/v1/tokens'))).toBe('200');
  });
});

describe('a token for decisions', () => {
  const verify = (token: string, body: object) =>
    harness.call('POST', '/v1/verify', { body, headers: { authorization: undefined, 'x-miftah-token': token } });

  test('decides about its APIs, and learns nothing of others', async () => {
    const { token } = await createToken({ may: 'decide', apis: ['classic', 'panel'] });
    const key = await harness.createKey();
    const body = { api: 'classic', secret: key.secret, method: 'GET', path: '/' };
    expect((await verify(token, body)).json.verdict).toBe('allowed');
    expect((await verify(token, { ...body, secret: 'sk_live_none' })).json.verdict).toBe('refused');
    const other = await verify(token, { ...body, api: 'palm' });
    const unknown = await verify(token, { ...body, api: 'nowhere' });
    expect(codeOf(other)).toBe(notAllowed);
    expect(unknown.text).toBe(other.text);
    expect(other.text).not.toMatch(/verdict|palm|key_/);
  });

  test('for all APIs decides about each, and names the known ones', async () => {
    const { token } = await createToken({ may: 'decide' });
    expect(codeOf(await verify(token, { api: 'nowhere' }))).toBe('400 api_unknown');
    const body = { api: 'palm', secret: 'x', method: 'GET', path: '/' };
    expect((await verify(token, body)).json.verdict).toBe('refused');
  });

  test('is no API key', async () => {
    const { token } = await createToken({ may: 'decide' });
    const answer = await harness.call('POST', '/v1/verify', {
      body: { api: 'classic', secret: token, method: 'GET', path: '/' },
    });
    expect(answer.json).toMatchObject({ verdict: 'refused', key: null });
  });
});

describe('metrics', () => {
  test('are for a token for metrics and for the operator alone, where the configuration asks for one', async () => {
    const closed = await openHarness({ areMetricsOpen: false });
    const create = async (may: string) =>
      (await closed.call('POST', '/v1/tokens', { body: { name: 'a token', may } })).json.token;
    const scrape = async (authorization?: string, host?: string) =>
      codeOf(await closed.call('GET', '/metrics', { headers: { authorization, ...(host !== undefined && { host }) } }));
    expect(await scrape()).toBe(unauthenticated);
    expect(await scrape('Bearer other')).toBe(unauthenticated);
    const token = `Bearer ${await create('metrics')}`;
    expect([await scrape(token), await scrape(token, 'miftah.default.svc')]).toEqual(['200', '200']);
    expect(await scrape(`Bearer ${operatorToken}`)).toBe('200');
    for (const may of ['decide', 'admin']) expect(await scrape(`Bearer ${await create(may)}`)).toBe(notAllowed);
    expect(codeOf(await closed.call('GET', '/healthz', { headers: { authorization: undefined } }))).toBe('200');
    await closed.close();
  });

  test('are open by default, whatever token comes along', async () => {
    for (const authorization of [undefined, 'Bearer other', `Bearer ${operatorToken}`]) {
      expect(codeOf(await harness.call('GET', '/metrics', { headers: { authorization } }))).toBe('200');
    }
  });
});

describe('an admin token with limits', () => {
  const list = (answer: Answer) => answer.json.data.map(({ id }: { id: string }) => id);

  test('of an API sees and changes keys of this API only', async () => {
    const { token } = await createToken({ may: 'admin', apis: ['classic'] });
    const own = await harness.createKey();
    const other = await harness.createKey({ api: 'palm' });
    for (const query of ['', '?api=palm', `?org=${other.org}`]) {
      const answer = await callAs(token, 'GET', `/v1/keys${query}`);
      expect([codeOf(answer), answer.json.detail]).toEqual([notAllowed, expect.stringContaining('api: classic')]);
      expect(codeOf(await callAs(token, 'GET', `/v1/denials${query}`))).toBe(notAllowed);
      expect(codeOf(await callAs(token, 'GET', `/v1/usage${query}`))).toBe(notAllowed);
    }
    expect(list(await callAs(token, 'GET', '/v1/keys?api=classic'))).toContain(own.id);
    expect(codeOf(await callAs(token, 'GET', '/v1/denials?api=classic'))).toBe('200');
    expect(codeOf(await callAs(token, 'GET', '/v1/usage?api=classic'))).toBe('200');
    expect(codeOf(await callAs(token, 'GET', '/v1/usage?by=org'))).toBe(notAllowed);
    // Names of organizations are not for it, only those of keys.
    await harness.call('POST', '/v1/verify', { body: { api: 'classic', secret: own.secret, clientIp: '192.0.2.1' } });
    const byKey = (await callAs(token, 'GET', `/v1/usage?by=key&api=classic&key=${own.id}`)).json.data;
    expect(byKey).toMatchObject([{ org: own.org, orgName: null, key: own.id, keyName: expect.any(String), count: 1 }]);
    await expectKeyUnreachable(token, other);
    expect(codeOf(await callAs(token, 'PATCH', `/v1/keys/${own.id}`, { body: { name: 'renamed' } }))).toBe('200');
    const create = (api: string) => callAs(token, 'POST', '/v1/keys', { body: { api, org: own.org, name: 'new' } });
    expect(codeOf(await create('classic'))).toBe('201');
    expect(codeOf(await create('palm'))).toBe(notAllowed);
    expect((await create('nowhere')).text).toBe((await create('palm')).text);
    expect(codeOf(await callAs(token, 'GET', `/v1/orgs/${own.org}`))).toBe(notAllowed);
    expect((await callAs(token, 'GET', '/v1/apis')).json.data.map(({ id }: { id: string }) => id)).toEqual(['classic']);
    const palm = await createToken({ may: 'admin', apis: ['palm'] });
    expect((await callAs(palm.token, 'GET', '/v1/apis')).json.data).toEqual([]);
    expect(codeOf(await callAs(palm.token, 'GET', '/v1/apis/classic'))).toBe('404 not_found');
  });

  test('of an organization sees and changes its keys only', async () => {
    const own = await harness.createKey();
    const other = await harness.createKey();
    const { token } = await createToken({ may: 'admin', org: own.org });
    for (const query of ['', '?api=classic', `?org=${other.org}`]) {
      expect(codeOf(await callAs(token, 'GET', `/v1/keys${query}`))).toBe(notAllowed);
      expect(codeOf(await callAs(token, 'GET', `/v1/denials${query}`))).toBe(notAllowed);
      expect(codeOf(await callAs(token, 'GET', `/v1/usage${query}`))).toBe(notAllowed);
    }
    expect(list(await callAs(token, 'GET', `/v1/keys?org=${own.org}`))).toEqual([own.id]);
    await expectKeyUnreachable(token, other);
    const create = (org: string) => callAs(token, 'POST', '/v1/keys', { body: { api: 'classic', org, name: 'new' } });
    expect(codeOf(await create(own.org))).toBe('201');
    expect(codeOf(await create(other.org))).toBe(notAllowed);
    expect(codeOf(await callAs(token, 'GET', `/v1/orgs/${own.org}`))).toBe('200');
    expect(codeOf(await callAs(token, 'GET', `/v1/orgs/${other.org}`))).toBe('404 not_found');
    expect(codeOf(await callAs(token, 'POST', `/v1/orgs/${own.org}/suspend`))).toBe(notAllowed);
    const transfer = { body: { org: other.org } };
    expect(codeOf(await callAs(token, 'POST', `/v1/keys/${own.id}/transfer`, transfer))).toBe(notAllowed);
    // It left the organization, so the token no longer reaches it.
    await harness.call('POST', `/v1/keys/${own.id}/transfer`, transfer);
    await expectKeyUnreachable(token, own);
  });

  /** Its answers are those of a key that does not exist, and nothing changes. */
  async function expectKeyUnreachable(token: string, { id }: { id: string }): Promise<void> {
    const before = (await harness.call('GET', `/v1/keys/${id}`)).text;
    for (const [method, path, body] of [
      ['GET', `/v1/keys/${id}`],
      ['PATCH', `/v1/keys/${id}`, { name: 'x' }],
      ['DELETE', `/v1/keys/${id}`],
      ['POST', `/v1/keys/${id}/rotate`],
      ['POST', `/v1/keys/${id}/disable`],
      ['POST', `/v1/keys/${id}/enable`],
      ['GET', `/v1/keys/${id}/secrets`],
      ['PATCH', `/v1/keys/${id}/secrets/sec_1`, { endsIn: 'now' }],
    ] as const) {
      const answer = await callAs(token, method, path, { body });
      const none = await callAs(token, method, path.replace(id, 'key_none'), { body });
      expect([codeOf(answer), answer.text], path).toEqual(['404 not_found', none.text]);
    }
    expect((await harness.call('GET', `/v1/keys/${id}`)).text).toBe(before);
  }
});

describe('a token stops to count', () => {
  /** Calls on one connection. */
  function openConnection(token: string) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports: (number | undefined)[] = [];
    return {
      ports,
      close: () => agent.destroy(),
      async status(path = '/v1/orgs'): Promise<number> {
        const headers = { authorization: `Bearer ${token}` };
        const req = request({ host: '127.0.0.1', port: harness.port, path, headers, agent }).end();
        const [res] = await once(req, 'response');
        ports.push(res.socket.localPort);
        for await (const _ of res);
        return res.statusCode;
      },
    };
  }

  test('when it is revoked, at once, also on a connection that is open', async () => {
    const { id, token } = await createToken({ may: 'admin' });
    const connection = openConnection(token);
    expect([await connection.status(), await connection.status()]).toEqual([200, 200]);
    const revoked = await harness.call('DELETE', `/v1/tokens/${id}`);
    expect([revoked.json.status, revoked.json.revokedAt]).toEqual(['revoked', '2026-01-01T12:00:00.000Z']);
    expect([await connection.status(), await connection.status()]).toEqual([401, 401]);
    expect(new Set(connection.ports).size).toBe(1);
    connection.close();
    expect((await harness.call('DELETE', `/v1/tokens/${id}`)).json).toEqual(revoked.json);
    expect(codeOf(await harness.call('POST', `/v1/tokens/${id}/rotate`))).toBe('409 key_not_active');
  });

  test('when it expires, to the millisecond', async () => {
    const { token } = await createToken({ may: 'admin', expiresAt: '2026-01-01T13:00:00Z' });
    const connection = openConnection(token);
    harness.clock.set(startMs + 3_599_999);
    expect(await connection.status()).toBe(200);
    harness.clock.set(startMs + 3_600_000);
    expect(await connection.status()).toBe(401);
    connection.close();
  });

  test('at the end of the overlap, when it was rotated', async () => {
    const made = await createToken({ may: 'admin' });
    const { id } = made;
    harness.clock.set(startMs + 1000);
    const rotated = await harness.call('POST', `/v1/tokens/${id}/rotate`, { body: { overlap: '1h' } });
    expect(rotated.json).toMatchObject({ id, name: 'a token', rotatedAt: '2026-01-01T12:00:01.000Z' });
    const old = openConnection(made.token);
    const fresh = openConnection(rotated.json.token);
    expect([await old.status(), await fresh.status()]).toEqual([200, 200]);
    harness.clock.set(startMs + 1000 + 3_600_000);
    expect([await old.status(), await fresh.status()]).toEqual([401, 200]);
    const now = await harness.call('POST', `/v1/tokens/${id}/rotate`, { body: { overlap: 'now' } });
    expect(await fresh.status()).toBe(401);
    expect(codeOf(await callAs(now.json.token, 'GET', '/v1/orgs'))).toBe('200');
    for (const each of [old, fresh]) each.close();
  });

  test.each(['/v1/verify', '/v1/orgs'])('while the body of its request to %s is on its way', async (path) => {
    const { id, token } = await createToken({ may: path === '/v1/verify' ? 'decide' : 'admin' });
    const body = path === '/v1/verify' ? '{"api":"classic"}' : '{"name":"Late"}';
    const socket = connect(harness.port, '127.0.0.1');
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nX-Miftah-Token: ${token}\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.slice(0, 5)}`,
    );
    // The head has arrived once the token was used.
    await expect.poll(async () => (await lastUseOf(id)) !== null).toBe(true);
    await harness.call('DELETE', `/v1/tokens/${id}`);
    socket.write(body.slice(5));
    let reply = '';
    for await (const chunk of socket) reply += chunk;
    expect(reply).toMatch(/^HTTP\/1\.1 401 /);
    expect((await harness.call('GET', '/v1/orgs?search=Late')).json.data).toEqual([]);
  });

  test('for a change that waits for the writer', async () => {
    const { id, token } = await createToken({ may: 'admin' });
    const org = await harness.createOrg();
    const revoke = harness.call('DELETE', `/v1/tokens/${id}`);
    const changes = Array.from({ length: 20 }, (_, at) =>
      callAs(token, 'POST', '/v1/keys', { body: { api: 'classic', org, name: `late ${at}` } }),
    );
    const answers = await Promise.all(changes);
    await revoke;
    const made = answers.filter(({ status }) => status === 201);
    expect(answers.map(codeOf).filter((code) => code !== '201' && code !== unauthenticated)).toEqual([]);
    expect((await harness.call('GET', `/v1/keys?org=${org}`)).json.data.length).toBe(made.length);
    expect(codeOf(await callAs(token, 'POST', '/v1/keys', { body: { api: 'classic', org, name: 'later' } }))).toBe(
      unauthenticated,
    );
  });
});

async function lastUseOf(id: string): Promise<string | null> {
  const { json } = await harness.call('GET', '/v1/tokens?limit=100');
  return json.data.find((each: { id: string }) => each.id === id).lastUsedAt;
}

test('the last use of a token is shown, to the minute', async () => {
  const { id, token } = await createToken({ may: 'admin' });
  expect(await lastUseOf(id)).toBeNull();
  await callAs(token, 'GET', '/v1/orgs');
  await expect.poll(() => lastUseOf(id)).toBe('2026-01-01T12:00:00.000Z');
  harness.clock.set(startMs + 59_999);
  await callAs(token, 'GET', '/v1/orgs');
  harness.clock.set(startMs + 60_000);
  await callAs(token, 'GET', '/v1/orgs');
  await expect.poll(() => lastUseOf(id)).toBe('2026-01-01T12:01:00.000Z');
  const { json } = await harness.call('GET', '/v1/tokens?limit=100');
  expect(json.data.find((each: { id: string }) => each.id === id).lastUsedAddress).toBe('127.0.0.1');
});

test('tokens and their organization are in no list, and no command finds them', async () => {
  const { id, token } = await createToken({ may: 'admin' });
  await callAs(token, 'GET', '/v1/orgs');
  for (const query of ['', '?search=Miftah', `?search=${systemOrgId}`]) {
    const { json } = await harness.call('GET', `/v1/orgs${query}`);
    expect(json.data.map((org: { id: string }) => org.id)).not.toContain(systemOrgId);
  }
  for (const query of [`?api=${tokenApiId}`, `?org=${systemOrgId}`, `?search=${id}`, '?search=a%20token']) {
    expect((await harness.call('GET', `/v1/keys${query}`)).json.data).toEqual([]);
  }
  expect((await harness.call('GET', `/v1/usage?api=${tokenApiId}`)).json.data).toEqual([]);
  const own = await harness.createKey();
  for (const [method, path, body] of [
    ['GET', `/v1/orgs/${systemOrgId}`],
    ['PATCH', `/v1/orgs/${systemOrgId}`, { name: 'x' }],
    ['POST', `/v1/orgs/${systemOrgId}/suspend`],
    ['POST', `/v1/orgs/${systemOrgId}/resume`],
    ['POST', `/v1/orgs/${systemOrgId}/apis/${tokenApiId}/suspend`],
    ['DELETE', `/v1/orgs/${systemOrgId}`],
    ['GET', `/v1/keys/${id}`],
    ['PATCH', `/v1/keys/${id}`, { scopes: ['may:admin'] }],
    ['POST', `/v1/keys/${id}/rotate`],
    ['POST', `/v1/keys/${id}/disable`],
    ['POST', `/v1/keys/${id}/transfer`, { org: own.org }],
    ['DELETE', `/v1/keys/${id}`],
    ['GET', `/v1/keys/${id}/secrets`],
    ['DELETE', `/v1/tokens/${own.id}`],
    ['POST', `/v1/tokens/${own.id}/rotate`],
  ] as const) {
    expect(codeOf(await harness.call(method, path, { body })), `${method} ${path}`).toBe('404 not_found');
  }
  const fields = { org: systemOrgId, name: 'mine' };
  expect(codeOf(await harness.call('POST', '/v1/keys', { body: { api: 'classic', ...fields } }))).toBe(
    '400 invalid_input',
  );
  expect(codeOf(await harness.call('POST', '/v1/keys', { body: { api: tokenApiId, ...fields } }))).toBe(
    '400 api_unknown',
  );
  const transfer = { body: { org: systemOrgId } };
  expect(codeOf(await harness.call('POST', `/v1/keys/${own.id}/transfer`, transfer))).toBe('400 invalid_input');
  expect(codeOf(await callAs(token, 'GET', '/v1/orgs'))).toBe('200');
});

test('the audit log names tokens and what was done with them', async () => {
  const { id, token } = await createToken({ name: 'auditor', may: 'admin', apis: ['classic'] });
  const rotated = (await harness.call('POST', `/v1/tokens/${id}/rotate`, { body: { overlap: '1h' } })).json;
  const { id: keyId } = await harness.createKey();
  await callAs(rotated.token, 'DELETE', `/v1/keys/${keyId}`);
  await harness.call('DELETE', `/v1/tokens/${id}`);
  const target = await harness.call('GET', `/v1/audit?target=${id}`);
  expect(target.json.data).toMatchObject([
    { action: 'token.revoked', target: { kind: 'token', id }, org: null, after: { name: 'auditor' } },
    {
      action: 'token.rotated',
      after: { name: 'auditor', masked: rotated.masked, earlierSecretsEndAt: '2026-01-01T13:00:00.000Z' },
    },
    {
      action: 'token.created',
      actor: { kind: 'operator', id: null, label: 'operator token' },
      after: { name: 'auditor', may: 'admin', apis: ['classic'], org: null, readOnly: false, expiresAt: null },
    },
  ]);
  const acted = await harness.call('GET', `/v1/audit?actor=${id}`);
  expect(acted.json.data).toMatchObject([
    { action: 'key.revoked', target: { kind: 'key', id: keyId }, actor: { kind: 'operator', label: 'token auditor' } },
  ]);
  expect(`${target.text}${acted.text}`).not.toMatch(new RegExp(`${token}|${rotated.token}`));
});

test('a token in a URL, or in the text of a key, is refused and not repeated', async () => {
  const { token } = await createToken({ may: 'admin' });
  const inQuery = await harness.call('GET', `/v1/keys?search=${token}`);
  const inPath = await harness.call('GET', `/v1/orgs/${token}`);
  const inName = await harness.call('POST', '/v1/orgs', { body: { name: token } });
  for (const answer of [inQuery, inPath, inName]) {
    expect(codeOf(answer)).toBe('400 invalid_input');
    expect(answer.text).not.toContain(token.slice(8));
  }
});

test('the operator token counts as before', async () => {
  expect(codeOf(await callAs(operatorToken, 'GET', '/v1/orgs'))).toBe('200');
  expect(harness.faults).toEqual([]);
});
