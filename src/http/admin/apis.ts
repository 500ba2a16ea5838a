// /v1/apis: the parts of the configuration that a client needs to create keys.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { environments } from '../../domain/api-key.ts';
import { reachesApi } from '../../domain/grant.ts';
import { digestAlgorithms } from '../../domain/imported-secret.ts';
import { limitWindows } from '../../domain/rate-limit.ts';
import { secretAlphabets, secretChecksums } from '../../domain/secret.ts';
import { notFound } from '../../management/management-error.ts';
import { failuresOf, jsonReply, operatorOnly } from '../wire/route.ts';
import { idParam, pageOf, templateSchema } from '../wire/schemas.ts';
import { operatorOf } from './operator.ts';

/** One place of a key, as `SingleSource`. */
const places = [
  z.strictObject({ kind: z.literal('header'), header: z.string() }).openapi({ description: 'HEADER: KEY' }),
  z.strictObject({ kind: z.literal('bearer') }).openapi({ description: 'Authorization: Bearer KEY' }),
  z.strictObject({ kind: z.literal('basic'), part: z.enum(['user', 'password']) }).openapi({
    description: 'Authorization: Basic, with the key as the user name or as the password',
  }),
  z
    .strictObject({
      kind: z.literal('scheme'),
      header: z.string(),
      scheme: z.string(),
      parameter: z.string().optional(),
    })
    .openapi({ description: 'HEADER: SCHEME KEY, or HEADER: SCHEME PARAMETER="KEY"' }),
  z.strictObject({ kind: z.literal('subprotocol'), prefix: z.string() }).openapi({
    description: 'Sec-WebSocket-Protocol: PREFIX and KEY, as one of the subprotocols that a client offers',
  }),
  z.strictObject({ kind: z.literal('query'), name: z.string() }).openapi({ description: '?NAME=KEY' }),
] as const;

const perEnvironment = z.strictObject({ live: z.string().optional(), test: z.string().optional() });

const apiSchema = z
  .strictObject({
    id: z.string(),
    profile: z.string(),
    credential: z.discriminatedUnion('kind', [
      ...places,
      z
        .strictObject({ kind: z.literal('anyOf'), sources: z.array(z.discriminatedUnion('kind', places)) })
        .openapi({ description: 'Several places, of which a request uses exactly one' }),
    ]),
    environments: z.array(z.enum(environments)),
    /** The address of each environment on the public listener, as configured. */
    urls: perEnvironment,
    hosts: z
      .array(z.strictObject({ host: z.string(), environment: z.enum(environments).nullable() }))
      .openapi({ description: 'The host names of its requests. `null`: the key decides the environment' }),
    upstream: perEnvironment.optional().openapi({
      description:
        'Where allowed requests go. Empty: the public listener does not serve the API. Absent for a token of one organization',
    }),
    keyFormat: z.strictObject({
      prefixes: perEnvironment,
      length: z.int().openapi({ description: 'Characters of a secret, with its prefix' }),
      alphabet: z.enum(secretAlphabets),
      checksum: z.enum(secretChecksums),
    }),
    /** The windows in which limits of its keys count. */
    limitWindows: z.enum(limitWindows),
    /** The templates that new keys can name. */
    templates: z.array(templateSchema),
    /** Absent: the API accepts no imported keys. */
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

/** A configured API as `/v1/apis` shows it. */
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

/** Adds the routes. They call `describeApis` for each request: the port is unknown until the listener listens. */
export function addApiRoutes(app: OpenAPIHono, describeApis: () => ApiDescription[]): void {
  const reachedBy = (c: Context): ApiDescription[] => {
    const { token } = operatorOf(c);
    if (token === undefined) return describeApis();
    const reached = describeApis().filter(({ id }) => reachesApi(token, id));
    // An organization may run the program that has such a token. The inner network is not its business.
    return token.org === undefined ? reached : reached.map(({ upstream: _, ...api }) => api);
  };

  app.openapi(listApis, (c) => c.json({ data: reachedBy(c), nextCursor: null }, 200));

  app.openapi(getApi, (c) => {
    const { id } = c.req.valid('param');
    const api = reachedBy(c).find((candidate) => candidate.id === id);
    if (api === undefined) throw notFound();
    return c.json(api, 200);
  });
}
