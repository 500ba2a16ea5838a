// `envoy.service.auth.v3.Authorization/Check` as a carrier, asked by another implementation of gRPC and protobuf.
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { openGrpcListener } from '../../src/http/decisions/grpc.ts';
import { serve } from '../../src/serve.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type CarriedApi, carriedApis, clockOfCarriers, describeCarrier } from './carrier-contract.ts';
import type { GatewayRequest, Headers } from './gateways.ts';
import { attributesOf, type CheckResponse, type GrpcClient, openGrpcClient, sendThroughEnvoy } from './grpc-client.ts';
import { describeReasons, openServer } from './reason-contract.ts';

const extra = 'decisions: { grpc: 127.0.0.1:0 }';
const clientOf = ({ server }: TestServer) => openGrpcClient(server.grpcAddress as string);
const hostOf = (api: CarriedApi): string =>
  api === 'panel' ? 'panel.localhost' : /^pal|classic/.test(api) ? `api.${api}.localhost` : `${api}.localhost`;

describeCarrier('gRPC', async () => {
  const server = await startTestServer({ clock: clockOfCarriers, apis: carriedApis, extra });
  const client = clientOf(server);
  return {
    send: ({ api, ...rest }) =>
      sendThroughEnvoy(client, server.operatorToken, { api, host: hostOf(api as CarriedApi), ...rest }),
    createOrg: () => server.createOrg(),
    createKey: (fields) => server.createKey(fields),
    async suspendOrg(id) {
      await server.admin('POST', `/v1/orgs/${id}/suspend`);
    },
    async revokeKey(id) {
      await server.admin('DELETE', `/v1/keys/${id}`);
    },
    async close() {
      await client.close();
      await server[Symbol.asyncDispose]();
    },
  };
});

describeReasons(
  'reasons over gRPC',
  async () => {
    let client: GrpcClient | undefined;
    const carrier = await openServer((server) => {
      client = clientOf(server);
      const own = client;
      return (request) => sendThroughEnvoy(own, server.operatorToken, request);
    }, extra);
    return {
      ...carrier,
      async close() {
        await client?.close();
        await carrier.close();
      },
    };
  },
  // Envoy appends the client's address, and Miftah reads the last.
  { kept: ['x-forwarded-for'] },
);

