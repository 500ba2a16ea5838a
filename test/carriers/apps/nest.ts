import 'reflect-metadata';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Controller, Get, All as OnAll, Module as OnModule, Post, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ApiKeyModule, Auth, Public, RequireScopes } from '../../../src/middleware/nest.ts';
import { cached, fail, type StartFramework, seen } from './app.ts';

/** Calls Nest's decorators as functions, because nothing here is compiled with decorators. */
export const startNest: StartFramework = async (gate, options) => {
  const describe = (type: { readonly prototype: object }, name: string, ...decorators: MethodDecorator[]) => {
    const described = Object.getOwnPropertyDescriptor(type.prototype, name) as PropertyDescriptor;
    for (const decorate of decorators) decorate(type.prototype, name, described);
    Auth()(type.prototype, name, 0);
    Req()(type.prototype, name, 1);
    Res()(type.prototype, name, 2);
  };
  class V1 {
    refund(auth: unknown, req: IncomingMessage, res: ServerResponse): void {
      res.end(seen(auth, req));
    }
    cached(auth: unknown, req: IncomingMessage, res: ServerResponse): void {
      for (const [name, value] of Object.entries(cached)) res.setHeader(name, value);
      res.end(seen(auth, req));
    }
    throws(): void {
      fail();
    }
    stream(_auth: unknown, _req: IncomingMessage, res: ServerResponse): void {
      res.write('begun');
    }
    open(auth: unknown, req: IncomingMessage, res: ServerResponse): void {
      res.end(seen(auth, req));
    }
    scoped(auth: unknown, req: IncomingMessage, res: ServerResponse): void {
      res.end(seen(auth, req));
    }
    echo(auth: unknown, req: IncomingMessage, res: ServerResponse): void {
      res.end(seen(auth, req));
    }
  }
  describe(V1, 'open', Get('public'), Public());
  describe(V1, 'scoped', Get('public-but-scoped'), Public(), RequireScopes('admin'));
  describe(V1, 'refund', Post('refunds'), RequireScopes('refunds:write'));
  describe(V1, 'cached', Get('cached'));
  describe(V1, 'throws', Get('throw'));
  describe(V1, 'stream', Get('stream'));
  describe(V1, 'echo', OnAll('*path'));
  Controller('v1')(V1);
  class Root {
    echo(auth: unknown, req: IncomingMessage, res: ServerResponse): void {
      res.end(seen(auth, req));
    }
  }
  describe(Root, 'echo', OnAll(['', '*path']));
  Controller()(Root);
  class App {}
  OnModule({
    imports: [ApiKeyModule.forRootAsync({ useFactory: async () => ({ gate, ...options }) })],
    controllers: [V1, Root],
  })(App);
  const app = await NestFactory.create(App, { logger: false });
  await app.init();
  return { listener: app.getHttpAdapter().getInstance() as RequestListener, close: () => app.close() };
};
