// The adapters for frameworks, each in its real framework: they decide and answer as every carrier does, and what an
// application does with an allowed request stays the application's.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import {
  type ExecutionContext,
  Controller as NestController,
  Get as NestGet,
  Module as NestModule,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import express, { type RequestHandler } from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { methodOverride as overrideMethod } from 'hono/method-override';
import Koa from 'koa';
import methodOverride from 'method-override';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Use } from '../../src/domain/use.ts';
import type { Denial } from '../../src/engine/ports.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import * as onExpress from '../../src/middleware/express.ts';
import * as onFastify from '../../src/middleware/fastify.ts';
import type { FetchAuthOptions } from '../../src/middleware/fetch.ts';
import * as onFetch from '../../src/middleware/fetch.ts';
import * as onHono from '../../src/middleware/hono.ts';
import * as onKoa from '../../src/middleware/koa.ts';
import * as onNest from '../../src/middleware/nest.ts';
import { withApiKey } from '../../src/middleware/next.ts';
import { type ApiKeyAuthOptions, apiKeyAuth } from '../../src/middleware/node.ts';
import type { Gate } from '../../src/profiles/gate.ts';
import { closeAll, RawClient } from '../gateway/gateway-harness.ts';
import { type RawReply, requestText, sendRaw } from '../raw-http.ts';
import { type FrameworkApp, mistake, type Seen, type StartFramework } from './apps/app.ts';
import { express4 } from './apps/express.ts';
import { overNode, overRequest } from './apps/index.ts';
import { startNest } from './apps/nest.ts';
import { carriedApis, describeCarrier } from './carrier-contract.ts';
import { type Embedded, openEmbedded, openFrameworkCarrier, type StartedApp, startServer } from './embedded.ts';

for (const [name, start] of Object.entries(overNode)) describeCarrier(name, () => openFrameworkCarrier(start));

// @hono/node-server reads no backslash in a path.
const refusedByHost = ['/v1/users\\1'];
for (const [name, start] of Object.entries(overRequest)) {
  // A route of Next.js is public if it is not wrapped, whatever the configuration says.
  if (name === 'miftah/next, its wrapper') continue;
  const form = name === 'miftah/hono' ? 'as sent' : 'as a Request';
  describeCarrier(name, () => openFrameworkCarrier(start), { form, refusedByHost });
}

const apis = `
  - id: palm
    profile: palm
    hosts: [a.localhost]
    upstream: UPSTREAM
    policy: { disable: true, scopes: { POST /v1/payments: payments:write } }
    publicPaths: [GET /health]
  - id: palcards
    profile: palcards
    hosts: [b.localhost]
    upstream: UPSTREAM
`;

type Headers = readonly (readonly [string, string])[];

/** What a gate recorded. */
interface Watched {
  readonly gate: Gate;
  readonly uses: Pick<Use, 'outcome' | 'statusClass' | 'isBilled'>[];
  readonly denials: Pick<Denial, 'reason' | 'method' | 'path'>[];
}

function watch(gate: Gate): Watched {
  const uses: Watched['uses'] = [];
  const denials: Watched['denials'] = [];
  const keep = ({ outcome, statusClass, isBilled }: Use) => void uses.push({ outcome, statusClass, isBilled });
  return {
    uses,
    denials,
    gate: {
      ...gate,
      usage: {
        recordUse: (_key, use) => keep(use),
        async recordUseInTurn(_key, use) {
          keep(use);
        },
      },
      denials: { recordDenial: ({ reason, method, path }) => void denials.push({ reason, method, path }) },
    },
  };
}

/** What a client sees of a refused request, without what differs between two requests. */
function readDenial({ status, headers, body }: RawReply): unknown {
  const {
    date: _,
    connection: __,
    'keep-alive': ___,
    'x-powered-by': ____,
    'x-request-id': requestId = '',
    ...others
  } = headers;
  const varying = /"(timestamp|time|requestId|request_id|reset\w*)":\s*("[^"]*"|\d+)/gi;
  const reset = others['x-ratelimit-reset'] === undefined ? undefined : 'a time';
  const told = reset === undefined ? others : { ...others, 'x-ratelimit-reset': reset, 'retry-after': 'seconds' };
  return [status, told, body.replaceAll(requestId, 'ID').replaceAll(varying, '"$1":0')];
}

