// The internal listener over HTTP: who may call, what the admin API returns, and what it refuses.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EndpointDemand, parseEndpointDemand } from '../../src/domain/endpoint-demand.ts';
import { OperationalError } from '../../src/domain/operational-error.ts';
import { openHarness, startMs, token } from './internal-harness.ts';

let harness: Awaited<ReturnType<typeof openHarness>>;

beforeAll(async () => {
  harness = await openHarness();
});

afterAll(() => harness.close());

beforeEach(() => {
  harness.clock.set(startMs);
  harness.readiness.error = undefined;
});

function expectProblem(answer: Awaited<ReturnType<typeof harness.call>>, status: number, code: string, field?: string) {
  expect(answer.json).toMatchObject({
    type: `/docs/reference/errors.md#${code}`,
    title: expect.stringMatching(/\w/),
    status,
    code,
    detail: expect.stringMatching(/\w/),
  });
  expect(answer.json.field).toBe(field);
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
}

describe('who may call', () => {
  test('no one without the operator token, not even to learn what exists', async () => {
    for (const path of ['/v1/keys', '/v1/orgs', '/openapi.json', '/nothing', '/v1/verify']) {
      const answer = await harness.call(path === '/v1/verify' ? 'POST' : 'GET', path, {
        headers: { authorization: undefined },
      });
      expectProblem(answer, 401, 'unauthenticated');
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="miftah"');
    }
  });

  test.each([`Bearer ${token}x`, `Basic ${token}`, token, 'Bearer', `Bearer ${token.slice(0, -1)}`])(
    'no one with a wrong token: %s',
    async (authorization) => {
      const answer = await harness.call('GET', '/v1/orgs', { headers: { authorization } });
      expectProblem(answer, 401, 'unauthenticated');
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="miftah", error="invalid_token"');
    },
  );

  test.each([
    { authorization: [`Bearer ${token}`, 'Bearer other'] },
    { authorization: undefined, 'x-miftah-token': [token, token] },
    { authorization: `Bearer ${token}`, 'x-miftah-token': token },
  ])('no one with two tokens, even if one is right: %o', async (headers) => {
    expectProblem(await harness.call('GET', '/v1/orgs', { headers }), 401, 'unauthenticated');
  });

  test('the operator, with the token in a header of its own', async () => {
    const call = (sent: string) =>
      harness.call('GET', '/v1/orgs', { headers: { authorization: undefined, 'x-miftah-token': sent } });
    expect((await call(token)).status).toBe(200);
    for (const sent of [`Bearer ${token}`, `${token}x`, '']) {
      const answer = await call(sent);
      expectProblem(answer, 401, 'unauthenticated');
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="miftah", error="invalid_token"');
    }
  });

  test('the operator, with the scheme in any case', async () => {
    expect((await harness.call('GET', '/v1/orgs', { headers: { authorization: `bEaReR ${token}` } })).status).toBe(200);
  });

  test.each(['localhost:4101', 'api.localhost', '127.0.0.1', '[::1]:4101', '10.1.2.3:80', 'MIFTAH.internal:4101'])(
    'the operator, with the host name %s',
    async (host) => {
      expect((await harness.call('GET', '/v1/orgs', { headers: { host } })).status).toBe(200);
    },
  );

  test.each([
    'evil.example',
    'localhost.evil.example',
    'xlocalhost',
    'miftah.internal.evil.example',
    'xmiftah.internal',
    // Names that containers and Kubernetes give, without `internal.names`.
    'miftah:4101',
    'miftah.default.svc:4101',
  ])('under the name %s only with the operator token and from no page', async (host) => {
    const origin = `http://${host}`;
    for (const [path, headers] of [
      ['/healthz', { authorization: undefined }],
      ['/metrics', { authorization: undefined }],
      ['/v1/orgs', { authorization: undefined }],
      ['/v1/orgs', { authorization: 'Bearer other' }],
      ['/v1/orgs', { authorization: [`Bearer ${token}`, 'Bearer other'] }],
      ['/v1/orgs', { authorization: ['Bearer other', `Bearer ${token}`] }],
      ['/v1/orgs', { origin }],
      ['/healthz', { origin }],
    ] as const) {
      const answer = await harness.call('GET', path, { headers: { host, ...headers } as never });
      expectProblem(answer, 421, 'host_not_allowed');
    }
    for (const path of ['/v1/orgs', '/healthz', '/metrics'])
      expect((await harness.call('GET', path, { headers: { host } })).status).toBe(200);
  });

  test('under a configured name, for those who have no token too', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const headers = { host: 'miftah.internal:4101', authorization: undefined };
      expect((await harness.call('GET', path, { headers })).status).toBe(200);
    }
  });

  test('no web page in a browser', async () => {
    const answer = await harness.call('GET', '/metrics', { headers: { origin: 'http://localhost:4101' } });
    expectProblem(answer, 403, 'origin_not_allowed');
  });

  test('TRACE echoes nothing', async () => {
    const answer = await harness.call('TRACE', '/v1/orgs');
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.text).not.toContain(token);
  });
});

