import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { type AuthEnv, apiKeyAuth, requireScopes } from '../../../src/middleware/hono.ts';
import { cached, fail, openBody, type StartFramework, seenIn } from './app.ts';

export const startHono: StartFramework = async (gate, options) => {
  const inner = new Hono<AuthEnv>().use(apiKeyAuth(gate, options));
  inner.post('/refunds', requireScopes('refunds:write'), (c) => c.text(seenIn(c.var.auth, c.req.raw)));
  inner.get('/cached', (c) => c.text(seenIn(c.var.auth, c.req.raw), 200, cached));
  inner.get('/throw', () => fail());
  inner.get('/stream', (c) => c.body(openBody()));
  inner.all('*', (c) => c.text(seenIn(c.var.auth, c.req.raw)));
  const app = new Hono<AuthEnv>().route('/v1', inner);
  app.use(apiKeyAuth(gate, options)).all('*', (c) => c.text(seenIn(c.var.auth, c.req.raw)));
  app.onError((_error, c) => c.text('Internal Server Error', 500));
  return { listener: getRequestListener(app.fetch) };
};
