// `miftah/node` inside real frameworks, mounted where they change `req.url`: the decisions are the same as at the root.
import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { createRequire } from 'node:module';
import { type AddressInfo, connect } from 'node:net';
import { Controller, type MiddlewareConsumer, All as OnAll, Module as OnModule, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import express, { type Express, type RequestHandler } from 'express';
import fastify, { type FastifyInstance, type onRequestHookHandler } from 'fastify';
import Koa, { type Middleware } from 'koa';
import mount from 'koa-mount';
import methodOverride from 'method-override';
import { expect, test } from 'vitest';
import { libraryOperator } from '../../src/management/rights.ts';
import { type AuthenticatedRequest, apiKeyAuth, type Protect } from '../../src/middleware/node.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import { type CarriedReply, type CarriedRequest, carriedApis, describeCarrier } from './carrier-contract.ts';
import {
  type GuardOf,
  openEmbedded,
  openEmbeddedCarrier,
  type StartedApp,
  startedOn,
  startServer,
} from './embedded.ts';

const authOf = (req: IncomingMessage) => JSON.stringify((req as Partial<AuthenticatedRequest>).auth ?? null);
const answer = (req: IncomingMessage, res: ServerResponse) => void res.end(authOf(req));

/** The guard as middleware: what may pass goes on, with a key or to a public path. */
const passing = (protect: Protect, next: () => void) =>
  protect(
    () => next(),
    () => next(),
  );

describeCarrier('a node:http handler that cuts a prefix off req.url', () =>
  openEmbeddedCarrier((guardOf) =>
    startServer((req, res) => {
      if (req.url?.startsWith('/v1/') === true) req.url = req.url.slice('/v1'.length);
      guardOf(req.headers.host)(answer, answer)(req, res);
    }),
  ),
);

type Next = (error?: unknown) => void;
type Step = (req: IncomingMessage, res: ServerResponse, next: Next) => void;

/** A chain as in Connect: a step sees the URL without the path of its mount. */
function chain(steps: readonly { readonly path: string; readonly step: Step }[]): RequestListener {
  return (req, res) => {
    const whole = req.url as string;
    const run = (at: number): void => {
      const here = steps.findIndex(({ path }, index) => index >= at && whole.startsWith(path));
      const { path, step } = steps[here] as (typeof steps)[number];
      req.url = whole.slice(path.length).replace(/^(?!\/)/, '/');
      step(req, res, () => run(here + 1));
    };
    run(0);
  };
}

describeCarrier('a chain of steps that does not keep the original URL', () =>
  openEmbeddedCarrier((guardOf) => {
    const step: Step = (req, res, next) => passing(guardOf(req.headers.host), next)(req, res);
    return startServer(
      chain([
        { path: '/v1', step },
        { path: '/v1', step: answer },
        { path: '', step },
        { path: '', step: answer },
      ]),
    );
  }),
);

/** Mounts the guard on a router under `/v1`, and on everything else. */
function mountIn(app: Express, router: ReturnType<typeof express.Router>, guardOf: GuardOf): Express {
  const guard: RequestHandler = (req, res, next) => passing(guardOf(req.headers.host), next)(req, res);
  router.use(guard, (req, res) => void res.end(authOf(req)));
  app.use('/v1', router);
  app.use(guard, (req, res) => void res.end(authOf(req)));
  return app;
}

describeCarrier('Express 5, a router under /v1', () =>
  openEmbeddedCarrier((guardOf) => startServer(mountIn(express(), express.Router(), guardOf))),
);

const require = createRequire(import.meta.url);
const express4 = require('express4') as typeof express;

describeCarrier('Express 4, a router under /v1', () =>
  openEmbeddedCarrier((guardOf) => startServer(mountIn(express4(), express4.Router(), guardOf))),
);

/** Calls Nest's decorators as functions, because nothing here is compiled with decorators. */
async function startNest(guardOf: GuardOf): Promise<StartedApp> {
  class Api {
    answer(req: IncomingMessage, res: ServerResponse): void {
      answer(req, res);
    }
  }
  const described = Object.getOwnPropertyDescriptor(Api.prototype, 'answer') as PropertyDescriptor;
  OnAll(['v1/*path', '*path'])(Api.prototype, 'answer', described);
  Req()(Api.prototype, 'answer', 0);
  Res()(Api.prototype, 'answer', 1);
  Controller()(Api);
  class App {
    configure(consumer: MiddlewareConsumer): void {
      const guard = (req: IncomingMessage, res: ServerResponse, next: Next) =>
        passing(guardOf(req.headers.host), next)(req, res);
      consumer.apply(guard).forRoutes('v1');
      consumer.apply(guard).exclude('v1', 'v1/*path').forRoutes('*path');
    }
  }
  OnModule({ controllers: [Api] })(App);
  const app = await NestFactory.create(App, { logger: false });
  await app.listen(0, '127.0.0.1');
  const started = startedOn(app.getHttpServer());
  return { port: started.port, close: () => Promise.all([started.close(), app.close()]) };
}

describeCarrier('Nest, a middleware forRoutes', () => openEmbeddedCarrier(startNest));

async function startFastify(app: FastifyInstance): Promise<StartedApp> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const started = startedOn(app.server);
  return { port: started.port, close: () => Promise.all([started.close(), app.close()]) };
}