describe('bodies', () => {
  test.each([
    [
      'a form',
      { body: 'name=Acme', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported_media_type',
    ],
    ['text', { body: '{"name":"Acme"}', headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
    [
      'no content type',
      { body: '{"name":"Acme"}', headers: { 'content-type': undefined } },
      415,
      'unsupported_media_type',
    ],
    ['an incomplete object', { body: '{"name":' }, 400, 'bad_request'],
    ['invalid UTF-8', { body: Buffer.from('7b226e616d65223a22ff227d', 'hex') }, 400, 'bad_request'],
    ['deep nesting', { body: '['.repeat(30_000) }, 400, 'bad_request'],
    ['a body that is too large', { body: JSON.stringify({ name: 'x'.repeat(70_000) }) }, 413, 'body_too_large'],
    [
      'a chunked body that is too large',
      { body: JSON.stringify({ name: 'x'.repeat(70_000) }), headers: { 'transfer-encoding': 'chunked' } },
      413,
      'body_too_large',
    ],
  ])('%s is refused', async (_name, options, status, code) => {
    for (const path of ['/v1/orgs', '/v1/verify']) {
      expectProblem(await harness.call('POST', path, options), status, code);
    }
  });

  test.each([
    ['{"name":"Acme","nmae":"x"}', 'nmae'],
    ['{"name":"Acme","__proto__":{"kind":"dealer"}}', '__proto__'],
    ['{"name":"Acme","createdAt":"2020-01-01T00:00:00Z"}', 'createdAt'],
    ['{"name":7}', 'name'],
    ['{}', 'name'],
    ['[]', 'body'],
    ['null', 'body'],
    ['{"name":1e400}', 'name'],
    ['{"name":"\\ud800"}', 'name'],
  ])('%s names its field', async (body, field) => {
    expectProblem(await harness.call('POST', '/v1/orgs', { body }), 400, 'invalid_input', field);
  });

  test('an empty body is not JSON', async () => {
    for (const path of ['/v1/orgs', '/v1/verify']) {
      expectProblem(await harness.call('POST', path, { body: '' }), 400, 'bad_request');
    }
  });

  test.each(['application/json; charset=UTF-8', 'Application/JSON;charset="utf8"'])(
    'JSON as %s is read, also after a byte order mark',
    async (type) => {
      const headers = { 'content-type': type };
      for (const mark of ['', '\ufeff']) {
        const answer = await harness.call('POST', '/v1/orgs', { body: `${mark}{"name":"مفتاح"}`, headers });
        expect([answer.status, answer.json.name]).toEqual([201, 'مفتاح']);
      }
    },
  );

  test.each(['application/json; charset=utf-16', 'application/json; charset=', 'application/jsonx'])(
    'a body as %s is refused',
    async (type) => {
      const headers = { 'content-type': type };
      expectProblem(
        await harness.call('POST', '/v1/orgs', { body: '{"name":"A"}', headers }),
        415,
        'unsupported_media_type',
      );
    },
  );
});

describe('organizations', () => {
  test('are created, read, suspended and resumed', async () => {
    const created = await harness.call('POST', '/v1/orgs', { body: { name: 'Acme', kind: 'dealer' } });
    expect(created.status).toBe(201);
    expect(created.json).toEqual({
      id: expect.stringMatching(/^org_[0-9A-Za-z]{20}$/),
      name: 'Acme',
      kind: 'dealer',
      kinds: ['dealer'],
      status: 'active',
      suspendedApis: [],
      grantedLimits: {},
      tags: [],
      metadata: {},
      externalId: null,
      createdAt: '2026-01-01T12:00:00.000Z',
    });
    const path = `/v1/orgs/${created.json.id}`;
    expect((await harness.call('GET', path)).json).toEqual(created.json);
    expect((await harness.call('POST', `${path}/suspend`)).json).toEqual({ ...created.json, status: 'suspended' });
    expect((await harness.call('POST', `${path}/resume`)).json).toEqual(created.json);
    expect((await harness.call('POST', `${path}/apis/classic/suspend`)).json).toEqual({
      ...created.json,
      suspendedApis: ['classic'],
    });
    expect((await harness.call('POST', `${path}/apis/classic/resume`)).json).toEqual(created.json);
  });

  test('are listed page by page, newest first, each once', async () => {
    const ids = [await harness.createOrg(), await harness.createOrg(), await harness.createOrg()];
    const first = await harness.call('GET', '/v1/orgs?limit=2');
    const second = await harness.call('GET', `/v1/orgs?limit=1&cursor=${first.json.nextCursor}`);
    const seen = [...first.json.data, ...second.json.data].map(({ id }) => id);
    expect(seen).toEqual(ids.toReversed());
  });

  test.each(['0', '101', '1e1', '01', '-1', '', '5;', '0x10', '1.0'])('limit=%s is refused', async (limit) => {
    expectProblem(await harness.call('GET', `/v1/orgs?limit=${limit}`), 400, 'invalid_input', 'limit');
  });

  test('an invented cursor and an unknown parameter are refused', async () => {
    expectProblem(await harness.call('GET', '/v1/orgs?cursor=abc'), 400, 'cursor_invalid', 'cursor');
    expectProblem(await harness.call('GET', '/v1/orgs?offset=3'), 400, 'invalid_input', 'offset');
    expectProblem(await harness.call('GET', '/v1/orgs?limit=1&limit=2'), 400, 'invalid_input', 'limit');
  });
});

describe('keys', () => {
  test('are created with every restriction and show their secret once', async () => {
    const org = await harness.createOrg();
    const created = await harness.call('POST', '/v1/keys', {
      body: {
        api: 'classic',
        org,
        name: 'server',
        environment: 'test',
        addresses: ['203.0.113.0/24'],
        referrers: ['*.example.com'],
        endpoints: ['GET /v1/users/*'],
        scopes: ['users:read'],
        rateLimits: ['60/m'],
        expiresAt: '2027-01-01T00:00:00Z',
      },
    });
    expect(created.status).toBe(201);
    const { secret, ...record } = created.json;
    expect(secret).toMatch(/^sk_test_[0-9A-Za-z]{40}$/);
    expect(record).toEqual({
      id: expect.stringMatching(/^key_[0-9A-Za-z]{20}$/),
      name: 'server',
      api: 'classic',
      org,
      environment: 'test',
      masked: `sk_test_${secret.slice(8, 12)}…${secret.slice(-4)}`,
      status: 'active',
      addresses: ['203.0.113.0/24'],
      addressCheck: 'enforce',
      referrers: ['*.example.com'],
      endpoints: ['GET /v1/users/*'],
      scopes: ['users:read'],
      rateLimits: ['60/m'],
      grantedLimits: ['60/m'],
      tags: [],
      metadata: {},
      externalId: null,
      createdAt: '2026-01-01T12:00:00.000Z',
      secretCreatedAt: '2026-01-01T12:00:00.000Z',
      updatedAt: '2026-01-01T12:00:00.000Z',
      expiresAt: '2027-01-01T00:00:00.000Z',
      revokedAt: null,
      disabledAt: null,
      lastUsedAt: null,
      lastUsedAddress: null,
      revision: 1,
    });
    const read = await harness.call('GET', `/v1/keys/${record.id}`);
    expect(read.json).toEqual(record);
    expect(read.headers.etag).toBe('"1"');
    const listed = await harness.call('GET', `/v1/keys?org=${org}&api=classic&environment=test&status=active`);
    expect(listed.json).toEqual({ data: [record], nextCursor: null });
    expect((await harness.call('GET', `/v1/keys?org=${org}&status=revoked`)).json.data).toEqual([]);
  });

  test('with a wrong field are refused with its name', async () => {
    const org = await harness.createOrg();
    const create = (fields: object) =>
      harness.call('POST', '/v1/keys', { body: { api: 'classic', org, name: 'server', ...fields } });
    expectProblem(await create({ addresses: ['203.0.113.7', 'nope'] }), 400, 'invalid_input', 'addresses[1]');
    expectProblem(await create({ scopes: ['a', 7] }), 400, 'invalid_input', 'scopes[1]');
    expectProblem(await create({ environment: 'prod' }), 400, 'invalid_input', 'environment');
    expectProblem(await create({ api: 'nope' }), 400, 'api_unknown', 'api');
    expectProblem(await create({ api: 'palcards' }), 409, 'org_kind_not_allowed', 'org');
    expectProblem(await create({ org: 'org_none' }), 400, 'invalid_input', 'org');
    await harness.call('POST', `/v1/orgs/${org}/suspend`);
    expectProblem(await create({}), 409, 'org_not_active', 'org');
  });

  test('are updated on the revision that was read', async () => {
    const { id } = await harness.createKey();
    const patch = (body: object, match?: string) =>
      harness.call('PATCH', `/v1/keys/${id}`, { body, headers: { 'if-match': match } });
    const updated = await patch({ addresses: ['203.0.113.7'] }, '"1"');
    expect([updated.status, updated.json.revision, updated.headers.etag]).toEqual([200, 2, '"2"']);
    expect(updated.json.addresses).toEqual(['203.0.113.7']);
    expectProblem(await patch({ name: 'late' }, '"1"'), 412, 'revision_mismatch');
    expectProblem(await patch({ name: 'odd' }, 'W/"2"'), 400, 'invalid_input', 'If-Match');
    expectProblem(await patch({ api: 'palm' }), 400, 'invalid_input', 'api');
    expect((await patch({ name: 'any' }, '*')).json.name).toBe('any');
  });

  test('are rotated where the API allows it', async () => {
    const key = await harness.createKey();
    const rotated = await harness.call('POST', `/v1/keys/${key.id}/rotate`, { body: { overlap: 'now' } });
    expect(rotated.status).toBe(200);
    expect(rotated.json.secret).not.toBe(key.secret);
    const again = await harness.call('POST', `/v1/keys/${key.id}/rotate`);
    expect([again.status, again.json.revision]).toEqual([200, 3]);
    const forty = await harness.call('POST', `/v1/keys/${key.id}/rotate`, { body: { overlap: '40d' } });
    expectProblem(forty, 400, 'invalid_input', 'overlap');
    const fixed = await harness.createKey({ api: 'palcards' });
    expectProblem(await harness.call('POST', `/v1/keys/${fixed.id}/rotate`), 409, 'rotation_not_supported');
  });

  test('are revoked for good, and revoking again is harmless', async () => {
    const { id } = await harness.createKey();
    const revoked = await harness.call('DELETE', `/v1/keys/${id}`);
    expect([revoked.status, revoked.json.status]).toEqual([200, 'revoked']);
    expect(revoked.json.revokedAt).toBe('2026-01-01T12:00:00.000Z');
    expect((await harness.call('DELETE', `/v1/keys/${id}`)).json).toEqual(revoked.json);
    expectProblem(await harness.call('PATCH', `/v1/keys/${id}`, { body: { name: 'x' } }), 409, 'key_not_active');
  });

  test('that do not exist get the same answer as organizations that do not exist', async () => {
    const answers = await Promise.all([
      harness.call('GET', '/v1/keys/key_none'),
      harness.call('PATCH', '/v1/keys/key_none', { body: { name: 'x' } }),
      harness.call('DELETE', '/v1/keys/..%2f'),
      harness.call('POST', '/v1/keys/key_none/rotate'),
      harness.call('GET', '/v1/orgs/org_none'),
      harness.call('POST', '/v1/orgs/org_none/suspend'),
    ]);
    for (const answer of answers) expectProblem(answer, 404, 'not_found');
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });
});

describe('verifying', () => {
  const verify = (body: object) => harness.call('POST', '/v1/verify', { body });

  test('allows a key and returns its owner', async () => {
    const key = await harness.createKey({ api: 'palm', scopes: ['a'] });
    const answer = await verify({ api: 'palm', secret: key.secret, method: 'GET', path: '/v1/ping?x=1' });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      verdict: 'allowed',
      key: { id: key.id, org: key.org, api: 'palm', environment: 'live', scopes: ['a'] },
      rate: { limit: 600, remaining: 599, reset: startMs / 1000 + 60 },
      forward: {
        headers: {
          'X-Miftah-Api': 'palm',
          'X-Miftah-Key-Id': key.id,
          'X-Miftah-Org': key.org,
          'X-Miftah-Environment': 'live',
          'X-Miftah-Scopes': 'a',
          'X-Request-Id': answer.json.reply.headers['X-Request-Id'],
        },
      },
      reply: {
        headers: {
          Vary: 'authorization',
          'X-Request-Id': expect.stringMatching(/^[0-9a-f-]{36}$/),
          'X-RateLimit-Limit': '600',
          'X-RateLimit-Remaining': '599',
          'X-RateLimit-Reset': String(startMs / 1000 + 60),
        },
      },
    });
    const again = await verify({ api: 'palm', secret: key.secret, method: 'GET', path: '/v1/ping' });
    expect(again.json.reply.headers['X-Request-Id']).not.toBe(answer.json.reply.headers['X-Request-Id']);
  });

  test('headers to forward match the newest state of the key, whatever its scopes are called', async () => {
    const own = await openHarness();
    const { id, secret } = await own.createKey({ api: 'palcards', addresses: ['127.0.0.1'], scopes: ['a'] });
    const body = { api: 'palcards', secret, clientIp: '127.0.0.1' };
    const ask = async () => (await own.call('POST', '/v1/verify', { body })).json;
    expect((await ask()).reply.headers).toEqual({
      Vary: 'x-api-key',
      'Cache-Control': 'private',
      'X-Request-Id': expect.any(String),
    });
    await own.call('PATCH', `/v1/keys/${id}`, { body: { scopes: ['a', 'b:c/d'] } });
    const { forward, key } = await ask();
    expect(forward.headers['X-Miftah-Scopes']).toBe('a b:c/d');
    expect(key.scopes).toEqual(['a', 'b:c/d']);
    const explained = await own.call('POST', '/v1/verify', { body: { ...body, explain: true } });
    expect(explained.json).toMatchObject({ verdict: 'allowed', key, rate: null });
    // An explanation allows nothing.
    expect([explained.json.forward, explained.json.reply]).toEqual([undefined, undefined]);
    await own.close();
  });

  test('a fact that a restriction of the key needs must be sent', async () => {
    const bound = await harness.createKey({ endpoints: ['* /', '* /**', 'GET /v1/users/*'] });
    const whole = { api: 'classic', secret: bound.secret, method: 'GET', path: '/' };
    for (const explain of [undefined, true]) {
      expect((await verify({ ...whole, explain })).json.verdict).toBe('allowed');
      expectProblem(await verify({ ...whole, explain, path: undefined }), 400, 'invalid_input', 'path');
      expectProblem(await verify({ ...whole, explain, method: undefined }), 400, 'invalid_input', 'method');
      expectProblem(await verify({ api: 'classic', secret: bound.secret, explain }), 400, 'invalid_input', 'path');
    }
    // No denial is recorded for the key, because its owner could do nothing about it.
    expect((await harness.call('GET', `/v1/denials?key=${bound.id}`)).json.data).toEqual([]);
    // Other reasons are returned as usual.
    await harness.call('DELETE', `/v1/keys/${bound.id}`);
    expect((await verify({ api: 'classic', secret: bound.secret })).json.reason).toBe('key_revoked');
    // A key without restrictions needs neither fact.
    const free = await harness.createKey();
    expect((await verify({ api: 'classic', secret: free.secret })).json.verdict).toBe('allowed');
    // The others are refused without their fact.
    const addressed = await harness.createKey({ addresses: ['0.0.0.0/0', '::/0'] });
    expect((await verify({ api: 'classic', secret: addressed.secret })).json.reason).toBe('address_not_allowed');
    const sited = await harness.createKey({ referrers: ['example.com'] });
    expect((await verify({ api: 'classic', secret: sited.secret })).json.reason).toBe('referrer_not_allowed');
  });

  test('a fact that a rule of the API needs must be sent', async () => {
    const pattern = 'POST /v1/payments';
    const endpoint = parseEndpointDemand(pattern) as EndpointDemand;
    const scopeRules = [{ endpoint, pattern, scope: 'pay' }];
    const ruled = await openHarness({ classic: { scopeRules }, boundApi: 'palpluss' });
    const ask = (body: object) => ruled.call('POST', '/v1/verify', { body });
    const { secret } = await ruled.createKey();
    for (const known of [{}, { explain: true }, { secret: undefined }]) {
      const asked = { api: 'classic', secret, ...known };
      expectProblem(await ask(asked), 400, 'invalid_input', 'path');
      expectProblem(await ask({ ...asked, method: 'POST' }), 400, 'invalid_input', 'path');
      expectProblem(await ask({ ...asked, path: '/v1/payments' }), 400, 'invalid_input', 'method');
    }
    const reasonOf = async (method: string, path: string) =>
      (await ask({ api: 'classic', secret, method, path })).json.reason;
    expect(await reasonOf('POST', '/v1/payments')).toBe('scope_missing');
    expect(await reasonOf('POST', '/v1/Payments/?a=1')).toBe('scope_missing');
    expect(await reasonOf('GET', '/v1/payments')).toBeUndefined();

    // The hosts are bound to an environment, so the caller has to name it.
    const ofTest = await ruled.createKey({ api: 'palpluss', environment: 'test' });
    const inEnvironment = (environment?: string) => ask({ api: 'palpluss', secret: ofTest.secret, environment });
    expectProblem(await inEnvironment(), 400, 'invalid_input', 'environment');
    expect((await inEnvironment('live')).json.reason).toBe('environment_mismatch');
    expect((await inEnvironment('test')).json.verdict).toBe('allowed');
    expect((await inEnvironment('any')).json).toMatchObject({ verdict: 'allowed', key: { environment: 'test' } });
    expectProblem(await inEnvironment('prod'), 400, 'invalid_input', 'environment');
    await ruled.close();
  });

  test('takes the credential from headers in either form', async () => {
    const { secret } = await harness.createKey();
    for (const headers of [{ AUTHORIZATION: `Bearer ${secret}` }, [['authorization', `bearer ${secret}`]]]) {
      expect((await verify({ api: 'classic', headers })).json.verdict).toBe('allowed');
    }
    const twice = [
      ['authorization', `Bearer ${secret}`],
      ['Authorization', `Bearer ${secret}`],
    ];
    expect((await verify({ api: 'classic', headers: twice })).json.reason).toBe('credential_ambiguous');
    expect((await verify({ api: 'classic' })).json.reason).toBe('credential_missing');
  });

  test('returns the API’s own reply for a refused request', async () => {
    const { id, secret } = await harness.createKey({ addresses: ['203.0.113.7'] });
    const answer = await verify({ api: 'classic', secret, clientIp: '198.51.100.1' });
    expect(answer.json).toMatchObject({
      verdict: 'refused',
      reason: 'address_not_allowed',
      key: { id },
      rate: null,
      reply: {
        status: 403,
        headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
      },
    });
    expect(JSON.parse(answer.json.reply.body)).toMatchObject({ success: false, error: { code: 'IP_NOT_ALLOWED' } });
    expect(answer.json.checks).toBeUndefined();
  });

  test('checks address, referrer, endpoint, environment and scopes', async () => {
    const { secret } = await harness.createKey({
      addresses: ['203.0.113.7'],
      referrers: ['example.com'],
      endpoints: ['GET /v1/users/*'],
      scopes: ['users:read'],
    });
    const good = {
      api: 'classic',
      secret,
      clientIp: '::ffff:203.0.113.7',
      referrer: 'https://example.com/page',
      method: 'GET',
      path: '/v1/users/1',
      environment: 'live',
      scopes: ['users:read'],
    };
    expect((await verify(good)).json.verdict).toBe('allowed');
    const reasonOf = async (change: object) => (await verify({ ...good, ...change })).json.reason;
    expect(await reasonOf({ clientIp: undefined })).toBe('address_not_allowed');
    expect(await reasonOf({ referrer: 'https://evil.example/' })).toBe('referrer_not_allowed');
    expect(await reasonOf({ method: 'POST' })).toBe('endpoint_not_allowed');
    expect(await reasonOf({ environment: 'test' })).toBe('environment_mismatch');
    expect(await reasonOf({ scopes: ['users:write'] })).toBe('scope_missing');
    expect(await reasonOf({ path: '/v1//users/1' })).toBe('path_not_canonical');
  });

  test('refuses malformed facts', async () => {
    expectProblem(await verify({ api: 'nope' }), 400, 'api_unknown', 'api');
    expectProblem(await verify({}), 400, 'invalid_input', 'api');
    expectProblem(await verify({ api: 'classic', ip: '::1' }), 400, 'invalid_input', 'ip');
    expectProblem(await verify({ api: 'classic', clientIp: '127.1' }), 400, 'invalid_input', 'clientIp');
    expectProblem(await verify({ api: 'classic', method: 'get' }), 400, 'invalid_input', 'method');
    expectProblem(await verify({ api: 'classic', path: 'v1' }), 400, 'invalid_input', 'path');
    expectProblem(await verify({ api: 'classic', headers: [['a']] }), 400, 'invalid_input', 'headers');
  });

  test('counts limits, but not when it explains', async () => {
    const { id, secret } = await harness.createKey({ rateLimits: ['2/m'] });
    const explained = await verify({ api: 'classic', secret, explain: true });
    expect(explained.json.rate.remaining).toBe(2);
    expect(explained.json.checks).toContainEqual({ name: 'endpoint', outcome: 'passed' });
    const verdicts = [];
    for (let at = 0; at < 3; at++) verdicts.push((await verify({ api: 'classic', secret })).json);
    expect(verdicts.map(({ verdict, rate }) => [verdict, rate.remaining])).toEqual([
      ['allowed', 1],
      ['allowed', 0],
      ['refused', 0],
    ]);
    expect(verdicts[2]).toMatchObject({
      reason: 'rate_limited',
      reply: { status: 429, headers: { 'Retry-After': '60' } },
    });
    const refused = await verify({ api: 'classic', secret, explain: true, clientIp: '203.0.113.9' });
    expect(refused.json.checks).toContainEqual({ name: 'rate limit', outcome: 'refused', reason: 'rate_limited' });

    const usage = await harness.call('GET', `/v1/usage?key=${id}`);
    const none = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0, unknown: 0 };
    const row = { hour: '2026-01-01T12:00:00.000Z', api: 'classic', environment: 'live' };
    expect(usage.json.data).toEqual([
      { ...row, outcome: 'allowed', count: 2, billed: 2, statuses: { ...none, unknown: 2 } },
      { ...row, outcome: 'rate_limited', count: 1, billed: 0, statuses: none },
    ]);
    expect((await harness.call('GET', `/v1/keys/${id}`)).json.lastUsedAt).toBe('2026-01-01T12:00:00.000Z');
  });

  test('counts sliding windows where the policy says so, and explains which are in force', async () => {
    const sliding = await openHarness({ classic: { limitWindows: 'sliding' } });
    try {
      const { secret } = await sliding.createKey({ rateLimits: ['2/m'] });
      const verifyAt = async (atMs: number, more: object = {}) => {
        sliding.clock.set(startMs + atMs);
        const body = { api: 'classic', secret, ...more };
        return (await sliding.call('POST', '/v1/verify', { body })).json;
      };
      const end = startMs / 1000 + 119;
      expect((await verifyAt(59_000)).rate).toEqual({ limit: 2, remaining: 1, reset: end });
      expect((await verifyAt(59_500)).rate).toEqual({ limit: 2, remaining: 0, reset: end });
      // A minute later by the clock on the wall, but not after a minute.
      expect(await verifyAt(60_000)).toMatchObject({
        reason: 'rate_limited',
        reply: { status: 429, headers: { 'Retry-After': '59', 'X-RateLimit-Reset': String(end) } },
      });
      const explained = await verifyAt(118_999, { explain: true });
      expect(explained.rate).toEqual({ limit: 2, remaining: 0, reset: end, windows: 'sliding' });
      expect(await verifyAt(119_000)).toMatchObject({ verdict: 'allowed', rate: { remaining: 0, reset: end + 1 } });
    } finally {
      await sliding.close();
    }
    const { secret } = await harness.createKey({ rateLimits: ['2/m'] });
    expect((await verify({ api: 'classic', secret, explain: true })).json.rate.windows).toBe('fixed');
  });

  test('a revocation holds as soon as its reply arrives, under load', async () => {
    const { id, secret } = await harness.createKey();
    let isRevoked = false;
    const late: string[] = [];
    const probe = async () => {
      for (let at = 0; at < 40; at++) {
        const wasRevoked = isRevoked;
        const { verdict } = (await verify({ api: 'classic', secret })).json;
        if (wasRevoked) late.push(verdict);
      }
    };
    const probes = Promise.all([probe(), probe(), probe(), probe()]);
    await verify({ api: 'classic', secret });
    await harness.call('DELETE', `/v1/keys/${id}`);
    isRevoked = true;
    await probes;
    late.push((await verify({ api: 'classic', secret })).json.verdict);
    expect(new Set(late)).toEqual(new Set(['refused']));
  });

  test('no other reply contains a secret', async () => {
    const { secret } = await harness.createKey();
    const answers = [
      await verify({ api: 'classic', secret }),
      await verify({ api: 'classic', secret, explain: true }),
      await verify({ api: 'palm', secret: `${secret}x` }),
      await verify({ api: 'classic', secret, extra: secret }),
      await harness.call('POST', '/v1/verify', { body: `{"secret":"${secret}"` }),
    ];
    for (const { text } of answers) expect(text).not.toContain(secret);
  });
});

