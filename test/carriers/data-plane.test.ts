// The data plane as a carrier, and what only a proxy does: identity for the upstream, environments by host, upgrades.
import { once } from 'node:events';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fiveApis, startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import { type CarriedApi, carriedApis, clockOfCarriers, configOfOwn, describeCarrier } from './carrier-contract.ts';

const hostOf = {
  palcards: 'api.palcards.localhost',
  palpluss: 'api.palpluss.localhost',
  panel: 'panel.localhost',
  classic: 'api.classic.localhost',
  palm: 'api.palm.localhost',
} as const;

const hostOfCarried = (api: CarriedApi): string =>
  api in hostOf ? hostOf[api as keyof typeof hostOf] : `${api}.localhost`;

describeCarrier('data plane', async () => {
  const server = await startTestServer({ clock: clockOfCarriers, apis: carriedApis });
  return {
    send: ({ api, method = 'GET', path = '/v1/users/usr_123', headers, from = '127.0.0.1' }) =>
      sendRaw({
        port: server.publicPort,
        from,
        text: requestText(`${method} ${path} HTTP/1.1`, [['Host', hostOfCarried(api)], ...headers]),
      }),
    createOrg: () => server.createOrg(),
    createKey: (fields) => server.createKey(fields),
    async suspendOrg(id) {
      await server.admin('POST', `/v1/orgs/${id}/suspend`);
    },
    async revokeKey(id) {
      await server.admin('DELETE', `/v1/keys/${id}`);
    },
    close: () => server[Symbol.asyncDispose](),
  };
});

let server: TestServer;
let org: string;
let secret: string;

beforeAll(async () => {
  const forwarding = 'panel\n    policy: { forwardMetadata: [plan, customer_id] }\n';
  server = await startTestServer({
    apis: fiveApis.replace('profile: panel\n', `profile: ${forwarding}`) + configOfOwn,
  });
  org = await server.createOrg();
  ({ secret } = await server.createKey({ api: 'classic', org, scopes: ['users:read', 'users:write'] }));
});

afterAll(() => server[Symbol.asyncDispose]());

type Headers = readonly (readonly [string, string])[];

async function echo(
  headers: Headers,
  line = 'GET /v1/users/usr_123?a=1&a=2 HTTP/1.1',
  key = secret,
  host: string = hostOf.classic,
) {
  const text = requestText(line, [['Host', host], ['Authorization', `Bearer ${key}`], ...headers]);
  const reply = await sendRaw({ port: server.publicPort, text });
  expect(reply.status).toBe(200);
  const echoed = JSON.parse(reply.body) as { method: string; target: string; rawHeaders: string[] };
  const received = new Map<string, string[]>();
  for (let at = 0; at < echoed.rawHeaders.length; at += 2) {
    const name = (echoed.rawHeaders[at] as string).toLowerCase();
    received.set(name, [...(received.get(name) ?? []), echoed.rawHeaders[at + 1] as string]);
  }
  return { reply, echoed, received };
}

test('the upstream gets the identity of the caller, and not the credential', async () => {
  const { reply, echoed, received } = await echo([['X-Custom', 'kept']]);
  expect(echoed.target).toBe('/v1/users/usr_123?a=1&a=2');
  expect(received.get('authorization')).toBeUndefined();
  expect(received.get('x-custom')).toEqual(['kept']);
  expect(received.get('x-miftah-api')).toEqual(['classic']);
  expect(received.get('x-miftah-org')).toEqual([org]);
  expect(received.get('x-miftah-environment')).toEqual(['live']);
  expect(received.get('x-miftah-scopes')).toEqual(['users:read users:write']);
  expect(received.get('x-forwarded-for')).toEqual(['127.0.0.1']);
  expect(received.get('x-request-id')).toEqual([reply.headers['x-request-id']]);
  expect(reply.body).not.toContain(secret);
});

