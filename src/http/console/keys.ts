// /api/orgs/{org}/keys: the keys of an organization, for its members.
import { createRoute, z } from '@hono/zod-openapi';
import type { Actor } from '../../domain/actor.ts';
import type { ApiKey } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import type { KeyCommands, NamedSecret } from '../../management/keys/commands.ts';
import { ManagementError, notFound } from '../../management/management-error.ts';
import type { CommandOptions } from '../../management/ports.ts';
import { reportChange } from '../wire/change-report.ts';
import type { Once } from '../wire/idempotency.ts';
import { readIfMatch } from '../wire/if-match.ts';
import type { Gates } from '../wire/mask.ts';
import { problemContentType } from '../wire/problem.ts';
import { changedKeyReply, changeReply, failures, idempotencyKey, ifMatch, jsonBody, jsonReply } from '../wire/route.ts';
import {
  keySchema,
  keyUpdateSchema,
  keyWithSecretSchema,
  newKeySchema,
  problemSchema,
  rotationSchema,
  secretEndSchema,
  secretSchema,
  toKey,
  toSecret,
} from '../wire/schemas.ts';
import type { ConsoleApp, ConsoleContext, Sessions } from './session.ts';

const org = z.string().max(200);
const inOrg = z.object({ org });
/** The path parameters of a key: `org` and `id`. */
export const keyInOrg = z.object({ org, id: z.string().max(200) });
const keysPath = '/api/orgs/{org}/keys';
const keyPath = `${keysPath}/{id}`;
const keyReply = { 200: jsonReply('The key', keySchema), ...failures };
const conditional = z.object({ 'If-Match': ifMatch });

/** Typed as `object`, because handlers throw this reply and never return it. */
const stale: object = {
  412: {
    description: 'The key has changed since that revision; nothing was changed',
    content: { [problemContentType]: { schema: problemSchema.extend({ current: keySchema }).openapi('StaleKey') } },
  },
};
const changedReply = { 200: changedKeyReply('The changed key', keySchema), ...stale, ...failures };

const createKey = createRoute({
  method: 'post',
  path: keysPath,
  operationId: 'createOrgKey',
  request: {
    params: inOrg,
    headers: z.object({ 'Idempotency-Key': idempotencyKey }),
    body: jsonBody(newKeySchema.omit({ org: true })),
  },
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
  request: { params: keyInOrg, headers: conditional, body: jsonBody(keyUpdateSchema) },
  responses: changedReply,
});

const revokeKey = createRoute({
  method: 'delete',
  path: keyPath,
  operationId: 'revokeOrgKey',
  request: { params: keyInOrg, headers: conditional },
  responses: changedReply,
});

const rotateKey = createRoute({
  method: 'post',
  path: `${keyPath}/rotate`,
  operationId: 'rotateOrgKey',
  request: {
    params: keyInOrg,
    headers: conditional,
    body: { content: { 'application/json': { schema: rotationSchema } } },
  },
  responses: { 200: changedKeyReply('The key with its new secret', keyWithSecretSchema), ...stale, ...failures },
});

const disableKey = createRoute({
  method: 'post',
  path: `${keyPath}/disable`,
  operationId: 'disableOrgKey',
  request: { params: keyInOrg, headers: conditional },
  responses: changedReply,
});

const enableKey = createRoute({
  method: 'post',
  path: `${keyPath}/enable`,
  operationId: 'enableOrgKey',
  request: { params: keyInOrg, headers: conditional },
  responses: changedReply,
});

const listSecrets = createRoute({
  method: 'get',
  path: `${keyPath}/secrets`,
  operationId: 'listOrgKeySecrets',
  request: { params: keyInOrg },
  responses: {
    200: jsonReply('The current secret, then superseded ones, newest first', z.object({ data: z.array(secretSchema) })),
    ...failures,
  },
});

const endSecret = createRoute({
  method: 'patch',
  path: `${keyPath}/secrets/{secretId}`,
  operationId: 'endOrgKeySecret',
  request: {
    params: keyInOrg.extend({ secretId: z.string().max(200) }),
    headers: conditional,
    body: jsonBody(secretEndSchema),
  },
  responses: { 200: changeReply('The changed secret', secretSchema), ...stale, ...failures },
});

/** What the key routes need. */
export interface KeyRouteParts {
  readonly keys: KeyCommands;
  readonly sessions: Sessions;
  readonly gates: Gates;
  readonly clock: Clock;
  readonly once: Once;
}

/** The key has changed since the page read it. The reply has `current`, so that the reader can choose again. */
export class StaleKey extends ManagementError {
  readonly current: z.infer<typeof keySchema>;

  constructor(current: z.infer<typeof keySchema>, message: string) {
    super('revision_mismatch', message);
    this.current = current;
  }
}

/**
 * The actor and the key. Rejects with `not_found` if the key is not in the organization of the path: without this
 * check, an operator could reach it through every organization.
 */
