import { createRequire } from 'node:module';
import type express from 'express';
import type { Express } from 'express';
import { apiKeyAuth, requireScopes } from '../../../src/middleware/express.ts';
import { cached, fail, type StartFramework, seen } from './app.ts';

export const startExpress =
  (create: typeof express): StartFramework =>
  async (gate, options) => {
    const echo: express.RequestHandler = (req, res) => void res.type('text').send(seen(req.auth, req));
    const router = create.Router();
    router.use(apiKeyAuth(gate, options));
    router.post('/refunds', requireScopes('refunds:write'), echo);
    router.get('/cached', (req, res) => void res.set(cached).send(seen(req.auth, req)));
    router.get('/throw', fail);
    router.get('/stream', (_req, res) => void res.write('begun'));
    router.use(echo);
    const app: Express = create();
    // It writes the error to the log otherwise.
    app.set('env', 'test');
    app.disable('etag');
    app.use('/v1', router).use(apiKeyAuth(gate, options), echo);
    return { listener: app };
  };

const require = createRequire(import.meta.url);
export const express4 = require('express4') as typeof express;