describe('denials', () => {
  test('are listed with their fixes', async () => {
    const { id, org, secret } = await harness.createKey({ addresses: ['203.0.113.7'] });
    const body = { api: 'classic', secret, clientIp: '198.51.100.1', method: 'POST', path: '/v1/users?token=x' };
    await harness.call('POST', '/v1/verify', { body });
    harness.clock.advance(5000);
    await harness.call('POST', '/v1/verify', { body });
    await harness.call('POST', '/v1/verify', { body: { ...body, explain: true } });
    const { json } = await harness.call('GET', `/v1/denials?org=${org}&api=classic&key=${id}&limit=10`);
    expect(json).toEqual({
      data: [
        {
          reason: 'address_not_allowed',
          clientAddress: '198.51.100.1',
          keyId: id,
          api: 'classic',
          org,
          firstAt: '2026-01-01T12:00:00.000Z',
          lastAt: '2026-01-01T12:00:05.000Z',
          count: 2,
          method: 'POST',
          path: '/v1/users',
          fix: `Add 198.51.100.1 to the key: miftah keys update ${id} --ip 203.0.113.7,198.51.100.1`,
        },
      ],
      nextCursor: null,
    });
  });

  test('of unknown keys are listed too', async () => {
    await harness.call('POST', '/v1/verify', { body: { api: 'panel', secret: 'nonsense', clientIp: '192.0.2.77' } });
    const { json } = await harness.call('GET', '/v1/denials?api=panel');
    expect(json.data[0]).toMatchObject({ reason: 'credential_malformed', keyId: null, org: null, count: 1 });
  });
});

