import Koa, { type Context } from 'koa';
import mount from 'koa-mount';
import { apiKeyAuth, requireScopes } from '../../../src/middleware/koa.ts';
import { cached, fail, openBody, type StartFramework, seen } from './app.ts';

export const startKoa: StartFramework = async (gate, options) => {
  const echo = (context: Context) => {
    context.body = seen(context.state.auth, context.req);
  };
  const demand = requireScopes('refunds:write');
  const inner = new Koa().use(apiKeyAuth(gate, options));
  inner.use((context, next) => (context.path === '/refunds' ? demand(context as never, next) : next()));
  inner.use((context) => {
    if (context.path === '/throw') fail();
    if (context.path === '/cached') context.set(cached);
    if (context.path === '/stream') context.body = openBody();
    else echo(context);
  });
  const app = new Koa();
  // It writes the error to the log otherwise.
  app.silent = true;
  app.use(mount('/v1', inner)).use(apiKeyAuth(gate, options)).use(echo);
  return { listener: app.callback() };
};
