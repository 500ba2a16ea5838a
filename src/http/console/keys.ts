// /api/orgs/{org}/keys: the keys of an organization, for its members.
import { createRoute, z } from '@hono/zod-openapi';
import type { Actor } from '../../domain/actor.ts';
import type { ApiKey } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import type { KeyCommands, KeyWithSecret } from '../../management/keys.ts';
import { notFound } from '../../management/management-error.ts';
import type { OnHeld } from '../../management/ports.ts';
import { tellHeld } from '../internal/held.ts';
import { readIfMatch } from '../internal/keys.ts';
import { changedKeyReply, failures, jsonBody, jsonReply } from '../internal/route.ts';
import {
  keySchema,
  keyUpdateSchema,
  keyWithSecretSchema,
  newKeySchema,
  rotationSchema,
  toKey,
} from '../internal/schemas.ts';
import type { ConsoleApp, ConsoleContext, Sessions } from './session.ts';

const org = z.string().max(200);
const inOrg = z.object({ org });
const keyInOrg = z.object({ org, id: z.string().max(200) });
const keysPath = '/api/orgs/{org}/keys';
const keyPath = `${keysPath}/{id}`;
const keyReply = { 200: jsonReply('The key', keySchema), ...failures };
const changedReply = { 200: changedKeyReply('The key as it is now', keySchema), ...failures };

const createKey = createRoute({
  method: 'post',
  path: keysPath,
  operationId: 'createOrgKey',
  request: { params: inOrg, body: jsonBody(newKeySchema.omit({ org: true })) },
  responses: { 201: changedKeyReply('The new key with its secret', keyWithSecretSchema), ...failures },
});

const getKey = createRoute({
  method: 'get',
  path: keyPath,
  operationId: 'getOrgKey',
  request: { params: keyInOrg },
  responses: keyReply,
});

const updateKey = createRoute({
  method: 'patch',
  path: keyPath,
  operationId: 'updateOrgKey',
  request: { params: keyInOrg, body: jsonBody(keyUpdateSchema) },
  responses: changedReply,
});

const revokeKey = createRoute({
  method: 'delete',
  path: keyPath,
  operationId: 'revokeOrgKey',
  request: { params: keyInOrg },
  responses: changedReply,
});

const rotateKey = createRoute({
  method: 'post',
  path: `${keyPath}/rotate`,
  operationId: 'rotateOrgKey',
  request: { params: keyInOrg, body: { content: { 'application/json': { schema: rotationSchema } } } },
  responses: { 200: changedKeyReply('The key with its new secret', keyWithSecretSchema), ...failures },
});

const disableKey = createRoute({
  method: 'post',
  path: `${keyPath}/disable`,
  operationId: 'disableOrgKey',
  request: { params: keyInOrg },
  responses: changedReply,
});

const enableKey = createRoute({
  method: 'post',
  path: `${keyPath}/enable`,
  operationId: 'enableOrgKey',
  request: { params: keyInOrg },
  responses: changedReply,
});

export interface KeyRouteParts {
  readonly keys: KeyCommands;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

export function addKeyRoutes(app: ConsoleApp, { keys, sessions, clock }: KeyRouteParts): void {
  /** Who acts, and the key, which must be of the organization in the path: an operator could reach it by any. */
  async function open(
    c: ConsoleContext,
    { org, id }: z.infer<typeof keyInOrg>,
  ): Promise<{ actor: Actor; key: ApiKey }> {
    const actor = await sessions.actorIn(c, org);
    const key = await keys.getKey(actor, id);
    if (key.orgId !== org) throw notFound();
    return { actor, key };
  }

  function show(c: ConsoleContext, key: ApiKey): z.infer<typeof keySchema> {
    c.header('ETag', `"${key.revision}"`);
    return toKey(key, clock.nowMs());
  }

  /** Runs a command that changes a key, and tells where the change stands. */
  async function change(c: ConsoleContext, command: (onHeld: OnHeld) => Promise<ApiKey>) {
    const told = tellHeld(c, clock);
    return told.with(show(c, await command(told.onHeld)));
  }

  async function changeWithSecret(c: ConsoleContext, command: (onHeld: OnHeld) => Promise<KeyWithSecret>) {
    const told = tellHeld(c, clock);
    const { key, secret } = await command(told.onHeld);
    return told.with({ ...show(c, key), secret });
  }

  app.openapi(createKey, async (c) => {
    const { org } = c.req.valid('param');
    const { api, ...fields } = c.req.valid('json');
    const actor = await sessions.actorIn(c, org);
    const input = { apiId: api, orgId: org, ...fields };
    return c.json(await changeWithSecret(c, (onHeld) => keys.createKey(actor, input, { onHeld })), 201);
  });

  app.openapi(getKey, async (c) => c.json(show(c, (await open(c, c.req.valid('param'))).key), 200));

  app.openapi(updateKey, async (c) => {
    const { actor, key } = await open(c, c.req.valid('param'));
    const update = { ...c.req.valid('json'), expectedRevision: readIfMatch(c.req.header('if-match')) };
    return c.json(await change(c, (onHeld) => keys.updateKey(actor, key.id, { ...update, onHeld })), 200);
  });

  app.openapi(revokeKey, async (c) => {
    const { actor, key } = await open(c, c.req.valid('param'));
    return c.json(await change(c, (onHeld) => keys.revokeKey(actor, key.id, { onHeld })), 200);
  });

  app.openapi(rotateKey, async (c) => {
    const { actor, key } = await open(c, c.req.valid('param'));
    const { overlap }: z.infer<typeof rotationSchema> = c.req.valid('json') ?? {};
    return c.json(await changeWithSecret(c, (onHeld) => keys.rotateKey(actor, key.id, overlap, { onHeld })), 200);
  });

  app.openapi(disableKey, async (c) => {
    const { actor, key } = await open(c, c.req.valid('param'));
    return c.json(await change(c, (onHeld) => keys.disableKey(actor, key.id, { onHeld })), 200);
  });

  app.openapi(enableKey, async (c) => {
    const { actor, key } = await open(c, c.req.valid('param'));
    return c.json(await change(c, (onHeld) => keys.enableKey(actor, key.id, { onHeld })), 200);
  });
}
