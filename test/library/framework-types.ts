// What the adapters' types promise. It is compiled here with the sources, and in `scripts/check-package.mjs` with the
// package, as ES modules, for bundlers and as CommonJS.
import { Controller, Get, Module } from '@nestjs/common';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import type { Gate } from '../../src/index.ts';
import * as onExpress from '../../src/middleware/express.ts';
import * as onFastify from '../../src/middleware/fastify.ts';
import * as onFetch from '../../src/middleware/fetch.ts';
import * as onHono from '../../src/middleware/hono.ts';
import * as onKoa from '../../src/middleware/koa.ts';
import { ApiKeyModule, type Auth, RequireScopes } from '../../src/middleware/nest.ts';
import { withApiKey } from '../../src/middleware/next.ts';

export function inExpress(gate: Gate): express.Express {
  const app = express().use(onExpress.apiKeyAuth(gate, { scopes: ['a'] }));
  return app.get('/', onExpress.requireScopes('a'), (req, res) => {
    const orgId: string | undefined = req.auth?.orgId;
    res.send(orgId);
  });
}

export async function inFastify(gate: Gate): Promise<void> {
  const app = fastify();
  await app.register(onFastify.apiKeyAuth, { gate, passHeaders: [] });
  app.get('/', { onRequest: onFastify.requireScopes('a') }, async ({ auth }) => {
    const orgId: string | undefined = auth?.orgId;
    return orgId;
  });
  app.get('/late', { preHandler: onFastify.requireScopes('a') }, async () => 'ok');
}

export function inKoa(gate: Gate): Koa {
  const app = new Koa().use(onKoa.apiKeyAuth(gate)).use(onKoa.requireScopes('a'));
  return app.use((context) => {
    const orgId: string | undefined = context.state.auth?.orgId;
    context.body = orgId;
  });
}

export function inHono(gate: Gate): unknown {
  const app = new Hono<onHono.AuthEnv>().use(onHono.apiKeyAuth(gate, { clientAddress: () => '::1' }));
  const untyped = new Hono().use(onHono.apiKeyAuth(gate)).get('/', onHono.requireScopes('a'), (c) => c.text('ok'));
  return app.route('/v1', untyped).get('/', onHono.requireScopes('a'), (c) => {
    const orgId: string | undefined = c.var.auth?.orgId;
    return c.text(orgId ?? '');
  });
}

export const inFetch = (gate: Gate): ((request: Request, more: number) => Promise<Response>) =>
  onFetch.apiKeyAuth(gate)((_request, auth, more: number) => new Response(auth.orgId + more));

export function inNest(gate: Gate): unknown {
  class Routes {
    read(auth: Auth): string {
      return auth.orgId;
    }
  }
  RequireScopes('a')(Routes);
  Controller()(Routes);
  Get()(Routes.prototype, 'read', {});
  class App {}
  Module({ imports: [ApiKeyModule.forRoot({ gate }), ApiKeyModule.forRootAsync({ useFactory: () => ({ gate }) })] })(
    App,
  );
  return App;
}

export const inNext = (gate: Gate): ((request: Request, context: { params: Promise<object> }) => Promise<Response>) =>
  withApiKey(
    async () => gate,
    async (_request, { params, auth }) => Response.json([await params, auth.orgId]),
  );