describe('a call', () => {
  let server: TestServer;
  let client: GrpcClient;
  let org: string;
  let key: { id: string; secret: string };
  const logged: string[] = [];

  beforeAll(async () => {
    const log = pino({ level: 'error' }, { write: (line: string) => void logged.push(line) });
    const apis = carriedApis.replace('profile: classic\n', 'profile: classic\n    passHeaders: [x-http-method]\n');
    server = await startTestServer({ apis, log, extra: `${extra}\npublic: { trustedProxies: [10.0.0.0/8] }` });
    client = clientOf(server);
    org = await server.createOrg();
    key = await server.createKey({ api: 'classic', org, scopes: ['users:read'], rateLimits: ['100/m'] });
  });
  afterAll(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });

  const bearer = (secret: string): Headers => [['Authorization', `Bearer ${secret}`]];
  const requestOf = (headers: Headers = bearer(key.secret), more: Partial<GatewayRequest> = {}): GatewayRequest => ({
    api: 'classic',
    host: 'api.classic.localhost',
    headers,
    ...more,
  });
  const asOperator = () => [['x-miftah-token', server.operatorToken]] as const;
  const check = (attributes: object) => client.check({ attributes }, asOperator());
  const statusOf = async (attributes: object) => {
    const { response } = await check(attributes);
    return response?.ok_response === undefined ? response?.denied_response?.status?.code : 200;
  };
  const pairsOf = (options: NonNullable<CheckResponse['ok_response']>['headers'] = []) =>
    Object.fromEntries(options.map(({ header }) => [header.key, header.value ?? '']));

  test('an allowed reply replaces every identity header, and removes the key and the overrides', async () => {
    const forged: Headers = [
      ['X-Miftah-Org', 'org_evil'],
      ['X-Miftah-Token', 'evil'],
      ['x_miftah_org', 'org_evil'],
      ['X-HTTP-Method-Override', 'DELETE'],
      ['X-HTTP-Method', 'GET'],
      ['Connection', 'upgrade, x-miftah-org, x-own'],
      ['Upgrade', 'websocket'],
      ['X-Own', '1'],
      ['Accept', '*/*'],
    ];
    const { response } = await check(attributesOf(requestOf([...bearer(key.secret), ...forged])));
    expect(response?.status?.code ?? 0).toBe(0);
    const { headers, headers_to_remove: removed, response_headers_to_add: added } = response?.ok_response ?? {};
    expect(pairsOf(headers)).toMatchObject({
      'x-miftah-api': 'classic',
      'x-miftah-key-id': key.id,
      'x-miftah-org': org,
      'x-miftah-environment': 'live',
      'x-miftah-scopes': 'users:read',
      'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
    });
    const claims = decodeJwt(pairsOf(headers)['x-miftah-assertion'] as string);
    expect(claims).toMatchObject({ sub: key.id, org, aud: 'classic' });
    const gone = ['authorization', 'x-miftah-token', 'x_miftah_org', 'x-http-method-override', 'x-own'];
    expect([...(removed ?? [])].sort()).toEqual(gone.sort());
    expect(pairsOf(added)).toMatchObject({
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': expect.stringMatching(/^\d+$/),
      vary: expect.stringContaining('authorization'),
      'x-request-id': pairsOf(headers)['x-request-id'],
    });
    expect(added?.find(({ header }) => header.key === 'vary')?.append).toEqual({ value: true });
  });

  test('a key in the query or in a list of subprotocols does not reach the upstream', async () => {
    const ofQuery = await server.createKey({ api: 'queries', org });
    const path = `/v1?a=1&api_key=${ofQuery.secret}&b=2`;
    const referer = ['Referer', `https://app.example.com${path}`] as const;
    const inQuery = await check(attributesOf({ api: 'queries', host: 'queries.localhost', path, headers: [referer] }));
    expect(inQuery.response?.ok_response?.query_parameters_to_remove).toEqual(['api_key']);
    expect(pairsOf(inQuery.response?.ok_response?.headers).referer).toBe('https://app.example.com/v1?a=1&b=2');
    const ofSocket = await server.createKey({ api: 'sockets', org });
    const offered = ['Sec-WebSocket-Protocol', `chat, acme-key.${ofSocket.secret}`] as const;
    const inList = await check(attributesOf({ api: 'sockets', host: 'sockets.localhost', headers: [offered] }));
    expect(pairsOf(inList.response?.ok_response?.headers)['sec-websocket-protocol']).toBe('chat');
    const alone = ['Sec-WebSocket-Protocol', `acme-key.${ofSocket.secret}`] as const;
    const only = await check(attributesOf({ api: 'sockets', host: 'sockets.localhost', headers: [alone] }));
    expect(only.response?.ok_response?.headers_to_remove).toEqual(['sec-websocket-protocol']);
  });

  test('what a reply does not know is explicitly empty', async () => {
    const { secret } = await server.createKey({ api: 'panel', org });
    const ofKey = await check(attributesOf({ api: 'panel', host: 'panel.localhost', headers: bearer(secret) }));
    const known = pairsOf(ofKey.response?.ok_response?.headers);
    const empty = ['x-miftah-scopes', 'x-miftah-meta-plan', 'x-miftah-meta-customer-id'];
    expect([known['x-miftah-org'], ...empty.map((name) => known[name])]).toEqual([org, '', '', '']);
    const open = { api: 'palm', host: 'api.palm.localhost', path: '/health', headers: [] };
    const ofPublic = pairsOf((await check(attributesOf(open))).response?.ok_response?.headers);
    const names = ['api', 'key-id', 'org', 'environment', 'scopes', 'assertion'].map((name) => `x-miftah-${name}`);
    expect(names.map((name) => ofPublic[name])).toEqual(Array(6).fill(''));
  });

  test('without a token, with a wrong one or two, there is no verdict', async () => {
    const request = { attributes: attributesOf(requestOf()) };
    const [own] = asOperator();
    for (const metadata of [[], [['x-miftah-token', 'mft_wrong']], [own, own]] as const) {
      const reply = await client.check(request, metadata);
      expect(reply).toEqual({ code: 'UNAUTHENTICATED', details: expect.stringContaining('x-miftah-token') });
    }
    // The client's header is no metadata of the gateway.
    const sent = attributesOf(requestOf([...bearer(key.secret), ['X-Miftah-Token', server.operatorToken]]));
    expect((await client.check({ attributes: sent }, [])).code).toBe('UNAUTHENTICATED');
  });

  test('a token for decisions decides about its APIs until it is revoked', async () => {
    const create = async (fields: object) => (await server.admin('POST', '/v1/tokens', fields)).body;
    const edge = await create({ name: 'edge', may: 'decide', apis: ['classic'] });
    const other = await create({ name: 'other', may: 'decide', apis: ['palm'] });
    const metrics = await create({ name: 'metrics', may: 'metrics' });
    const askAs = (token: unknown, attributes: object = attributesOf(requestOf())) =>
      client.check({ attributes }, [['x-miftah-token', token as string]]);
    expect((await askAs(edge.token)).response?.ok_response).toBeDefined();
    const { context_extensions: _, ...byHost } = attributesOf(requestOf());
    for (const attributes of [attributesOf(requestOf()), byHost]) {
      for (const { token } of [other, metrics]) {
        const { response } = await askAs(token, attributes);
        expect(response?.denied_response?.status?.code).toBe(403);
        expect(response?.denied_response?.body).not.toContain(org);
      }
    }
    await server.admin('DELETE', `/v1/tokens/${edge.id}`);
    expect((await askAs(edge.token)).code).toBe('UNAUTHENTICATED');
  });

  test('the API is that of the route, else that of the host', async () => {
    const { context_extensions: _, ...byHost } = attributesOf(requestOf());
    expect(await statusOf(byHost)).toBe(200);
    const unknownHost = attributesOf(requestOf(undefined, { host: 'evil.example' }));
    expect(await statusOf({ ...unknownHost, context_extensions: {} })).toBe(400);
    expect(await statusOf({ ...byHost, context_extensions: { miftah_api: 'none' } })).toBe(400);
    expect(await statusOf({ ...byHost, context_extensions: { miftah_api: '' } })).toBe(400);
    // The key is not of the API that the route names.
    expect(await statusOf({ ...byHost, context_extensions: { miftah_api: 'panel' } })).toBe(401);
  });

  test('a fact that is missing or malformed is refused, and the log names one that is missing', async () => {
    const good = attributesOf(requestOf());
    const withHttp = (changes: object) => ({ ...good, request: { http: { ...good.request.http, ...changes } } });
    for (const [name, attributes] of Object.entries({
      'request.http.method': withHttp({ method: '' }),
      'request.http.path': withHttp({ path: '' }),
      'request.http.host': withHttp({ host: '' }),
      'source.address.socket_address.address': { ...good, source: { address: { pipe: { path: '@envoy' } } } },
    })) {
      expect([name, await statusOf(attributes)]).toEqual([name, 400]);
      expect(logged.filter((line) => line.includes(name))).toHaveLength(1);
    }
    const line = (key: string, value: string) => ({ key, raw_value: Buffer.from(value).toString('base64') });
    const { headers } = good.request.http.header_map;
    for (const changes of [
      { method: 'get' },
      { method: 'NONE' },
      { path: 'v1/users' },
      { path: '/v1/users\n' },
      { host: 'api.classic.localhost@evil.example' },
      { header_map: { headers: [...headers, line('host', 'evil.example')] } },
      { header_map: { headers: [...headers, line('x-a', 'a\r\nx-b: b')] } },
      { header_map: { headers: [...headers, line('x a', 'a')] } },
    ]) {
      expect([changes, await statusOf(withHttp(changes))]).toEqual([changes, 400]);
    }
    expect(await statusOf(withHttp({ method: 'TRACE' }))).toBe(405);
  });

  test('bytes that are no message get no verdict, and too many headers get 431', async () => {
    for (const raw of ['0a', '0aff', '07', '00', 'ffffffffffffffffffffff', '0a020a05', '0d01']) {
      const reply = await client.checkBytes(Buffer.from(raw, 'hex'), asOperator());
      expect([raw, reply.code]).toEqual([raw, 'INVALID_ARGUMENT']);
    }
    const empty = await client.checkBytes(Buffer.alloc(0), asOperator());
    expect(empty.response?.denied_response?.body).toContain('context_extensions.miftah_api');
    const many = Array.from({ length: 300 }, (_, at) => [`x-${at}`, '1'] as const);
    expect(await statusOf(attributesOf(requestOf([...bearer(key.secret), ...many])))).toBe(431);
    const large = attributesOf(requestOf([...bearer(key.secret), ['x-large', 'a'.repeat(300_000)]]));
    expect((await check(large)).code).toBe('RESOURCE_EXHAUSTED');
    expect(await statusOf(attributesOf(requestOf()))).toBe(200);
  });

  test('raw headers win over merged ones, and two keys are never one', async () => {
    const good = attributesOf(requestOf());
    const { header_map: raw, ...http } = good.request.http;
    const authorization = `Bearer ${key.secret}`;
    expect(await statusOf({ ...good, request: { http: { ...http, headers: { authorization } } } })).toBe(200);
    const twice = { authorization: `${authorization},${authorization}` };
    expect(await statusOf({ ...good, request: { http: { ...http, headers: twice } } })).toBe(401);
    const none = { headers: raw.headers.filter((line) => line.key !== 'authorization') };
    const both = { ...http, headers: { authorization }, header_map: none };
    expect(await statusOf({ ...good, request: { http: both } })).toBe(401);
    const repeated = attributesOf(requestOf([...bearer(key.secret), ...bearer(key.secret)]));
    expect(await statusOf(repeated)).not.toBe(200);
  });

  test('the client is the other end, or the one that a trusted proxy names', async () => {
    const { secret } = await server.createKey({
      api: 'palcards',
      org,
      addresses: ['198.51.100.7'],
      environment: 'live',
    });
    const from = (source: string, forwarded?: string) => {
      const more: Headers = forwarded === undefined ? [] : [['X-Forwarded-For', forwarded]];
      return sendThroughEnvoy(client, server.operatorToken, {
        api: 'palcards',
        host: 'api.palcards.localhost',
        headers: [['X-API-Key', secret], ...more],
        from: source,
      }).then(({ status }) => status);
    };
    expect(await from('198.51.100.7')).toBe(200);
    expect(await from('198.51.100.8')).not.toBe(200);
    expect(await from('198.51.100.8', '198.51.100.7')).not.toBe(200);
    expect(await from('10.1.2.3', '198.51.100.7')).toBe(200);
    expect(await from('10.1.2.3', '198.51.100.7, 198.51.100.8')).not.toBe(200);
  });

  test('a client that reached its limit gets 429 with Retry-After', async () => {
    const { secret } = await server.createKey({ api: 'classic', org, rateLimits: ['1/h'] });
    const send = () => sendThroughEnvoy(client, server.operatorToken, requestOf(bearer(secret)));
    expect((await send()).status).toBe(200);
    const { status, headers } = await send();
    expect([status, headers['retry-after']]).toEqual([429, expect.stringMatching(/^\d+$/)]);
  });

  test('each allowed request is recorded once, before its reply', async () => {
    const own = await server.createKey({ api: 'classic', org });
    for (let sent = 0; sent < 3; sent++) expect(await statusOf(attributesOf(requestOf(bearer(own.secret))))).toBe(200);
    const { body } = await server.admin('GET', `/v1/usage?key=${own.id}`);
    const rows = body.data as { outcome: string; count: number; statuses: Record<string, number> }[];
    // An hour may end between them.
    const total = rows.reduce((sum, { count }) => sum + count, 0);
    const unknown = rows.reduce((sum, { statuses }) => sum + (statuses.unknown ?? 0), 0);
    expect([new Set(rows.map(({ outcome }) => outcome)), total, unknown]).toEqual([new Set(['allowed']), 3, 3]);
  });

  test('a connection that speaks no gRPC ends, and the others go on', async () => {
    const [host, port] = (server.server.grpcAddress as string).split(':');
    const socket = connect(Number(port), host);
    socket.resume().on('error', () => {});
    socket.write('GET /auth/envoy/classic/v1 HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'close');
    expect(await statusOf(attributesOf(requestOf()))).toBe(200);
  });
});