test.each<[api: string, line: (key: string) => Headers, left: readonly string[], vary: string]>([
  ['tokens', (key) => [['Authorization', `Token token="${key}"`]], [], 'authorization'],
  ['own-header', (key) => [['X-Auth', `Token ${key}`]], [], 'x-auth'],
  [
    'passwords',
    (key) => [['Authorization', `Basic ${Buffer.from(`api:${key}`).toString('base64')}`]],
    [],
    'authorization',
  ],
  [
    'sockets',
    (key) => [
      ['Sec-WebSocket-Protocol', 'graphql-ws'],
      ['sec-websocket-protocol', `mqtt,acme-key.${key}`],
      ['Sec_WebSocket.Protocol', `acme-key.${key}`],
    ],
    ['graphql-ws', 'mqtt'],
    'sec-websocket-protocol',
  ],
])('the key of %s goes no further than Miftah', async (api, headersOf, left, vary) => {
  const key = await server.createKey({ api, org });
  const text = requestText('GET /v1/users/1 HTTP/1.1', [['Host', `${api}.localhost`], ...headersOf(key.secret)]);
  const reply = await sendRaw({ port: server.publicPort, text });
  expect(reply.status).toBe(200);
  const { rawHeaders } = JSON.parse(reply.body) as { rawHeaders: string[] };
  expect(rawHeaders.join('\n')).not.toContain(key.secret);
  expect(rawHeaders.filter((_, at) => /authorization|x.auth|websocket/i.test(rawHeaders[at - 1] ?? ''))).toEqual(left);
  expect(reply.headers.vary).toBe(vary);
  expect(reply.headers['cache-control']).toBe(vary === 'authorization' ? undefined : 'private');
});

test('a key in the query goes no further than Miftah', async () => {
  const { secret: key, id } = await server.createKey({ api: 'queries', org });
  const send = async (query: string, more: Headers = []) => {
    const text = requestText(`GET /v1/users/1${query} HTTP/1.1`, [['Host', 'queries.localhost'], ...more]);
    const reply = await sendRaw({ port: server.publicPort, text });
    expect(reply.text).not.toContain(key);
    return reply;
  };
  const cases: readonly (readonly [query: string, target: string])[] = [
    [`?api_key=${key}`, '/v1/users/1'],
    [`?api_key=${key}&a=%20+;b`, '/v1/users/1?a=%20+;b'],
    [`?a=1&api%5fkey=${key}&a=2`, '/v1/users/1?a=1&a=2'],
  ];
  for (const [query, target] of cases) {
    const reply = await send(query, [['Referer', `http://queries.localhost/page${query}`]]);
    expect(reply.status).toBe(200);
    const received = JSON.parse(reply.body) as { target: string; rawHeaders: string[] };
    expect(received.target).toBe(target);
    expect(received.rawHeaders[received.rawHeaders.indexOf('Referer') + 1]).toBe(
      `http://queries.localhost${target.replace('/v1/users/1', '/page')}`,
    );
    expect([reply.headers.vary, reply.headers['cache-control']]).toEqual([undefined, 'private']);
  }
  expect((await send(`?api_key=${key}&API_KEY=${key}`)).status).toBe(401);
  await server.admin('DELETE', `/v1/keys/${id}`);
  expect((await send(`?api_key=${key}`)).status).toBe(401);
  await expect
    .poll(async () => JSON.stringify((await server.admin('GET', '/v1/denials?api=queries')).body))
    .toContain('key_revoked');
  expect(JSON.stringify((await server.admin('GET', '/v1/denials?api=queries')).body)).not.toContain(key.slice(-10));
});

test('a forged Miftah header never reaches the upstream, in any spelling', async () => {
  const forged: Headers = [
    ['X-Miftah-Org', 'org_evil'],
    ['x_miftah_org', 'org_evil'],
    ['X-MIFTAH_Key-Id', 'key_evil'],
    ['X-Miftah-Admin', 'true'],
    ['X_Request_Id', 'forged'],
    ['X-Forwarded-For', '203.0.113.7'],
    ['X_Forwarded_For', '203.0.113.7'],
    ['Connection', 'close, X-Miftah-Key-Id, X-Miftah-Org'],
  ];
  const { echoed, received } = await echo(forged);
  expect(JSON.stringify(echoed)).not.toMatch(/evil|forged|203\.0\.113\.7/);
  expect(received.get('x-miftah-admin')).toBeUndefined();
  expect(received.get('x-miftah-org')).toEqual([org]);
  expect(received.get('x-miftah-key-id')?.[0]).toMatch(/^key_/);
});

