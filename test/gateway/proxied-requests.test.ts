// What an upstream sees of a request that came through proxies: their word where they are trusted, and never a
// client's.
import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { libraryOperator } from '../../src/management/rights.ts';
import { type ApiKeyAuthOptions, apiKeyAuth } from '../../src/middleware/node.ts';
import { openEmbedded, startServer } from '../carriers/embedded.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type RawReply, requestText, sendRaw } from '../raw-http.ts';

type Fields = readonly (readonly [string, string])[];

/** Any of 127.0.0.0/8 is this machine; only the first is a proxy's. */
const proxy = '127.0.0.1';
const stranger = '127.0.0.2';

interface Setting {
  readonly server: TestServer;
  readonly secret: string;
  /** A key for 203.0.113.7 alone. */
  readonly boundSecret: string;
}

async function openSetting(more = ''): Promise<Setting> {
  const extra = `public: { trustedProxies: [${proxy}, 10.0.0.0/8]${more} }`;
  const server = await startTestServer({ extra });
  const org = await server.createOrg();
  const create = async (fields: object) => (await server.createKey({ api: 'classic', org, ...fields })).secret;
  return { server, secret: await create({}), boundSecret: await create({ addresses: ['203.0.113.7'] }) };
}

/** The reply, and what the upstream received: the values of each name. */
async function ask({ server, secret }: Setting, fields: Fields, from = proxy, line = 'GET /v1/users HTTP/1.1') {
  const own: Fields = [
    ['Host', 'api.classic.localhost'],
    ['Authorization', `Bearer ${secret}`],
  ];
  const reply = await sendRaw({ port: server.publicPort, from, text: requestText(line, [...own, ...fields]) });
  return { reply, received: reply.status === 200 ? fieldsOf(reply) : {} };
}

function fieldsOf(reply: RawReply): Record<string, string[]> {
  const { rawHeaders } = JSON.parse(reply.body) as { rawHeaders: string[] };
  const fields: Record<string, string[]> = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    fields[name] = [...(fields[name] ?? []), rawHeaders[at + 1] as string];
  }
  return fields;
}

