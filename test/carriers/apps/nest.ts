import 'reflect-metadata';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, All as OnAll, Module as OnModule, Post, Req, Res } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiKeyModule, Auth, Public, RequireScopes } from '../../../src/middleware/nest.ts';
import { cached, fail, type StartFramework, seen } from './app.ts';

/** Express' own messages, or Fastify's around those of Node.js. */
interface Messages {
  readonly raw?: unknown;
  /** Tells Fastify that the handler answers by itself. */
  hijack?(): void;
}

/** The handler gets what Node.js received and sends, under each adapter. */
function onRaw(
  handle: (auth: unknown, req: IncomingMessage, res: ServerResponse) => void,
): (auth: unknown, req: Messages, res: Messages) => void {
  return (auth, req, res) => {
    res.hijack?.();
    handle(auth, (req.raw ?? req) as IncomingMessage, (res.raw ?? res) as ServerResponse);
  };
}

// A decorator marks a function, so each route has one of its own.
const answerSeen = () => onRaw((auth, req, res) => res.end(seen(auth, req)));

/** Calls Nest's decorators as functions, because nothing here is compiled with decorators. */
export const startNest =
  (startAdapter?: () => AbstractHttpAdapter): StartFramework =>
  async (gate, options) => {
    const describe = (type: { readonly prototype: object }, name: string, ...decorators: MethodDecorator[]) => {
      const described = Object.getOwnPropertyDescriptor(type.prototype, name) as PropertyDescriptor;
      for (const decorate of decorators) decorate(type.prototype, name, described);
      Auth()(type.prototype, name, 0);
      Req()(type.prototype, name, 1);
      Res()(type.prototype, name, 2);
    };
    // Each adapter has its own wildcard.
    const wildcard = startAdapter === undefined ? '*path' : '*';
    class V1 {
      throws(): void {
        fail();
      }
    }
    Object.assign(V1.prototype, {
      refund: answerSeen(),
      open: answerSeen(),
      scoped: answerSeen(),
      cached: onRaw((auth, req, res) => {
        for (const [name, value] of Object.entries(cached)) res.setHeader(name, value);
        res.end(seen(auth, req));
      }),
      stream: onRaw((_auth, _req, res) => void res.write('begun')),
      // Express takes the first route that matches.
      echo: answerSeen(),
    });
    describe(V1, 'open', Get('public'), Public());
    describe(V1, 'scoped', Get('public-but-scoped'), Public(), RequireScopes('admin'));
    describe(V1, 'refund', Post('refunds'), RequireScopes('refunds:write'));
    describe(V1, 'cached', Get('cached'));
    describe(V1, 'throws', Get('throw'));
    describe(V1, 'stream', Get('stream'));
    describe(V1, 'echo', OnAll(wildcard));
    Controller('v1')(V1);
    class Root {}
    Object.assign(Root.prototype, { echo: answerSeen() });
    describe(Root, 'echo', OnAll(['', wildcard]));
    Controller()(Root);
    class App {}
    OnModule({
      imports: [ApiKeyModule.forRootAsync({ useFactory: async () => ({ gate, ...options }) })],
      controllers: [V1, Root],
    })(App);
    const app =
      startAdapter === undefined
        ? await NestFactory.create(App, { logger: false })
        : await NestFactory.create(App, startAdapter(), { logger: false });
    await app.init();
    const server = app.getHttpServer();
    await app.getHttpAdapter().getInstance().ready?.();
    return { listener: (req, res) => void server.emit('request', req, res), close: () => app.close() };
  };

export const startNestOnFastify: StartFramework = startNest(() => new FastifyAdapter());