test('the upstream gets the metadata that its API names, and none of the client', async () => {
  const orgId = await server.createOrg();
  const metadata = { plan: 'Gold, "½"; %\\ 100', team: 'payments' };
  const key = await server.createKey({ api: 'panel', org: orgId, metadata });
  const forged: Headers = [
    ['X-Miftah-Meta-Plan', 'forged'],
    ['x_miftah.meta!customer_id', 'forged'],
    ['X-Miftah-Meta-Team', 'forged'],
    ['Connection', 'close, X-Miftah-Meta-Plan'],
  ];
  const ask = async () => {
    const { echoed, received } = await echo(forged, 'GET /v1/users/usr_123 HTTP/1.1', key.secret, hostOf.panel);
    expect(JSON.stringify(echoed)).not.toMatch(/forged|payments/);
    const names = [...received.keys()].filter((name) => name.includes('meta'));
    const { meta } = decodeJwt(received.get('x-miftah-assertion')?.[0] as string);
    return { meta, headers: Object.fromEntries(names.map((name) => [name, received.get(name)])) };
  };
  expect(await ask()).toEqual({
    meta: { plan: metadata.plan },
    headers: { 'x-miftah-meta-plan': ['Gold%2C %22%C2%BD%22%3B %25%5C 100'] },
  });
  // What the key does not say, its organization says.
  await server.admin('PATCH', `/v1/orgs/${orgId}`, { metadata: { plan: 'free', customer_id: '42', team: 'payments' } });
  expect(await ask()).toEqual({
    meta: { plan: metadata.plan, customer_id: '42' },
    headers: { 'x-miftah-meta-plan': [expect.stringMatching(/^Gold/)], 'x-miftah-meta-customer-id': ['42'] },
  });
  await server.admin('PATCH', `/v1/keys/${key.id}`, { metadata: { plan: null } });
  expect(await ask()).toMatchObject({ meta: { plan: 'free', customer_id: '42' } });
  await server.admin('PATCH', `/v1/orgs/${orgId}`, { metadata: { plan: null, customer_id: null } });
  expect(await ask()).toEqual({ meta: undefined, headers: {} });
});

test('the assertion verifies with the published keys', async () => {
  const { received } = await echo([]);
  const jwks = createRemoteJWKSet(new URL(`http://127.0.0.1:${server.internalPort}/.well-known/jwks.json`));
  const token = received.get('x-miftah-assertion')?.[0] as string;
  const { payload, protectedHeader } = await jwtVerify(token, jwks, { issuer: 'miftah', audience: 'classic' });
  expect(protectedHeader.alg).toBe('EdDSA');
  expect(payload).toMatchObject({ sub: received.get('x-miftah-key-id')?.[0], org, env: 'live' });
  expect((payload.exp as number) - (payload.iat as number)).toBe(60);
});

test('a host of one environment refuses keys of the other', async () => {
  const fields = { api: 'palcards', org, addresses: ['127.0.0.1'] };
  const sandbox = await server.createKey({ ...fields, environment: 'test' });
  const statusAt = async (host: string) =>
    (
      await sendRaw({
        port: server.publicPort,
        text: requestText('GET /user/profile HTTP/1.1', [
          ['Host', host],
          ['x-api-key', sandbox.secret],
        ]),
      })
    ).status;
  expect(sandbox.secret).toMatch(/^sk_sandbox_/);
  expect(await statusAt('api-sandbox.palcards.localhost')).toBe(200);
  expect(await statusAt('api.palcards.localhost')).toBe(401);
});

test('replies to a key in its own header are private, and replies to a Bearer key vary on it', async () => {
  const { secret: card } = await server.createKey({ api: 'palcards', org, addresses: ['127.0.0.1'] });
  const headers: Headers = [
    ['Host', hostOf.palcards],
    ['x-api-key', card],
  ];
  const reply = await sendRaw({ port: server.publicPort, text: requestText('GET /user/profile HTTP/1.1', headers) });
  expect(reply.headers['cache-control']).toBe('private');
  expect(reply.headers.vary?.toLowerCase()).toBe('x-api-key');
  expect((await echo([])).reply.headers.vary?.toLowerCase()).toBe('authorization');
});

