// /v1/apis: the parts of the configuration that creators of keys need.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { environments } from '../../domain/api-key.ts';
import { digestAlgorithms } from '../../domain/imported-secret.ts';
import { notFound } from '../../management/management-error.ts';
import { failuresOf, jsonReply, operatorOnly } from '../wire/route.ts';
import { idParam, pageOf } from '../wire/schemas.ts';

const apiSchema = z
  .strictObject({
    id: z.string(),
    profile: z.string(),
    credential: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('header'), header: z.string() }),
      z.strictObject({ kind: z.literal('bearer') }),
      z.strictObject({ kind: z.literal('basic') }),
    ]),
    environments: z.array(z.enum(environments)),
    /** The address of each environment on the public listener, as configured. */
    urls: z.strictObject({ live: z.string().optional(), test: z.string().optional() }),
    /** Absent where no other system's keys are taken. */
    importedKeys: z
      .strictObject({
        algorithm: z.enum(digestAlgorithms),
        prefix: z.string(),
        minLength: z.int(),
        maxLength: z.int(),
      })
      .optional(),
  })
  .openapi('Api');

export type ApiDescription = z.infer<typeof apiSchema>;

const listApis = createRoute({
  method: 'get',
  path: '/v1/apis',
  operationId: 'listApis',
  tags: ['APIs'],
  summary: 'List the configured APIs',
  security: operatorOnly,
  responses: { 200: jsonReply('All configured APIs', pageOf(apiSchema)), ...failuresOf() },
});

const getApi = createRoute({
  method: 'get',
  path: '/v1/apis/{id}',
  operationId: 'getApi',
  tags: ['APIs'],
  summary: 'Get a configured API',
  security: operatorOnly,
  request: { params: idParam },
  responses: { 200: jsonReply('The API', apiSchema), ...failuresOf('not_found') },
});

/** `describeApis` is called for each request: the listener's port is known only once it listens. */
export function addApiRoutes(app: OpenAPIHono, describeApis: () => ApiDescription[]): void {
  app.openapi(listApis, (c) => c.json({ data: describeApis(), nextCursor: null }, 200));

  app.openapi(getApi, (c) => {
    const { id } = c.req.valid('param');
    const api = describeApis().find((candidate) => candidate.id === id);
    if (api === undefined) throw notFound();
    return c.json(api, 200);
  });
}
