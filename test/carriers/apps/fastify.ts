import fastify, { type FastifyReply, type FastifyServerOptions } from 'fastify';
import { apiKeyAuth, requireScopes } from '../../../src/middleware/fastify.ts';
import { cached, fail, openBody, type StartFramework, seen } from './app.ts';

export const startFastify =
  (prefix: string, settings: FastifyServerOptions = {}): StartFramework =>
  async (gate, options = {}) => {
    const app = fastify(settings);
    // Fastify would parse the bodies of the suite otherwise, which have none.
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    await app.register(
      async (scope) => {
        await scope.register(apiKeyAuth, { gate, ...options });
        scope.post('/refunds', { preHandler: requireScopes('refunds:write') }, async (r) => seen(r.auth, r.raw));
        scope.get('/cached', async (request, reply) => reply.headers(cached).send(seen(request.auth, request.raw)));
        scope.get('/throw', async () => fail());
        scope.get('/stream', (_request: unknown, reply: FastifyReply) => void reply.send(openBody()));
        scope.all('/*', async ({ auth, raw }) => seen(auth, raw));
      },
      { prefix },
    );
    await app.register(async (scope) => {
      await scope.register(apiKeyAuth, { gate, ...options });
      scope.all('/*', async ({ auth, raw }) => seen(auth, raw));
    });
    await app.ready();
    return { listener: (req, res) => void app.server.emit('request', req, res), close: () => app.close() };
  };