test('an unknown host gets a 421', async () => {
  const reply = await sendRaw({
    port: server.publicPort,
    text: requestText('GET / HTTP/1.1', [['Host', 'example.com']]),
  });
  expect(reply.status).toBe(421);
});

test('TRACE is refused', async () => {
  const text = requestText('TRACE / HTTP/1.1', [
    ['Host', hostOf.classic],
    ['Authorization', `Bearer ${secret}`],
  ]);
  expect((await sendRaw({ port: server.publicPort, text })).status).toBe(405);
});

test('a WebSocket opens with a key and is refused without one', async () => {
  const { WebSocketServer, default: WebSocket } = await import('ws');
  const sockets = new WebSocketServer({ noServer: true });
  server.upstream.on('upgrade', (req, socket, head) => {
    sockets.handleUpgrade(req, socket, head, (socketOpened) => {
      const offered = req.headers['sec-websocket-protocol'];
      socketOpened.on('message', (data) => socketOpened.send(`${req.headers['x-miftah-org']} ${data} ${offered}`));
    });
  });
  const url = `ws://127.0.0.1:${server.publicPort}/v1/stream`;
  const options = { headers: { Host: hostOf.classic, Authorization: `Bearer ${secret}` } };
  const client = new WebSocket(url, options);
  await once(client, 'open');
  client.send('hello');
  const [data] = await once(client, 'message');
  expect(String(data)).toBe(`${org} hello undefined`);
  client.close();
  await once(client, 'close');

  // As a page in a browser does it: the upstream neither sees nor chooses the subprotocol with the key.
  const ofSockets = await server.createKey({ api: 'sockets', org });
  const page = new WebSocket(url, [`acme-key.${ofSockets.secret}`, 'graphql-ws', 'mqtt'], {
    headers: { Host: 'sockets.localhost' },
  });
  await once(page, 'open');
  expect(page.protocol).toBe('graphql-ws');
  page.send('hello');
  const [told] = await once(page, 'message');
  expect(String(told)).toBe(`${org} hello graphql-ws, mqtt`);
  page.close();
  await once(page, 'close');

  const stranger = new WebSocket(url, { headers: { Host: hostOf.classic } });
  const [error] = await once(stranger, 'error');
  expect(String(error)).toContain('401');
});

test('100 Continue is sent only after the key is allowed', async () => {
  const head = (key: string): Headers => [
    ['Host', hostOf.classic],
    ['Authorization', `Bearer ${key}`],
    ['Content-Length', '5'],
    ['Expect', '100-continue'],
  ];
  const line = 'POST /v1/users HTTP/1.1';
  const refused = await sendRaw({ port: server.publicPort, text: requestText(line, head('nonsense')) });
  expect(refused.text).toMatch(/^HTTP\/1\.1 401/);
  const allowed = await sendRaw({ port: server.publicPort, text: [requestText(line, head(secret)), 'hello'] });
  expect(allowed.text).toMatch(/^HTTP\/1\.1 100 Continue/);
  expect(JSON.parse(allowed.body).bodyBytes).toBe(5);
});

