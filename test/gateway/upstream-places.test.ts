// Upstreams as deployments have them: a base path, a Host of their own, one for each prefix of the path, private TLS.
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOwnAuthority, type OwnAuthority } from '../certificates.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import { closeAll, listen, RawClient } from './gateway-harness.ts';

let authority: OwnAuthority;
let rotatingCa: string;
let server: TestServer;
/** The port of each upstream, by its name. */
const ports: Record<string, number> = {};
let secrets: Record<string, string>;

function describeRequest(name: string, req: IncomingMessage): string {
  const peer = (req.socket as TLSSocket).getPeerCertificate?.();
  const { host, 'x-forwarded-host': forwardedHost } = req.headers;
  return JSON.stringify({ at: name, target: req.url, host, forwardedHost, client: peer?.subject?.CN });
}

/** Says which upstream it is, and what it was asked. */
const answerAs = (name: string) => (req: IncomingMessage, res: ServerResponse) => {
  const body = describeRequest(name, req);
  res.writeHead(200, { 'Content-Length': Buffer.byteLength(body) }).end(body);
};

const switchAs = (name: string) => (req: IncomingMessage, socket: Socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  socket.end(describeRequest(name, req));
};

beforeAll(async () => {
  authority = createOwnAuthority();
  rotatingCa = join(authority.folder, 'rotating.pem');
  writeFileSync(rotatingCa, authority.sign('stranger', 'DNS:stranger.internal').cert);
  const { key, cert } = authority.sign('orders', 'DNS:orders.internal');
  const client = authority.sign('miftah', 'DNS:miftah.internal');
  for (const name of ['main', 'payments', 'refunds', 'sandbox']) {
    ports[name] = await listen(createServer(answerAs(name)).on('upgrade', switchAs(name)));
  }
  const tls = { key, cert, ca: authority.cert, requestCert: true, rejectUnauthorized: true };
  ports.orders = await listen(createTlsServer(tls, answerAs('orders')).on('upgrade', switchAs('orders')));
  const at = (name: string, path = '') => `http://127.0.0.1:${ports[name]}${path}`;
  const secure = `url: "https://127.0.0.1:${ports.orders}/v2", host: upstream`;
  const own = `ca: ${authority.certFile}, serverName: orders.internal`;
  const api = (id: string, upstream: string, more = '') => `
  - id: ${id}
    profile: classic
    hosts: [${id}.localhost]
    secretPrefix: { live: ${id}_live_, test: ${id}_test_ }
    upstream: ${upstream}${more}`;
  const paths = `{ /v1/payments: "${at('payments')}", /v1/payments/refunds: { url: "${at('refunds', '/r/')}", host: upstream } }`;
  server = await startTestServer({
    apis: [
      api('based', at('main', '/base/')),
      api('own', `{ url: "${at('main')}", host: upstream }`),
      api('named', `{ url: "${at('main')}", host: api.internal:8443 }`),
      api(
        'routed',
        `{ live: { url: "${at('main')}", paths: ${paths} }, test: "${at('sandbox')}" }`,
        '\n    policy: { scopes: { "* /v1/payments/**": payments } }',
      ),
      api('open', `{ url: "${at('main')}", paths: ${paths} }`),
      api('secure', `{ ${secure}, tls: { ${own}, cert: ${client.certFile}, key: ${client.keyFile} } }`),
      api('nameless', `{ ${secure}, tls: { ${own} } }`),
      api(
        'misnamed',
        `{ ${secure}, tls: { ca: ${authority.certFile}, cert: ${client.certFile}, key: ${client.keyFile} } }`,
      ),
      api(
        'unknown',
        `{ ${secure}, tls: { serverName: orders.internal, cert: ${client.certFile}, key: ${client.keyFile} } }`,
      ),
      api(
        'rotating',
        `{ ${secure}, tls: { ca: ${rotatingCa}, serverName: orders.internal, cert: ${client.certFile}, key: ${client.keyFile} } }`,
      ),
    ].join(''),
  });
  const org = await server.createOrg();
  const create = async (id: string, fields: object = {}) =>
    (await server.createKey({ api: id, org, scopes: ['payments'], ...fields })).secret;
  const ids = ['based', 'own', 'named', 'routed', 'open', 'secure', 'nameless', 'misnamed', 'unknown', 'rotating'];
  secrets = Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await create(id)] as const)));
  secrets.poor = await create('routed', { scopes: [] });
  secrets.sandbox = await create('routed', { environment: 'test' });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await closeAll();
  authority.remove();
});

async function ask(api: string, target: string, secret = secrets[api] as string) {
  const fields = [
    ['Host', `${api}.localhost`],
    ['Authorization', `Bearer ${secret}`],
  ] as const;
  const reply = await sendRaw({ port: server.publicPort, text: requestText(`GET ${target} HTTP/1.1`, fields) });
  return reply.status === 200 ? (JSON.parse(reply.body) as Record<string, string>) : reply.status;
}