describe('usage', () => {
  test('of an invalid range is refused', async () => {
    const call = (query: string) => harness.call('GET', `/v1/usage?${query}`);
    expectProblem(await call('from=yesterday'), 400, 'invalid_input', 'from');
    expectProblem(await call('from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z'), 400, 'invalid_input', 'from');
    expectProblem(await call('from=2020-01-02T00:00:00Z&to=2026-01-01T00:00:00Z'), 400, 'invalid_input', 'from');
    const empty = await call('from=2020-01-02T00:00:00Z&to=2020-01-03T00:00:00Z');
    expect(empty.json).toEqual({
      data: [],
      from: '2020-01-02T00:00:00.000Z',
      to: '2020-01-03T00:00:00.000Z',
      keptFrom: null,
    });
  });
});

describe('watching the process', () => {
  const anonymous = { headers: { authorization: undefined } };

  test('health, readiness and public keys need no token', async () => {
    expect((await harness.call('GET', '/healthz', anonymous)).json).toEqual({ status: 'ok' });
    expect((await harness.call('GET', '/readyz', anonymous)).json).toEqual({ status: 'ready' });
    const jwks = await harness.call('GET', '/.well-known/jwks.json', anonymous);
    expect(jwks.headers['content-type']).toBe('application/jwk-set+json');
    expect(jwks.json).toEqual({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'abc' }] });
    expect((await harness.call('HEAD', '/healthz', anonymous)).status).toBe(200);
  });

  test('it is not ready while it drains', async () => {
    harness.readiness.error = new OperationalError('draining', 'the server is stopping');
    const answer = await harness.call('GET', '/readyz', anonymous);
    expectProblem(answer, 503, 'draining');
    expect(answer.headers['retry-after']).toBe('1');
  });

  test('a defect is described in the log and not to the caller', async () => {
    const defect = new Error('secret inner workings');
    harness.readiness.error = defect;
    const answer = await harness.call('GET', '/readyz', anonymous);
    expectProblem(answer, 500, 'internal_error');
    expect(answer.text).not.toContain('inner');
    expect(harness.faults).toContain(defect);
  });

  test('metrics count decisions by outcome and name no key', async () => {
    const { id, org, secret } = await harness.createKey({ api: 'palcards', addresses: ['203.0.113.7'] });
    const verify = (clientIp: string, text: string) =>
      harness.call('POST', '/v1/verify', { body: { api: 'palcards', secret: text, clientIp } });
    await verify('203.0.113.7', secret);
    await verify('203.0.113.8', secret);
    await verify('203.0.113.8', 'nonsense');
    const { text, headers } = await harness.call('GET', '/metrics', anonymous);
    expect(headers['content-type']).toContain('text/plain; version=0.0.4');
    const metric = (outcome: string, environment: string) =>
      `miftah_verifications_total{api="palcards",outcome="${outcome}",environment="${environment}"} 1`;
    expect(text).toContain(metric('allowed', 'live'));
    expect(text).toContain(metric('address_not_allowed', 'live'));
    expect(text).toContain(metric('credential_malformed', 'none'));
    expect(text).toMatch(/^miftah_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
    expect(text).toMatch(/^miftah_cache_requests_total\{result="hit"\} \d+$/m);
    expect(text).toMatch(/^miftah_usage_events_total\{result="dropped"\} 0$/m);
    for (const kind of ['usage', 'denials', 'audit']) {
      expect(text).toContain(`miftah_retention_removed_total{kind="${kind}"} 0\n`);
    }
    expect(text).toContain('miftah_retention_failures_total 0\n');
    for (const private_ of [id, org, secret, '203.0.113.8']) expect(text).not.toContain(private_);
  });

  test('unknown paths and methods are a 404 and a 405', async () => {
    expectProblem(await harness.call('GET', '/nothing'), 404, 'not_found');
    for (const [path, allowed] of [
      ['/v1/keys/key_1', 'GET, PATCH, DELETE'],
      ['/v1/verify', 'POST'],
      ['/healthz', 'GET'],
    ] as const) {
      const answer = await harness.call('PUT', path, { body: {} });
      expectProblem(answer, 405, 'method_not_allowed');
      expect(answer.headers.allow).toBe(allowed);
    }
  });
});