test('behind a trusted proxy the client is the right-most address that is not a proxy', async () => {
  await using proxied = await startTestServer({ extra: 'public: { trustedProxies: [127.0.0.1, 10.0.0.0/8] }' });
  const key = await proxied.createKey({ api: 'classic', org: await proxied.createOrg(), addresses: ['203.0.113.7'] });
  const send = (forwarded: Headers, from = '127.0.0.1') =>
    sendRaw({
      port: proxied.publicPort,
      from,
      text: requestText('GET /v1/users/1 HTTP/1.1', [
        ['Host', hostOf.classic],
        ['Authorization', `Bearer ${key.secret}`],
        ...forwarded,
      ]),
    });
  const allowed = await send([['X-Forwarded-For', '198.51.100.1, 203.0.113.7, 10.1.2.3']]);
  expect(allowed.status).toBe(200);
  const { rawHeaders } = JSON.parse(allowed.body) as { rawHeaders: string[] };
  const forwardedFor = rawHeaders[rawHeaders.indexOf('X-Forwarded-For') + 1];
  expect(forwardedFor).toBe('198.51.100.1, 203.0.113.7, 10.1.2.3, 127.0.0.1');
  expect((await send([['X-Forwarded-For', '203.0.113.7, 198.51.100.1']])).status).toBe(403);
  expect((await send([['X-Forwarded-For', '203.0.113.7, unknown']])).status).toBe(403);
  expect((await send([['X-Forwarded-For', '203.0.113.7']], '127.0.0.2')).status).toBe(403);
  const twoLines: Headers = [
    ['X-Forwarded-For', '203.0.113.7'],
    ['X-Forwarded-For', '10.1.2.3'],
  ];
  expect((await send(twoLines)).status).toBe(200);

  // A trusted proxy's other fields about the client pass too. Override fields and Miftah's own names do not.
  const named: Headers = [
    ...twoLines,
    ['CF-Connecting-IP', '203.0.113.7'],
    ['True_Client_IP', '203.0.113.7'],
    ['X-Original-URL', '/admin'],
    ['X-Miftah.Org', 'forged'],
  ];
  const received = JSON.parse((await send(named)).body) as { rawHeaders: string[] };
  expect(received.rawHeaders).toEqual(expect.arrayContaining(['CF-Connecting-IP', 'True_Client_IP']));
  expect(received.rawHeaders).not.toContain('X-Original-URL');
  expect(received.rawHeaders).not.toContain('forged');
  const open = await proxied.createKey({ api: 'classic', org: await proxied.createOrg() });
  const [, , ...fields] = named;
  const stranger = await sendRaw({
    port: proxied.publicPort,
    from: '127.0.0.2',
    text: requestText('GET /v1/users/1 HTTP/1.1', [
      ['Host', hostOf.classic],
      ['Authorization', `Bearer ${open.secret}`],
      ...fields,
    ]),
  });
  expect(stranger.status).toBe(200);
  expect(stranger.body).not.toMatch(/connecting|true.client|original/i);
});

test('an allowed verdict of /v1/verify has the headers that the proxy sends, in both directions', async () => {
  for (const [api, fields] of [
    ['palm', { scopes: ['a', 'b'] }],
    ['palcards', { addresses: ['127.0.0.1'] }],
  ] as const) {
    const key = await server.createKey({ api, org, ...fields });
    const credential =
      api === 'palcards' ? (['x-api-key', key.secret] as const) : (['Authorization', `Bearer ${key.secret}`] as const);
    const text = requestText('GET /a HTTP/1.1', [['Host', hostOf[api]], credential]);
    const proxied = await sendRaw({ port: server.publicPort, text });
    const received = (JSON.parse(proxied.body) as { rawHeaders: string[] }).rawHeaders;
    const asked = { api, secret: key.secret, method: 'GET', path: '/a', clientIp: '127.0.0.1', environment: 'live' };
    const { body } = await server.admin('POST', '/v1/verify', asked);
    const { forward, reply } = body as Record<'forward' | 'reply', { headers: Record<string, string> }>;

    const forwarded = Object.entries(forward.headers).filter(([name]) => name !== 'X-Request-Id');
    expect(forwarded.map(([name]) => name)).toContain('X-Miftah-Assertion');
    const sent = new Set(received.filter((name, at) => at % 2 === 0 && /^x-miftah-/i.test(name)));
    expect(forwarded.map(([name]) => name).sort()).toEqual([...sent].sort());
    for (const [name, value] of forwarded) expect(received[received.indexOf(name) + 1], name).toBe(value);

    const changing = ['x-request-id', 'x-ratelimit-remaining', 'ratelimit'];
    for (const [name, value] of Object.entries(reply.headers)) {
      const lowerName = name.toLowerCase();
      if (changing.includes(lowerName)) expect(proxied.headers[lowerName], name).toBeDefined();
      else expect(proxied.headers[lowerName], name).toBe(value);
    }
    const sentByProxy = Object.keys(proxied.headers).filter((name) => /^(x-|ratelimit|vary|cache-control)/.test(name));
    expect(
      Object.keys(reply.headers)
        .map((name) => name.toLowerCase())
        .sort(),
    ).toEqual(sentByProxy.sort());
  }
});