test('a unix socket needs no token, has mode 0660, and is removed', async () => {
  await using server = await startTestServer({ apis: carriedApis });
  const org = await server.createOrg();
  const { secret } = await server.createKey({ api: 'classic', org });
  const file = join(server.folder, 'grpc.sock');
  const flags = { public: '127.0.0.1:0', internal: '127.0.0.1:0', data: join(server.folder, 'other') };
  const environment = { MIFTAH_DECISIONS__GRPC: `unix:${file}` };
  const config = loadConfig({ file: join(server.folder, 'miftah.yaml'), flags, environment });
  const other = await serve(config, { log: pino({ level: 'silent' }) });
  const client = openGrpcClient(`unix:${file}`);
  try {
    expect(other.grpcAddress).toBe(`unix:${file}`);
    expect(statSync(file).mode & 0o7777).toBe(0o660);
    const headers: Headers = [['Authorization', `Bearer ${secret}`]];
    const attributes = attributesOf({ api: 'classic', host: 'api.classic.localhost', headers });
    const { response } = await client.check({ attributes }, []);
    // The other server has no keys: it decides, and refuses.
    expect(response?.denied_response?.status?.code).toBe(401);
  } finally {
    await client.close();
    await other.close();
  }
  expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
});

test('an address in use is an error that names the setting', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  try {
    const opened = openGrpcListener({
      listen: { host: '127.0.0.1', port },
      maxConnections: 1,
      check: async () => ({ kind: 'malformed' }),
      onFault: () => {},
    });
    await expect(opened).rejects.toMatchObject({
      code: 'port_in_use',
      message: `Port ${port} on 127.0.0.1 is in use: stop the other process or choose another in decisions.grpc`,
    });
  } finally {
    other.close();
  }
});

test('without the package, the start fails with the command that installs it', async () => {
  const missing = '@grpc/none';
  const opened = openGrpcListener({
    listen: { host: '127.0.0.1', port: 0 },
    maxConnections: 1,
    check: async () => ({ kind: 'malformed' }),
    onFault: () => {},
    load: () => import(/* @vite-ignore */ missing),
  });
  await expect(opened).rejects.toMatchObject({
    code: 'grpc_missing',
    message: expect.stringContaining('npm install @grpc/grpc-js'),
  });
});
