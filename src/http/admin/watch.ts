// The routes without a token: health, readiness, metrics, and the public keys of assertions.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { jwksHeaders } from '../jwks.ts';
import { jsonReply, publicFailures } from '../wire/route.ts';
import type { createMetrics } from './metrics.ts';

/** What these routes need. */
export interface WatchParts {
  readonly metrics: ReturnType<typeof createMetrics>;
  /** The public keys of the assertions that upstreams receive. */
  readonly jwks: { readonly keys: readonly object[] };
  /** Rejects while the server can't take requests: the store does not answer, or the server is stopping. */
  readonly checkReady: () => Promise<void>;
}

const shared = { method: 'get' as const, tags: ['Server'], security: [] };
const statusSchema = z.object({ status: z.enum(['ok', 'ready']) });

const getHealth = createRoute({
  ...shared,
  path: '/healthz',
  operationId: 'getHealth',
  summary: 'Whether the process is alive',
  responses: { 200: jsonReply('The process is alive', statusSchema), ...publicFailures() },
});

const getReadiness = createRoute({
  ...shared,
  path: '/readyz',
  operationId: 'getReadiness',
  summary: 'Whether the server can decide requests',
  responses: { 200: jsonReply('The server can decide requests', statusSchema), ...publicFailures('draining') },
});

export function addWatchRoutes(app: OpenAPIHono, { metrics, jwks, checkReady }: WatchParts): void {
  app.openapi(getHealth, (c) => c.json({ status: 'ok' as const }, 200));

  app.openapi(getReadiness, async (c) => {
    await checkReady();
    return c.json({ status: 'ready' as const }, 200);
  });

  app.openAPIRegistry.registerPath({
    ...shared,
    path: '/metrics',
    operationId: 'getMetrics',
    summary: 'Metrics in the Prometheus text format',
    description: 'Needs a token for metrics, or the operator token, if `internal.metrics` is `token`.',
    responses: {
      200: { description: 'The metrics', content: { 'text/plain': { schema: z.string() } } },
      ...publicFailures(),
    },
  });
  app.get('/metrics', async (c) => c.body(await metrics.metrics(), 200, { 'Content-Type': metrics.contentType }));

  app.openAPIRegistry.registerPath({
    ...shared,
    path: '/.well-known/jwks.json',
    operationId: 'getJwks',
    summary: 'The public keys of the assertions that upstreams receive (RFC 7517)',
    responses: {
      200: {
        description: 'The keys',
        content: { 'application/jwk-set+json': { schema: z.object({ keys: z.array(z.looseObject({})) }) } },
      },
      ...publicFailures(),
    },
  });
  app.get('/.well-known/jwks.json', (c) => c.body(JSON.stringify(jwks), 200, jwksHeaders));
}
