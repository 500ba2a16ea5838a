// /v1/keys: create, list, get, update, rotate, revoke.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../domain/clock.ts';
import type { KeyCommands } from '../../management/keys.ts';
import { ManagementError } from '../../management/management-error.ts';
import { operatorOf } from './operator.ts';
import { failures, jsonBody, jsonReply, operatorOnly } from './route.ts';
import {
  defaultLimit,
  idParam,
  keyListQuery,
  keySchema,
  keyUpdateSchema,
  keyWithSecretSchema,
  newKeySchema,
  pageOf,
  rotationSchema,
  toKey,
} from './schemas.ts';

const createKey = createRoute({
  method: 'post',
  path: '/v1/keys',
  operationId: 'createKey',
  security: operatorOnly,
  request: { body: jsonBody(newKeySchema) },
  responses: { 201: jsonReply('The new key with its secret', keyWithSecretSchema), ...failures },
});

const listKeys = createRoute({
  method: 'get',
  path: '/v1/keys',
  operationId: 'listKeys',
  security: operatorOnly,
  request: { query: keyListQuery },
  responses: { 200: jsonReply('Keys, newest first', pageOf(keySchema)), ...failures },
});

const getKey = createRoute({
  method: 'get',
  path: '/v1/keys/{id}',
  operationId: 'getKey',
  security: operatorOnly,
  request: { params: idParam },
  responses: { 200: jsonReply('The key', keySchema), ...failures },
});

const updateKey = createRoute({
  method: 'patch',
  path: '/v1/keys/{id}',
  operationId: 'updateKey',
  security: operatorOnly,
  request: {
    params: idParam,
    headers: z.object({ 'if-match': z.string().optional().openapi({ description: 'The revision that was read' }) }),
    body: jsonBody(keyUpdateSchema),
  },
  responses: { 200: jsonReply('The key as it is now', keySchema), ...failures },
});

const revokeKey = createRoute({
  method: 'delete',
  path: '/v1/keys/{id}',
  operationId: 'revokeKey',
  security: operatorOnly,
  request: { params: idParam },
  responses: { 200: jsonReply('The revoked key; it is refused from now on', keySchema), ...failures },
});

const rotateKey = createRoute({
  method: 'post',
  path: '/v1/keys/{id}/rotate',
  operationId: 'rotateKey',
  security: operatorOnly,
  request: { params: idParam, body: { content: { 'application/json': { schema: rotationSchema } } } },
  responses: { 200: jsonReply('The key with its new secret', keyWithSecretSchema), ...failures },
});

export function addKeyRoutes(app: OpenAPIHono, keys: KeyCommands, clock: Clock): void {
  app.openapi(createKey, async (c) => {
    const { api, org, ...fields } = c.req.valid('json');
    const { key, secret } = await keys.createKey(operatorOf(c), { apiId: api, orgId: org, ...fields });
    return c.json({ ...toKey(key, clock.nowMs()), secret }, 201);
  });

  app.openapi(listKeys, async (c) => {
    const { api, org, environment, status, limit = defaultLimit, cursor } = c.req.valid('query');
    const filter = { apiId: api, orgId: org, environment, status };
    const { items, nextCursor } = await keys.listKeys(operatorOf(c), filter, { limit, cursor });
    const nowMs = clock.nowMs();
    return c.json({ data: items.map((key) => toKey(key, nowMs)), nextCursor }, 200);
  });

  app.openapi(getKey, async (c) => {
    const key = await keys.getKey(operatorOf(c), c.req.valid('param').id);
    c.header('ETag', `"${key.revision}"`);
    return c.json(toKey(key, clock.nowMs()), 200);
  });

  app.openapi(updateKey, async (c) => {
    const expectedRevision = readIfMatch(c.req.header('if-match'));
    const key = await keys.updateKey(operatorOf(c), c.req.valid('param').id, {
      ...c.req.valid('json'),
      expectedRevision,
    });
    c.header('ETag', `"${key.revision}"`);
    return c.json(toKey(key, clock.nowMs()), 200);
  });

  app.openapi(revokeKey, async (c) =>
    c.json(toKey(await keys.revokeKey(operatorOf(c), c.req.valid('param').id), clock.nowMs()), 200),
  );

  app.openapi(rotateKey, async (c) => {
    // Without a body there is nothing to validate, and the default overlap holds.
    const { overlap }: z.infer<typeof rotationSchema> = c.req.valid('json') ?? {};
    const { key, secret } = await keys.rotateKey(operatorOf(c), c.req.valid('param').id, overlap);
    return c.json({ ...toKey(key, clock.nowMs()), secret }, 200);
  });
}

/** The revision in an `If-Match` (RFC 9110 §13.1.1), `"3"` or plain `3`; `undefined` when any will do. */
export function readIfMatch(value: string | undefined): number | undefined {
  if (value === undefined || value === '*') return undefined;
  const revision = /^(?:"(\d{1,9})"|(\d{1,9}))$/.exec(value);
  if (revision !== null) return Number(revision[1] ?? revision[2]);
  throw new ManagementError('invalid_input', 'If-Match: must be the revision that was read, such as "3"', 'If-Match');
}