function guardFastify(app: FastifyInstance, prefix: string, guardOf: GuardOf): FastifyInstance {
  const onRequest: onRequestHookHandler = (request, reply, done) =>
    passing(guardOf(request.headers.host), done)(request.raw, reply.raw);
  app.register(
    async (scope) => {
      scope.addHook('onRequest', onRequest);
      scope.all('/*', async ({ raw }) => authOf(raw));
    },
    { prefix },
  );
  app.all('/*', { onRequest }, async ({ raw }) => authOf(raw));
  return app;
}

describeCarrier('Fastify, a plugin under a prefix', () =>
  openEmbeddedCarrier((guardOf) => startFastify(guardFastify(fastify(), '/v1', guardOf))),
);

describeCarrier('Fastify with rewriteUrl', () =>
  openEmbeddedCarrier((guardOf) =>
    startFastify(guardFastify(fastify({ rewriteUrl: ({ url }) => `/inner${url}` }), '/inner/v1', guardOf)),
  ),
);

describeCarrier('Koa, mounted', () =>
  openEmbeddedCarrier((guardOf) => {
    const guard: Middleware = ({ req, res }, next) =>
      new Promise((resolve, reject) => {
        res.once('close', resolve);
        passing(guardOf(req.headers.host), () => next().then(resolve, reject))(req, res);
      });
    const end: Middleware = (context) => {
      context.body = authOf(context.req);
    };
    const app = new Koa();
    const inner = new Koa().use(guard).use(end);
    app.use(mount('/v1', inner)).use(guard).use(end);
    return startServer(app.callback());
  }),
);