export async function openKey(
  c: ConsoleContext,
  { keys, sessions }: Pick<KeyRouteParts, 'keys' | 'sessions'>,
  { org, id }: z.infer<typeof keyInOrg>,
): Promise<{ actor: Actor; key: ApiKey }> {
  const actor = await sessions.actorIn(c, org);
  const key = await keys.getKey(actor, id);
  if (key.orgId !== org) throw notFound();
  return { actor, key };
}

export function addKeyRoutes(app: ConsoleApp, { keys, sessions, clock, gates, once }: KeyRouteParts): void {
  const open = (c: ConsoleContext, place: z.infer<typeof keyInOrg>) => openKey(c, { keys, sessions }, place);

  function show(c: ConsoleContext, key: ApiKey): z.infer<typeof keySchema> {
    c.header('ETag', `"${key.revision}"`);
    return toKey(key, clock.nowMs(), gates);
  }

  /** Runs a command on the revision that the page read, and reports the change. Rejects with `StaleKey` otherwise. */
  async function change<Result, Body extends object>(
    c: ConsoleContext,
    command: (actor: Actor, id: string, options: ChangeOptions) => Promise<Result>,
    describe: (result: Result) => Body,
  ) {
    const { actor, key } = await open(c, c.req.param() as z.infer<typeof keyInOrg>);
    const report = reportChange(c, clock);
    const expectedRevision = readIfMatch(c.req.header('if-match'));
    try {
      return report.with(describe(await command(actor, key.id, { expectedRevision, onHeld: report.onHeld })));
    } catch (error) {
      if (!(error instanceof ManagementError) || error.code !== 'revision_mismatch') throw error;
      throw new StaleKey(toKey(await keys.getKey(actor, key.id), clock.nowMs(), gates), error.message);
    }
  }

  app.openapi(createKey, async (c) => {
    const { org } = c.req.valid('param');
    const { api, ...fields } = c.req.valid('json');
    const actor = await sessions.actorIn(c, org);
    const report = reportChange(c, clock);
    const create = (options: Parameters<KeyCommands['createKey']>[2]) =>
      keys.createKey(actor, { apiId: api, orgId: org, ...fields }, options);
    const { person } = (await sessions.signedIn(c)).session;
    // Only the first caller gets a reply with a secret, even if another person knows the Idempotency-Key.
    const payload = { person: person.id, ...c.req.valid('json') };
    const reply = await once(c, payload, report.onHeld, create, ({ key, secret }) => ({
      ...toKey(key, clock.nowMs(), gates),
      secret,
    }));
    c.header('ETag', `"${reply.revision}"`);
    return c.json(report.with(reply), 201);
  });

  app.openapi(getKey, async (c) => c.json(show(c, (await open(c, c.req.valid('param'))).key), 200));

  app.openapi(updateKey, async (c) => {
    const fields = c.req.valid('json');
    const update = (actor: Actor, id: string, options: ChangeOptions) =>
      keys.updateKey(actor, id, { ...fields, ...options });
    return c.json(await change(c, update, (key) => show(c, key)), 200);
  });

  app.openapi(revokeKey, async (c) => c.json(await change(c, keys.revokeKey, (key) => show(c, key)), 200));

  app.openapi(rotateKey, async (c) => {
    const { overlap }: z.infer<typeof rotationSchema> = c.req.valid('json') ?? {};
    const rotate = (actor: Actor, id: string, options: ChangeOptions) => keys.rotateKey(actor, id, overlap, options);
    return c.json(await change(c, rotate, ({ key, secret }) => ({ ...show(c, key), secret })), 200);
  });

  app.openapi(disableKey, async (c) => c.json(await change(c, keys.disableKey, (key) => show(c, key)), 200));

  app.openapi(enableKey, async (c) => c.json(await change(c, keys.enableKey, (key) => show(c, key)), 200));

  app.openapi(listSecrets, async (c) => {
    const { actor, key } = await open(c, c.req.valid('param'));
    const nowMs = clock.nowMs();
    const secrets = await keys.listSecrets(actor, key.id);
    return c.json({ data: secrets.map((secret) => toSecret(secret, nowMs)) }, 200);
  });

  app.openapi(endSecret, async (c) => {
    const { secretId } = c.req.valid('param');
    const { endsIn } = c.req.valid('json');
    const end = (actor: Actor, id: string, options: ChangeOptions) =>
      keys.endSecret(actor, id, secretId, endsIn, options);
    const describe = (secrets: readonly NamedSecret[]) => {
      const secret = secrets.find((each) => each.id === secretId);
      if (secret === undefined) throw notFound();
      return toSecret(secret, clock.nowMs());
    };
    return c.json(await change(c, end, describe), 200);
  });
}

type ChangeOptions = Pick<CommandOptions<never>, 'expectedRevision' | 'onHeld'>;