describe('a proxy', () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await openSetting();
  });
  afterAll(() => setting.server[Symbol.asyncDispose]());

  test.each<[Fields, string]>([
    [[['X-Forwarded-Proto', 'https']], 'https'],
    [[['X-Forwarded-Proto', 'HTTPS']], 'https'],
    [[['X-Forwarded-Proto', 'https,http']], 'https'],
    [
      [
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Proto', 'http'],
      ],
      'https',
    ],
    [
      [
        ['X-Forwarded-For', '6.6.6.6, 203.0.113.7'],
        ['X-Forwarded-Proto', 'https, http'],
      ],
      'http',
    ],
    [[['X-Forwarded-Proto', 'wss']], 'https'],
    [[['X-Forwarded-Proto', 'gopher']], 'http'],
    [[], 'http'],
  ])('that is trusted tells the scheme: %j is %s', async (fields, scheme) => {
    expect((await ask(setting, fields)).received['x-forwarded-proto']).toEqual([scheme]);
    expect((await ask(setting, fields, stranger)).received['x-forwarded-proto']).toEqual(['http']);
  });

  const told: Fields = [
    ['X-Forwarded-Port', '8443'],
    ['X-Forwarded-Prefix', '/shop'],
    ['X-Request-Id', '0af7651916cd43dd8448eb211c80319c'],
    ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['Tracestate', 'vendor=1'],
  ];

  test('that is trusted is repeated: port, prefix, request id and trace', async () => {
    const { reply, received } = await ask(setting, told);
    for (const [name, value] of told) expect([name, received[name.toLowerCase()]]).toEqual([name, [value]]);
    expect(reply.headers['x-request-id']).toBe('0af7651916cd43dd8448eb211c80319c');
  });

  test('that is not trusted is not repeated, and the request gets an id of its own', async () => {
    const { reply, received } = await ask(setting, told, stranger);
    for (const name of ['x-forwarded-port', 'x-forwarded-prefix', 'traceparent', 'tracestate'])
      expect([name, received[name]]).toEqual([name, undefined]);
    expect(received['x-request-id']).toEqual([reply.headers['x-request-id']]);
    expect(reply.headers['x-request-id']).toMatch(/^[\da-f]{8}-/);
  });

  test.each<[string, Fields]>([
    ['twice', [told[2], told[2]] as Fields],
    ['with spaces', [['X-Request-Id', 'a b']]],
    ['too long', [['X-Request-Id', 'a'.repeat(129)]]],
  ])('that gives a request id %s is given another', async (_what, fields) => {
    const { reply, received } = await ask(setting, fields);
    expect(reply.headers['x-request-id']).toMatch(/^[\da-f]{8}-/);
    expect(received['x-request-id']).toEqual([reply.headers['x-request-id']]);
  });

  test('lets other spellings past, and Miftah does not', async () => {
    const { received } = await ask(setting, [
      ['X_Forwarded_Prefix', '/evil'],
      ['x.forwarded.port', '1'],
      ['X-Forwarded-User', 'root'],
    ]);
    expect(Object.keys(received).filter((name) => /prefix|port|user$/.test(name))).toEqual([]);
  });

  test('and all before it are in X-Forwarded-For, empty elements or not', async () => {
    const { received } = await ask(setting, [['X-Forwarded-For', '203.0.113.7, ,10.0.0.2']]);
    expect(received['x-forwarded-for']).toEqual(['203.0.113.7, ,10.0.0.2, 127.0.0.1']);
    const bound = { ...setting, secret: setting.boundSecret };
    expect((await ask(bound, [['X-Forwarded-For', '203.0.113.7, ,10.0.0.2']])).reply.status).toBe(200);
    expect((await ask(bound, [['X-Forwarded-For', '203.0.113.7']], stranger)).reply.status).toBe(403);
  });

  test('whose request id is no UUID leaves the instance out of a problem (RFC 9457)', async () => {
    const refuse = (id: string) =>
      sendRaw({
        port: setting.server.publicPort,
        text: requestText('GET / HTTP/1.1', [
          ['Host', 'api.palm.localhost'],
          ['X-Request-Id', id],
        ]),
      });
    const id = '0af76519-16cd-43dd-8448-eb211c80319c';
    expect(JSON.parse((await refuse(id)).body).instance).toBe(`urn:uuid:${id}`);
    const foreign = await refuse('edge-7');
    expect([foreign.headers['x-request-id'], JSON.parse(foreign.body).instance]).toEqual(['edge-7', undefined]);
  });

  test('the vendor’s errors carry its request id too', async () => {
    const { reply } = await ask({ ...setting, secret: 'sk_live_nothing' }, [['X-Request-Id', 'edge-7']]);
    expect([reply.status, reply.headers['x-request-id']]).toEqual([401, 'edge-7']);
  });
});

describe('Via', () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await openSetting(', via: edge-1');
  });
  afterAll(() => setting.server[Symbol.asyncDispose]());

  test('is added to the request and to the reply, behind what is there', async () => {
    const { reply, received } = await ask(setting, [['Via', '1.1 cdn']]);
    expect(received.via).toEqual(['1.1 cdn', '1.1 edge-1']);
    expect(reply.headers.via).toBe('1.1 edge-1');
    const old = await ask(setting, [['Connection', 'close']], proxy, 'GET /v1/users HTTP/1.0');
    expect(old.received.via).toEqual(['1.0 edge-1']);
  });

  test('ends a request that goes round in circles', async () => {
    const passes = (count: number): Fields => [['Via', Array(count).fill('1.1 EDGE-1').join(', ')]];
    expect((await ask(setting, passes(8))).reply.status).toBe(200);
    expect((await ask(setting, passes(9))).reply.status).toBe(502);
    expect((await ask(setting, [['Via', Array(40).fill('1.1 other (edge-1)').join(',')]])).reply.status).toBe(200);
  });

  test('none: no such header', async () => {
    const silent = await openSetting(', via: none');
    const { reply, received } = await ask(silent, []);
    await silent.server[Symbol.asyncDispose]();
    expect([received.via, reply.headers.via]).toEqual([undefined, undefined]);
  });
});