let embedded: Embedded;
/** One whose storage is closed, and a key that no cache has. */
let closed: Embedded & { readonly secret: string };
let orgId: string;

beforeAll(async () => {
  embedded = await openEmbedded('', apis);
  const down = await openEmbedded('', apis);
  const { id } = await down.miftah.organizations.createOrganization(libraryOperator, { name: 'Acme' });
  const { secret } = await down.miftah.keys.createKey(libraryOperator, { apiId: 'palm', orgId: id, name: 'key' });
  await down.miftah.close();
  closed = { ...down, secret };
  ({ id: orgId } = await embedded.miftah.organizations.createOrganization(libraryOperator, {
    name: 'Acme',
    kind: 'dealer',
  }));
});
afterAll(async () => {
  await embedded.close();
  await closed.close();
});

afterEach(closeAll);

async function createKey(fields: object = {}, apiId = 'palm'): Promise<{ id: string; secret: string }> {
  const wanted = { apiId, orgId, name: 'key', ...fields };
  const { key, secret } = await embedded.miftah.keys.createKey(libraryOperator, wanted);
  return { id: key.id, secret };
}

const bearer = (secret: string): Headers => [['Authorization', `Bearer ${secret}`]];

/** `miftah/node` alone, to compare with. */
const plain: StartFramework = async (gate, options) => ({
  listener: apiKeyAuth(gate, options)((_req, res) => void res.end('allowed')),
});

const running: (readonly [FrameworkApp, StartedApp])[] = [];
afterAll(async () => {
  for (const [app, server] of running) {
    await server.close();
    await app.close?.();
  }
});

/** Starts an application, and returns a function that calls it. */
async function open(start: StartFramework, gate: Gate, options?: ApiKeyAuthOptions) {
  const app = await start(gate, options);
  const server = await startServer(app.listener);
  running.push([app, server]);
  const ask = (line: string, headers: Headers = []): Promise<RawReply> => {
    const length = line.startsWith('GET') ? [] : [['Content-Length', '0'] as const];
    const text = requestText(`${line} HTTP/1.1`, [['Host', 'a.localhost'], ...length, ...headers]);
    return sendRaw({ port: server.port, text });
  };
  return { ask, port: server.port };
}

/** Some hosts send it in chunks, whose lengths stand around it. */
const seenOf = ({ body }: RawReply): Seen => JSON.parse(/\{.*\}/s.exec(body)?.[0] ?? 'null') as Seen;