/** The same over a WebSocket. */
async function open(api: string, target: string) {
  const client = new RawClient(server.publicPort).send(
    `GET ${target} HTTP/1.1\r\nHost: ${api}.localhost\r\nAuthorization: Bearer ${secrets[api]}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  const text = await client.closed();
  expect(text).toMatch(/^HTTP\/1\.1 101/);
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as Record<string, string>;
}

test.each([
  ['/', '/base/'],
  ['/v1/users?a=/b', '/base/v1/users?a=/b'],
])('a base path stands before the path: %s', async (target, sent) => {
  const expected = { at: 'main', target: sent, host: 'based.localhost', forwardedHost: 'based.localhost' };
  expect(await ask('based', target)).toEqual(expected);
  expect(await open('based', target)).toEqual(expected);
});

test('the Host is the client’s, the upstream’s or a name; X-Forwarded-Host stays the client’s', async () => {
  const own = { host: `127.0.0.1:${ports.main}`, forwardedHost: 'own.localhost' };
  expect(await ask('own', '/')).toMatchObject(own);
  expect(await open('own', '/')).toMatchObject(own);
  const named = { host: 'api.internal:8443', forwardedHost: 'named.localhost' };
  expect(await ask('named', '/')).toMatchObject(named);
  expect(await open('named', '/')).toMatchObject(named);
});

describe('paths', () => {
  test.each([
    ['/v1/payments', 'payments', '/v1/payments'],
    ['/v1/payments/7?x=1', 'payments', '/v1/payments/7?x=1'],
    ['/v1/p%61yments/7', 'payments', '/v1/p%61yments/7'],
    ['/v1/payments/refunds', 'refunds', '/r/v1/payments/refunds'],
    ['/v1/payments/refunds/7', 'refunds', '/r/v1/payments/refunds/7'],
    ['/v1/payments/refundsx', 'payments', '/v1/payments/refundsx'],
    ['/v1/paymentsx', 'main', '/v1/paymentsx'],
    ['/v1', 'main', '/v1'],
    ['/', 'main', '/'],
    ['/?/v1/payments', 'main', '/?/v1/payments'],
  ])('%s goes to %s', async (target, at, sent) => {
    expect(await ask('routed', target)).toMatchObject({ at, target: sent });
    expect(await open('routed', target)).toMatchObject({ at, target: sent });
  });

  test.each([
    '/public/..%2fv1/payments',
    '/v1/payments/../users',
    '/v1//payments',
    '/v1/payments;v=1',
    '/v1/payments%2fx',
  ])('%s has two readings, so it is refused without a rule of the key', async (target) => {
    expect(await ask('open', target)).toBe(400);
    // An API with one upstream passes it on.
    expect(await ask('own', target)).toMatchObject({ at: 'main', target });
  });

  test('scopes are decided on the client’s path, whatever the upstream', async () => {
    for (const target of ['/v1/payments/7', '/v1/payments/refunds/7'])
      expect(await ask('routed', target, secrets.poor)).toBe(403);
    expect(await ask('routed', '/v1/users', secrets.poor)).toMatchObject({ at: 'main' });
  });

  test('each environment has its own', async () => {
    expect(await ask('routed', '/v1/payments', secrets.sandbox)).toMatchObject({ at: 'sandbox' });
  });
});

describe('private TLS', () => {
  test('an upstream with its own authority that wants a client certificate gets it, behind a base path', async () => {
    const host = `127.0.0.1:${ports.orders}`;
    expect(await ask('secure', '/items')).toMatchObject({ at: 'orders', target: '/v2/items', host, client: 'miftah' });
    expect(await open('secure', '/items')).toMatchObject({ target: '/v2/items', client: 'miftah' });
  });

  test.each([
    ['nameless', 'without a client certificate'],
    ['misnamed', 'where the certificate has another name'],
    ['unknown', 'where the authority is not the system’s'],
  ])('%s: nothing is sent %s', async (api) => {
    expect(await ask(api, '/items')).toBe(502);
  });

  test('a reload reads the files again, and keeps the old ones if it can not use the new ones', async () => {
    const reload = () => server.server.reload();
    expect(await ask('rotating', '/items')).toBe(502);
    writeFileSync(rotatingCa, authority.cert);
    expect(await ask('rotating', '/items')).toBe(502);
    expect(await reload()).toMatchObject({ changed: ['apis[rotating].upstream.tls'], needRestart: [] });
    expect(await ask('rotating', '/items')).toMatchObject({ at: 'orders', client: 'miftah' });
    writeFileSync(rotatingCa, 'no certificate');
    await expect(reload()).rejects.toThrow(/rotating\.pem, upstream\.tls\.ca of rotating/);
    expect(await ask('rotating', '/items')).toMatchObject({ at: 'orders', client: 'miftah' });
  });
});