describe.each([
  ['forwarded', 'Forwarded', 'for="[fe80::7%eth0]:1", for=203.0.113.7;proto=https, for=10.0.0.2;proto=http'],
  ['x-real-ip', 'X-Real-IP', '203.0.113.7:4711'],
  ['x-acme-client', 'X-Acme-Client', '203.0.113.7'],
])('with forwardedHeader %s', (header, name, value) => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await openSetting(`, forwardedHeader: ${header}`);
  });
  afterAll(() => setting.server[Symbol.asyncDispose]());

  const bound = () => ({ ...setting, secret: setting.boundSecret });

  test('it is the client’s address, of a trusted proxy only', async () => {
    expect((await ask(bound(), [[name, value]])).reply.status).toBe(200);
    expect((await ask(bound(), [[name, value]], stranger)).reply.status).toBe(403);
    expect((await ask(bound(), [['X-Forwarded-For', '203.0.113.7']])).reply.status).toBe(403);
    expect((await ask(bound(), [[name, 'unknown']])).reply.status).toBe(403);
  });

  test('the upstream is told of the client in it and in X-Forwarded-For', async () => {
    const { received } = await ask(setting, [
      [name, value],
      ['X-Forwarded-For', '6.6.6.6'],
    ]);
    expect(received['x-forwarded-for']).toEqual(['203.0.113.7, 127.0.0.1']);
    expect(received[header]).toEqual(header === 'forwarded' ? [value, 'for=127.0.0.1'] : ['203.0.113.7']);
    expect(received['x-forwarded-proto']).toEqual([header === 'forwarded' ? 'https' : 'http']);
  });

  test('of a stranger the upstream is told the address of the connection', async () => {
    const { received } = await ask(setting, [[name, value]], stranger);
    expect(received['x-forwarded-for']).toEqual([stranger]);
    expect(received[header]).toEqual([header === 'forwarded' ? `for=${stranger}` : stranger]);
  });
});

describe('the middleware', () => {
  test.each([
    ['x-forwarded-for', undefined],
    ['forwarded', undefined],
    ['x-real-ip', { trustedProxies: [proxy] }],
  ] as const)('takes the client’s address and the request id from a trusted proxy: %s', async (header, options) => {
    const trusted = options === undefined ? `trustedProxies: [${proxy}], ` : '';
    const { miftah, close } = await openEmbedded(`public: { ${trusted}forwardedHeader: ${header} }`);
    const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Acme' });
    const { secret } = await miftah.keys.createKey(libraryOperator, {
      apiId: 'classic',
      orgId,
      name: 'key',
      addresses: ['203.0.113.7'],
    });
    const protect = apiKeyAuth(miftah.api('classic'), (options ?? {}) as ApiKeyAuthOptions);
    const app = await startServer(protect((req, res) => res.end(req.auth.requestId)) as RequestListener);
    const send = (from: string) =>
      sendRaw({
        port: app.port,
        from,
        text: requestText('GET / HTTP/1.1', [
          ['Host', 'a'],
          ['Authorization', `Bearer ${secret}`],
          [header, header === 'forwarded' ? 'for=203.0.113.7' : '203.0.113.7'],
          ['X-Request-Id', 'edge-7'],
        ]),
      });
    const [told, untold] = [await send(proxy), await send(stranger)];
    await app.close();
    await close();
    expect([told.status, told.headers['x-request-id'], untold.status]).toEqual([200, 'edge-7', 403]);
    expect(untold.headers['x-request-id']).not.toBe('edge-7');
  });
});