describe.each(Object.entries({ ...overNode, ...overRequest }))('%s', (_name, start) => {
  /** An application beside the plain carrier, with the same gate. */
  async function openBoth(gate = embedded.miftah.api('palm')) {
    const watched = watch(gate);
    const [app, reference] = [await open(start, watched.gate), await open(plain, gate)];
    const same = async (line: string, headers: Headers = []) => {
      const reply = await app.ask(line, headers);
      expect(readDenial(reply), line).toEqual(readDenial(await reference.ask(line, headers)));
      expect(reply.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
      return reply;
    };
    return { ...watched, app, same };
  }

  test('a request without a key, and one with a wrong key, get the vendor’s reply', async () => {
    const { same, denials, uses } = await openBoth();
    const missing = await same('GET /v1/users');
    expect([missing.status, missing.headers['www-authenticate']]).toEqual([401, 'Bearer realm="palm"']);
    expect((await same('GET /v1/users', bearer('sk_live_wrong'))).status).toBe(401);
    expect(denials.map(({ reason }) => reason)).toEqual(['credential_missing', 'credential_malformed']);
    expect(uses).toEqual([]);
  });

  test('an allowed request reaches its handler with its key, and is recorded once with its status', async () => {
    const { app, uses } = await openBoth();
    const { id, secret } = await createKey({ rateLimits: ['100/m'] });
    const reply = await app.ask('GET /v1/users', bearer(secret));
    expect([reply.status, seenOf(reply).auth]).toMatchObject([200, { keyId: id, orgId, apiId: 'palm' }]);
    expect(reply.headers['x-request-id']).toBe((seenOf(reply).auth as unknown as { requestId: string }).requestId);
    expect(reply.headers['x-ratelimit-remaining']).toBe('99');
    expect(uses).toEqual([{ outcome: 'allowed', statusClass: '2xx', isBilled: true }]);
  });

  test('a scope rule counts under the mount of a router, in every spelling', async () => {
    const { app, same, denials, uses } = await openBoth();
    const [without, holder] = [await createKey(), await createKey({ scopes: ['payments:write'] })];
    expect((await same('POST /v1/payments', bearer(without.secret))).status).toBe(403);
    for (const path of ['/v1/Payments', '/v1/payments/', '/v1/p%61yments', '/v1/payments?a=1'])
      expect((await app.ask(`POST ${path}`, bearer(without.secret))).status, path).toBe(403);
    expect(denials[0]).toEqual({ reason: 'scope_missing', method: 'POST', path: '/v1/payments' });
    expect((await app.ask('GET /v1/payments', bearer(without.secret))).status).toBe(200);
    expect(seenOf(await app.ask('POST /v1/payments', bearer(holder.secret))).auth?.keyId).toBe(holder.id);
    expect(uses.filter(({ outcome }) => outcome === 'allowed')).toHaveLength(2);
  });

  test('requireScopes refuses as a scope rule does: one denial, and no use that is billed', async () => {
    const { app, denials, uses } = await openBoth();
    const without = await createKey({ scopes: ['payments:write'], rateLimits: ['100/m'] });
    const byRule = await app.ask('POST /v1/payments', bearer((await createKey()).secret));
    denials.length = 0;
    uses.length = 0;
    const reply = await app.ask('POST /v1/refunds', bearer(without.secret));
    expect(readDenial(reply)).toEqual(readDenial(byRule));
    expect(denials).toEqual([{ reason: 'scope_missing', method: 'POST', path: '/v1/refunds' }]);
    expect(uses).toEqual([{ outcome: 'scope_missing', statusClass: undefined, isBilled: false }]);
    for (const scopes of [['refunds:write'], ['*']]) {
      const holder = await createKey({ scopes });
      const allowed = await app.ask('POST /v1/refunds', bearer(holder.secret));
      // Nest answers POST with 201.
      expect([Math.floor(allowed.status / 100), seenOf(allowed).auth?.keyId]).toEqual([2, holder.id]);
    }
  });

  test('a used-up limit gets the vendor’s reply with its headers', async () => {
    const { same, app } = await openBoth();
    const { secret } = await createKey({ rateLimits: ['1/m'] });
    expect((await app.ask('GET /v1/users', bearer(secret))).status).toBe(200);
    const limited = await same('GET /v1/users', bearer(secret));
    expect([limited.status, limited.headers['x-ratelimit-remaining']]).toEqual([429, '0']);
    expect(Number(limited.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  });

  test('the handler sees no header that names another key or another method', async () => {
    const { app } = await openBoth();
    const { secret, id } = await createKey();
    const spoofed: Headers = [
      ['X-Miftah-Org', 'org_evil'],
      ['x_miftah_key_id', 'key_evil'],
      ['X.Miftah-Scopes', '*'],
      ['x-MIFTAH!assertion', 'evil'],
      ['X-HTTP-Method-Override', 'DELETE'],
      ['X-Original-URL', '/v1/payments'],
      ['CF-Connecting-IP', '203.0.113.7'],
      ['X-Custom', 'kept'],
    ];
    const reply = await app.ask('GET /v1/users', [...spoofed, ...bearer(secret)]);
    expect(seenOf(reply)).toMatchObject({ method: 'GET', auth: { keyId: id } });
    const left = seenOf(reply).headers.filter((name) => !['host', 'authorization', 'connection'].includes(name));
    expect(left).toEqual(['x-custom']);
  });

  test('only a trusted proxy names the client', async () => {
    const gate = embedded.miftah.api('palcards');
    const { secret } = await createKey({ addresses: ['203.0.113.7'] }, 'palcards');
    const key: Headers = [['x-api-key', secret]];
    const forwarded: Headers = [...key, ['X-Forwarded-For', '203.0.113.7'], ['X-Request-Id', 'of-proxy']];
    const trusting = await open(start, gate, { trustedProxies: ['127.0.0.1'] });
    const allowed = await trusting.ask('GET /v1/users', forwarded);
    expect([allowed.status, allowed.headers['x-request-id']]).toEqual([200, 'of-proxy']);
    const direct = await trusting.ask('GET /v1/users', key);
    const mistrusting = await open(start, gate);
    const refused = await mistrusting.ask('GET /v1/users', forwarded);
    expect(refused.headers['x-request-id']).not.toBe('of-proxy');
    expect([direct.status, refused.status]).toEqual([401, 401]);
  });

  test('the application’s Vary and Cache-Control stay, and its replies are private otherwise', async () => {
    const app = await open(start, embedded.miftah.api('palcards'));
    const { secret } = await createKey({ addresses: ['127.0.0.1'] }, 'palcards');
    const key: Headers = [['x-api-key', secret]];
    const { headers: own } = await app.ask('GET /v1/cached', key);
    expect([own.vary?.toLowerCase(), own['cache-control']]).toEqual(['accept, x-api-key', 'public, max-age=60']);
    const { headers: others } = await app.ask('GET /v1/users', key);
    expect([others.vary?.toLowerCase(), others['cache-control']]).toEqual(['x-api-key', 'private']);
  });

  test('an error of the application stays the application’s', async () => {
    const { app, uses, denials } = await openBoth();
    const { secret } = await createKey();
    const reply = await app.ask('GET /v1/throw', bearer(secret));
    expect(reply.status).toBe(500);
    expect(reply.headers['content-type'] ?? '').not.toContain('problem');
    expect(reply.body).toMatch(/Internal Server Error|Internal server error|mistake/);
    expect(reply.body.includes('sk_live') || denials.length > 0).toBe(false);
    expect(mistake).not.toBe('');
    expect(uses).toEqual([{ outcome: 'allowed', statusClass: '5xx', isBilled: false }]);
  });

  test('an open reply is cut when its key is revoked', async () => {
    const gate = embedded.miftah.api('palm');
    const { port } = await open(start, gate);
    const { id, secret } = await createKey();
    const client = new RawClient(port).send(
      `GET /v1/stream HTTP/1.1\r\nHost: a.localhost\r\nAuthorization: Bearer ${secret}\r\n\r\n`,
    );
    await client.until((text) => text.includes('begun'));
    expect(gate.openExchanges.size).toBe(1);
    await embedded.miftah.keys.revokeKey(libraryOperator, id);
    expect(await client.closed()).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(gate.openExchanges.size).toBe(0);
  });

  test('an ended reply, and a client that left, are no longer tracked', async () => {
    const gate = embedded.miftah.api('palm');
    const app = await open(start, gate);
    const { secret } = await createKey();
    expect((await app.ask('GET /v1/users', bearer(secret))).status).toBe(200);
    await expect.poll(() => gate.openExchanges.size, { interval: 2 }).toBe(0);
    const client = new RawClient(app.port).send(
      `GET /v1/stream HTTP/1.1\r\nHost: a.localhost\r\nAuthorization: Bearer ${secret}\r\n\r\n`,
    );
    await client.until((text) => text.includes('begun'));
    client.socket.resetAndDestroy();
    await expect.poll(() => gate.openExchanges.size, { interval: 2 }).toBe(0);
  });

  test('nothing passes while the storage is down', async () => {
    const { same } = await openBoth(closed.miftah.api('palm'));
    const reply = await same('GET /v1/users', bearer(closed.secret));
    expect([reply.status, reply.body.includes('auth')]).toEqual([503, false]);
  });
});

describe('without a guard before it, requireScopes lets nothing pass', () => {
  const asked = async (app: FrameworkApp): Promise<RawReply> => {
    const server = createServer(app.listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const reply = await sendRaw({ port, text: requestText('GET /a HTTP/1.1', [['Host', 'x']]) });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await app.close?.();
    return reply;
  };
  const passed = 'it passed';
  const apps: Readonly<Record<string, () => Promise<FrameworkApp>>> = {
    async express() {
      const app = express().set('env', 'test');
      return { listener: app.get('/a', onExpress.requireScopes('a'), (_req, res) => void res.send(passed)) };
    },
    async fastify() {
      const app = fastify();
      app.get('/a', { onRequest: onFastify.requireScopes('a') }, async () => passed);
      await app.ready();
      return { listener: (req, res) => void app.server.emit('request', req, res), close: () => app.close() };
    },
    async koa() {
      const app = new Koa().use(onKoa.requireScopes('a'));
      app.silent = true;
      app.use((context) => {
        context.body = passed;
      });
      return { listener: app.callback() };
    },
    async hono() {
      const app = new Hono().get('/a', onHono.requireScopes('a'), (c) => c.text(passed));
      app.onError((error, c) => c.text(error.message, 500));
      return { listener: getRequestListener(app.fetch) };
    },
  };
  test.each(Object.entries(apps))('%s', async (_name, start) => {
    const { status, body } = await asked(await start());
    expect([status, body.includes(passed)]).toEqual([500, false]);
  });
});

test.each<[string, (...scopes: readonly string[]) => unknown]>([
  ['express', onExpress.requireScopes],
  ['fastify', onFastify.requireScopes],
  ['koa', onKoa.requireScopes],
  ['hono', onHono.requireScopes],
  ['nest', onNest.RequireScopes],
])('requireScopes of %s without a scope throws before the first request', (_name, require) => {
  expect(() => require()).toThrow(TypeError);
  expect(() => require('')).toThrow('needs one or more scopes');
});

test.each<[string, (options: ApiKeyAuthOptions) => unknown]>([
  ['express', (options) => onExpress.apiKeyAuth(embedded.miftah.api('palm'), options)],
  ['koa', (options) => onKoa.apiKeyAuth(embedded.miftah.api('palm'), options)],
  ['hono', (options) => onHono.apiKeyAuth(embedded.miftah.api('palm'), options)],
  ['nest', (options) => new onNest.ApiKeyGuard({ gate: embedded.miftah.api('palm'), ...options })],
  // Its gate opens with the first request.
  [
    'next',
    (options) =>
      withApiKey(
        () => expect.fail('it is not opened'),
        () => new Response(),
        options,
      ),
  ],
])('an unknown option of %s throws before the first request', (_name, create) => {
  expect(() => create({ scope: ['a'] } as ApiKeyAuthOptions)).toThrow('did you mean scopes?');
});

test('an unknown option of fastify fails the registration', async () => {
  const gate = embedded.miftah.api('palm');
  const options = { gate, scope: ['a'] } as unknown as onFastify.ApiKeyAuthPluginOptions;
  await expect(fastify().register(onFastify.apiKeyAuth, options).ready()).rejects.toThrow('did you mean scopes?');
});

test('a key in the query is gone from what a framework reads after the guard', async () => {
  const { miftah, close } = await openEmbedded('', carriedApis);
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Acme' });
  const { secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'queries', orgId, name: 'key' });
  const gate = miftah.api('queries');
  const guard = onExpress.apiKeyAuth(gate);
  const show: RequestHandler = ({ url, originalUrl, query }, res) => void res.json([url, originalUrl, query]);
  const hooked = fastify();
  await hooked.register(onFastify.apiKeyAuth, { gate });
  hooked.get('/v1/a', async ({ url, originalUrl, query }) => [url, originalUrl, query]);
  await hooked.ready();
  const onHonoUrls = new Hono().use(onHono.apiKeyAuth(gate));
  onHonoUrls.get('/v1/a', (c) =>
    c.json([c.req.url, (c.env as { incoming: IncomingMessage }).incoming.url, c.req.query()]),
  );
  const protect = onFetch.apiKeyAuth(gate);
  const frameworks = {
    express5: startServer(express().use('/v1', guard, show)),
    express4: startServer(express4().use('/v1', guard, show)),
    fastify: startServer((req, res) => void hooked.server.emit('request', req, res)),
    hono: startServer(getRequestListener(onHonoUrls.fetch)),
    fetch: startServer(getRequestListener(protect(({ url, headers }) => Response.json([url, headers.get('referer')])))),
  };
  const seen: Record<string, unknown> = {};
  for (const [name, starting] of Object.entries(frameworks)) {
    const started = await starting;
    const text = requestText(`GET /v1/a?api_key=${secret}&b=1 HTTP/1.1`, [
      ['Host', 'x'],
      ['Referer', `http://x/?api_key=${secret}`],
    ]);
    const reply = await sendRaw({ port: started.port, text });
    await started.close();
    seen[name] = JSON.parse(/\[.*\]/s.exec(reply.body.replaceAll(secret, 'KEY'))?.[0] ?? 'null');
  }
  expect(seen).toEqual({
    express5: ['/a?b=1', '/v1/a?b=1', { b: '1' }],
    // These two parse the query before the guard runs.
    express4: ['/a?b=1', '/v1/a?b=1', { api_key: 'KEY', b: '1' }],
    fastify: ['/v1/a?b=1', '/v1/a?b=1', { api_key: 'KEY', b: '1' }],
    hono: ['http://x/v1/a?b=1', '/v1/a?b=1', { b: '1' }],
    fetch: ['http://x/v1/a?b=1', 'http://x/'],
  });
  await hooked.close();
  await close();
});

test('a method override before the guard is refused, and one after it has no effect', async () => {
  const { miftah, close } = await openEmbedded();
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Acme' });
  const { secret } = await miftah.keys.createKey(libraryOperator, {
    apiId: 'classic',
    orgId,
    name: 'key',
    endpoints: ['POST /v1/orders'],
  });
  const guard = onExpress.apiKeyAuth(miftah.api('classic'));
  const end: RequestHandler = (req, res) => void res.end(req.method);
  const before = express().use(methodOverride('_method')).use(methodOverride()).use('/v1', guard, end);
  const after = express().use('/v1', guard, methodOverride(), end);
  const bare = express().use(methodOverride(), end);
  const ask = async (app: RequestListener, path: string, headers: readonly (readonly [string, string])[] = []) => {
    const started = await startServer(app);
    const common = [
      ['Host', 'x'],
      ['Authorization', `Bearer ${secret}`],
      ['Content-Length', '0'],
    ] as const;
    const reply = await sendRaw({
      port: started.port,
      text: requestText(`POST ${path} HTTP/1.1`, [...common, ...headers]),
    });
    await started.close();
    return reply.status === 200 ? reply.body : reply.status;
  };
  const override = [['X-HTTP-Method-Override', 'DELETE']] as const;
  // The package does follow the header without a guard.
  expect(await ask(bare, '/v1/orders', override)).toBe('DELETE');
  expect(await ask(before, '/v1/orders')).toBe('POST');
  expect(await ask(before, '/v1/orders', override)).toBe(405);
  expect(await ask(before, '/v1/orders?_method=DELETE')).toBe(405);
  expect(await ask(after, '/v1/orders', override)).toBe('POST');
  const hono = new Hono().post('/v1/orders', onHono.apiKeyAuth(miftah.api('classic')), (c) => c.text(c.req.method));
  hono.delete('/v1/orders', onHono.apiKeyAuth(miftah.api('classic')), (c) => c.text(c.req.method));
  const overriding = new Hono().use(overrideMethod({ app: hono, header: 'X-HTTP-METHOD' })).route('/', hono);
  expect(await ask(getRequestListener(overriding.fetch), '/v1/orders')).toBe('POST');
  expect(await ask(getRequestListener(overriding.fetch), '/v1/orders', [['X-HTTP-METHOD', 'DELETE']])).toBe(405);
  await close();
});

test('a public path whose route needs a scope is refused, with a key too', async () => {
  const app = express()
    .set('env', 'test')
    .use(onExpress.apiKeyAuth(embedded.miftah.api('palm')));
  const server = await startServer(
    app.get('/health', onExpress.requireScopes('admin'), (_req, res) => void res.send('healthy')),
  );
  const { secret } = await createKey({ scopes: ['*'] });
  for (const headers of [[], bearer(secret)]) {
    const text = requestText('GET /health HTTP/1.1', [['Host', 'x'], ...headers]);
    expect((await sendRaw({ port: server.port, text })).status).toBe(401);
  }
  await server.close();
});

/** Decides about a request that no server received. */
async function decide(options: FetchAuthOptions, request: Request, apiId = 'palcards'): Promise<Response> {
  return onFetch.apiKeyAuth(embedded.miftah.api(apiId), options)(answerWithHeaders)(request);
}

const answerWithHeaders = ({ headers }: Request) => Response.json([...headers.keys()]);

test('without an address, a key with an address list is refused', async () => {
  const { secret } = await createKey({ addresses: ['203.0.113.7'] }, 'palcards');
  const request = () => new Request('http://b.localhost/v1/users', { headers: { 'x-api-key': secret } });
  const status = async (options: FetchAuthOptions) => (await decide(options, request())).status;
  expect(await status({})).toBe(401);
  expect(await status({ clientAddress: () => undefined })).toBe(401);
  expect(await status({ clientAddress: () => 'unknown' })).toBe(401);
  expect(await status({ clientAddress: () => '203.0.113.8' })).toBe(401);
  expect(await status({ clientAddress: () => '203.0.113.7' })).toBe(200);
  expect(await status({ clientAddress: () => '::ffff:203.0.113.7' })).toBe(200);
  const failing = () => {
    throw new Error('no such header');
  };
  expect(await status({ clientAddress: failing })).toBe(503);
  expect(() => onFetch.apiKeyAuth(embedded.miftah.api('palm'), { clientAddress: '::1' as never })).toThrow(
    'clientAddress must be a function',
  );
});

test('read-only headers of a request and of a response are no obstacle', async () => {
  const { secret } = await createKey();
  const request = new Request('http://a.localhost/v1/users?a=1', {
    method: 'POST',
    body: 'sent',
    headers: { authorization: `Bearer ${secret}`, 'x-miftah-org': 'org_evil' },
  });
  const readOnly = () => {
    throw new TypeError('immutable');
  };
  request.headers.delete = readOnly;
  const gate = embedded.miftah.api('palm');
  const reply = await onFetch.apiKeyAuth(gate)(async (cleaned) => {
    expect([cleaned.method, cleaned.url, cleaned.headers.has('x-miftah-org')]).toEqual(['POST', request.url, false]);
    expect(await cleaned.text()).toBe('sent');
    return Response.redirect('http://a.localhost/elsewhere');
  })(request);
  expect([reply.status, reply.headers.get('location')]).toEqual([302, 'http://a.localhost/elsewhere']);
  expect(reply.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
});

test('a key that is revoked before the response begins gets the vendor’s reply in its place', async () => {
  const gate = embedded.miftah.api('palm');
  const { id, secret } = await createKey();
  const request = new Request('http://a.localhost/v1/users', { headers: { authorization: `Bearer ${secret}` } });
  const reply = await onFetch.apiKeyAuth(gate)(async () => {
    await embedded.miftah.keys.revokeKey(libraryOperator, id);
    await expect.poll(() => gate.openExchanges.size, { interval: 2 }).toBe(0);
    return new Response('too late');
  })(request);
  expect([reply.status, (await reply.text()).includes('late')]).toEqual([401, false]);
});

test('a client that leaves a handler that never answers is no longer tracked, and is recorded once', async () => {
  const { gate, uses } = watch(embedded.miftah.api('palm'));
  const { secret } = await createKey();
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${secret}` };
  const request = new Request('http://a.localhost/v1/users', { headers, signal: leaving.signal });
  let answer: (response: Response) => void = () => {};
  const late = onFetch.apiKeyAuth(gate)(() => new Promise<Response>((resolve) => (answer = resolve)))(request);
  await expect.poll(() => gate.openExchanges.size, { interval: 2 }).toBe(1);
  leaving.abort();
  expect(gate.openExchanges.size).toBe(0);
  answer(new Response(null, { status: 204 }));
  expect((await late).status).toBe(204);
  expect([gate.openExchanges.size, uses.map(({ statusClass }) => statusClass)]).toEqual([0, ['none']]);
});

test.for(['before', 'after'])('a stream whose request was aborted %s it began is cut with its key', async (when) => {
  const gate = embedded.miftah.api('palm');
  const { id, secret } = await createKey();
  const leaving = new AbortController();
  const headers = { authorization: `Bearer ${secret}` };
  const request = new Request('http://a.localhost/v1/users', { headers, signal: leaving.signal });
  const response = await onFetch.apiKeyAuth(gate)(() => {
    if (when === 'before') leaving.abort();
    return new Response(new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('first')) }));
  })(request);
  if (when === 'after') leaving.abort();
  expect(gate.openExchanges.size).toBe(1);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('first');
  const next = reader.read();
  next.catch(() => undefined);
  await embedded.miftah.keys.revokeKey(libraryOperator, id);
  await expect(next).rejects.toThrow('lost its permissions');
  expect(gate.openExchanges.size).toBe(0);
});

test('Hono without a server gets its address from clientAddress', async () => {
  const { secret } = await createKey({ addresses: ['203.0.113.7'] }, 'palcards');
  const ask = async (options: FetchAuthOptions) => {
    const app = new Hono<onHono.AuthEnv>().use(onHono.apiKeyAuth(embedded.miftah.api('palcards'), options));
    app.get('/', (c) => c.text(c.var.auth?.orgId ?? ''));
    const reply = await app.request('http://b.localhost/', { headers: { 'x-api-key': secret } });
    return [reply.status, (await reply.text()) === orgId];
  };
  expect(await ask({ clientAddress: () => '203.0.113.7' })).toEqual([200, true]);
  expect(await ask({})).toEqual([401, false]);
});

test('Nest: a public route needs no key, unless a scope guards it, and what is no HTTP request is refused', async () => {
  const app = await startNest()(embedded.miftah.api('palm'));
  const server = await startServer(app.listener);
  const status = async (line: string) =>
    (
      await sendRaw({
        port: server.port,
        text: requestText(`${line} HTTP/1.1`, [
          ['Host', 'x'],
          ['Content-Length', '0'],
        ]),
      })
    ).status;
  expect(await status('GET /v1/public')).toBe(200);
  expect(await status('GET /v1/public-but-scoped')).toBe(401);
  expect(await status('GET /v1/users')).toBe(401);
  await server.close();
  await app.close?.();
  const guard = new onNest.ApiKeyGuard({ gate: embedded.miftah.api('palm') });
  expect(guard.canActivate({ getType: () => 'rpc' } as ExecutionContext)).toBe(false);
});

test('Fastify: a refused request skips the later hooks, except onResponse, and inject needs a key too', async () => {
  const { secret } = await createKey({ addresses: ['127.0.0.1'] }, 'palcards');
  const hooks: string[] = [];
  const app = fastify();
  await app.register(onFastify.apiKeyAuth, { gate: embedded.miftah.api('palcards') });
  app.addHook('preHandler', async () => void hooks.push('preHandler'));
  app.addHook('onSend', async () => void hooks.push('onSend'));
  app.addHook('onResponse', async () => void hooks.push('onResponse'));
  app.get('/a', async ({ auth }) => auth?.orgId);
  const refused = await app.inject('/a');
  expect([refused.statusCode, hooks]).toEqual([401, ['onResponse']]);
  const allowed = await app.inject({ url: '/a', headers: { 'x-api-key': secret } });
  expect([allowed.statusCode, allowed.body]).toEqual([200, orgId]);
  await app.close();
});

test('Hono: requireScopes in a mounted application finds no decision, and lets nothing pass', async () => {
  const { secret } = await createKey({ scopes: ['*'] });
  const inner = new Hono().get('/a', onHono.requireScopes('a'), (c) => c.text('it passed'));
  inner.onError((error, c) => c.text(error.message, 500));
  const app = new Hono().use(onHono.apiKeyAuth(embedded.miftah.api('palm'))).mount('/v1', inner.fetch);
  const reply = await app.request('http://a.localhost/v1/a', { headers: { authorization: `Bearer ${secret}` } });
  expect([reply.status, await reply.text()]).toEqual([500, expect.stringContaining('mount apiKeyAuth before it')]);
});

test('Nest: the guard alone, for one controller', async () => {
  const gate = embedded.miftah.api('palm');
  class Guarded {
    read(auth: { readonly orgId: string }): string {
      return auth.orgId;
    }
  }
  UseGuards(new onNest.ApiKeyGuard({ gate }))(Guarded);
  NestGet()(Guarded.prototype, 'read', Object.getOwnPropertyDescriptor(Guarded.prototype, 'read') ?? {});
  onNest.Auth()(Guarded.prototype, 'read', 0);
  NestController('guarded')(Guarded);
  class App {}
  NestModule({ controllers: [Guarded] })(App);
  const app = await NestFactory.create(App, { logger: false });
  await app.init();
  const server = await startServer(app.getHttpAdapter().getInstance() as RequestListener);
  const { secret } = await createKey();
  const ask = (headers: Headers) =>
    sendRaw({ port: server.port, text: requestText('GET /guarded HTTP/1.1', [['Host', 'x'], ...headers]) });
  expect((await ask([])).status).toBe(401);
  expect((await ask(bearer(secret))).body).toBe(orgId);
  await server.close();
  await app.close();
});