describeCarrier('HTTP/2, by its compatibility API', () =>
  openEmbeddedCarrier(async (guardOf) => {
    const server = createHttp2Server((incoming, outgoing) => {
      const { authority } = incoming;
      if (incoming.url.startsWith('/v1/')) incoming.url = incoming.url.slice('/v1'.length);
      const [req, res] = [incoming, outgoing] as unknown as [IncomingMessage, ServerResponse];
      guardOf(authority)(answer, answer)(req, res);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      port,
      send: (request) => sendHttp2(port, request),
      close: () => new Promise((resolve) => server.close(resolve)),
    };
  }),
);

async function sendHttp2(
  port: number,
  { api, method = 'GET', path = '/v1/users/usr_123', headers, from = '127.0.0.1' }: CarriedRequest,
): Promise<CarriedReply> {
  const options = {
    // Two lines of one field are sent unchanged. The types do not include this yet.
    strictSingleValueFields: false,
    createConnection: () => connect({ port, host: '127.0.0.1', localAddress: from }),
  };
  const session = connectHttp2(`http://${api}`, options);
  const pseudo = { ':method': method, ':path': path, ':authority': api, ':scheme': 'http' };
  const lines = [...Object.entries(pseudo), ...headers].flatMap(([name, value]) => [name.toLowerCase(), value]);
  const stream = session.request(lines, { endStream: true });
  const [replied] = (await once(stream, 'response')) as [Record<string, string>];
  let body = '';
  for await (const chunk of stream.setEncoding('utf8')) body += chunk;
  session.close();
  return { status: Number(replied[':status']), headers: replied, body };
}

test('an HTTP/2 host of one environment accepts only its keys', async () => {
  const { miftah, close } = await openEmbedded();
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'A', kind: 'dealer' });
  const wanted = { apiId: 'palcards', orgId, name: 'key', environment: 'test', addresses: ['127.0.0.1'] } as const;
  const { secret } = await miftah.keys.createKey(libraryOperator, wanted);
  const guard = apiKeyAuth(miftah.api('palcards'))(answer);
  const server = createHttp2Server((req, res) => guard(req as never, res as never)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const statusAt = async (host: string, more: CarriedRequest['headers'] = []) => {
    const headers = [['x-api-key', secret] as const, ...more];
    return (await sendHttp2(port, { api: host as CarriedRequest['api'], headers })).status;
  };
  expect(await statusAt('api-sandbox.palcards.localhost')).toBe(200);
  expect(await statusAt('api.palcards.localhost')).toBe(401);
  expect(await statusAt('api.palcards.localhost', [['host', 'api-sandbox.palcards.localhost']])).toBe(400);
  await new Promise((resolve) => server.close(resolve));
  await close();
});

test('a key in the query is gone from what a framework reads after the guard', async () => {
  const { miftah, close } = await openEmbedded('', carriedApis);
  const { id: orgId } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Acme' });
  const { secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'queries', orgId, name: 'key' });
  const protect = apiKeyAuth(miftah.api('queries'));
  const guard: RequestHandler = (req, res, next) => protect(() => next())(req, res);
  const show: RequestHandler = ({ url, originalUrl, query }, res) => void res.json([url, originalUrl, query]);
  const hooked = fastify();
  hooked.addHook('onRequest', (request, reply, done) => protect(() => done())(request.raw, reply.raw));
  hooked.get('/v1/a', async ({ url, originalUrl, query }) => [url, originalUrl, query]);
  const startExpress = (app: Express) => startServer(app.use('/v1', guard, show));
  const frameworks = {
    express5: startExpress(express()),
    express4: startExpress(express4()),
    fastify: startFastify(hooked),
  };
  const seen: Record<string, unknown> = {};
  for (const [name, starting] of Object.entries(frameworks)) {
    const started = await starting;
    const text = requestText(`GET /v1/a?api_key=${secret}&b=1 HTTP/1.1`, [['Host', 'x']]);
    const reply = await sendRaw({ port: started.port, text });
    await started.close();
    seen[name] = JSON.parse(reply.body.replaceAll(secret, 'KEY'));
  }
  expect(seen).toEqual({
    express5: ['/a?b=1', '/v1/a?b=1', { b: '1' }],
    // These two parse the query before the guard runs.
    express4: ['/a?b=1', '/v1/a?b=1', { api_key: 'KEY', b: '1' }],
    fastify: ['/v1/a?b=1', '/v1/a?b=1', { api_key: 'KEY', b: '1' }],
  });
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
  const protect = apiKeyAuth(miftah.api('classic'));
  const guard: RequestHandler = (req, res, next) => protect(() => next())(req, res);
  const end: RequestHandler = (req, res) => void res.end(req.method);
  const before = express().use(methodOverride('_method')).use(methodOverride()).use('/v1', guard, end);
  const after = express().use('/v1', guard, methodOverride(), end);
  const bare = express().use(methodOverride(), end);
  const ask = async (app: RequestListener, path: string, headers: readonly (readonly [string, string])[] = []) => {
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const started = startedOn(server);
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
  await close();
});
