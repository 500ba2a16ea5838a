// /v1/keys: create, list, get, update, rotate, disable, enable, transfer and revoke keys; list and end their secrets.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiKey } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import { oneDayMs } from '../../domain/durations.ts';
import type { KeyCommands, KeyWithSecret } from '../../management/keys/commands.ts';
import { notFound } from '../../management/management-error.ts';
import type { CommandOptions } from '../../management/ports.ts';
import { reportChange } from '../wire/change-report.ts';
import type { Once } from '../wire/idempotency.ts';
import { readIfMatch } from '../wire/if-match.ts';
import type { Gates } from '../wire/mask.ts';
import {
  bodyFailures,
  changedKeyReply,
  changeReply,
  failuresOf,
  idempotencyKey,
  ifMatch,
  jsonBody,
  jsonReply,
  keyReply,
  maxPageBytes,
  onceFailures,
  operatorOnly,
} from '../wire/route.ts';
import {
  defaultLimit,
  foundKeySchema,
  idParam,
  keyAddressesQuery,
  keyAddressesSchema,
  keyFindSchema,
  keyListQuery,
  keySchema,
  keyUpdateSchema,
  keyWithSecretSchema,
  newKeySchema,
  pageOf,
  rotationSchema,
  secretEndSchema,
  secretParams,
  secretSchema,
  toKey,
  toKeyAddresses,
  toSecret,
  transferSchema,
} from '../wire/schemas.ts';
import { operatorOf, senderOf } from './operator.ts';

const shared = { tags: ['Keys'], security: operatorOnly };

const createKey = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/keys',
  operationId: 'createKey',
  summary: 'Create a key',
  description: 'Only this reply has the secret; the server does not store it.',
  request: { headers: z.object({ 'Idempotency-Key': idempotencyKey }), body: jsonBody(newKeySchema) },
  responses: {
    201: changedKeyReply('The new key with its secret', keyWithSecretSchema),
    ...failuresOf(
      ...bodyFailures,
      ...onceFailures,
      'api_unknown',
      'org_not_active',
      'org_kind_not_allowed',
      'key_limit_reached',
      'external_id_taken',
    ),
  },
});

const listKeys = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/keys',
  operationId: 'listKeys',
  summary: 'List and search keys',
  request: { query: keyListQuery },
  responses: { 200: jsonReply('Keys, newest first', pageOf(keySchema)), ...failuresOf('cursor_invalid') },
});

const findKey = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/keys/find',
  operationId: 'findKey',
  summary: 'Find the key of a secret by its digest',
  description: 'Also finds secrets that were rotated away or have expired, and revoked keys.',
  request: { body: jsonBody(keyFindSchema) },
  responses: { 200: keyReply('The key', foundKeySchema), ...failuresOf(...bodyFailures, 'not_found') },
});

const getKey = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/keys/{id}',
  operationId: 'getKey',
  summary: 'Get a key',
  request: { params: idParam },
  responses: { 200: keyReply('The key', keySchema), ...failuresOf('not_found') },
});

const conditional = { params: idParam, headers: z.object({ 'If-Match': ifMatch }) };

const updateKey = createRoute({
  ...shared,
  method: 'patch',
  path: '/v1/keys/{id}',
  operationId: 'updateKey',
  summary: 'Change a key',
  description:
    'Each list you send replaces the old one; omitted fields, and omitted names of metadata, keep their values.',
  request: { ...conditional, body: jsonBody(keyUpdateSchema) },
  responses: {
    200: changedKeyReply('The changed key', keySchema),
    ...failuresOf(...bodyFailures, 'not_found', 'key_not_active', 'external_id_taken', 'revision_mismatch'),
  },
});

const revokeKey = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/keys/{id}',
  operationId: 'revokeKey',
  summary: 'Revoke a key for good',
  request: conditional,
  responses: {
    200: changedKeyReply('The revoked key; it is now refused', keySchema),
    ...failuresOf('not_found', 'revision_mismatch'),
  },
});

const rotateKey = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/keys/{id}/rotate',
  operationId: 'rotateKey',
  summary: 'Give a key a new secret',
  description: 'The old secret keeps working for the overlap, but not beyond the expiry of the key.',
  request: {
    params: idParam,
    headers: z.object({ 'If-Match': ifMatch, 'Idempotency-Key': idempotencyKey }),
    body: { content: { 'application/json': { schema: rotationSchema } } },
  },
  responses: {
    200: changedKeyReply('The key with its new secret', keyWithSecretSchema),
    ...failuresOf(
      ...bodyFailures,
      ...onceFailures,
      'not_found',
      'rotation_not_supported',
      'key_not_active',
      'revision_mismatch',
    ),
  },
});

const disableKey = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/keys/{id}/disable',
  operationId: 'disableKey',
  summary: 'Disable a key',
  request: conditional,
  responses: {
    200: changedKeyReply('The key; it is refused until you enable it', keySchema),
    ...failuresOf('not_found', 'disabling_not_supported', 'key_not_active', 'revision_mismatch'),
  },
});

const enableKey = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/keys/{id}/enable',
  operationId: 'enableKey',
  summary: 'Enable a key',
  request: conditional,
  responses: {
    200: changedKeyReply('The key; it works again', keySchema),
    ...failuresOf('not_found', 'disabling_not_supported', 'key_not_active', 'revision_mismatch'),
  },
});

const transferKey = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/keys/{id}/transfer',
  operationId: 'transferKey',
  summary: 'Transfer a key to another organization',
  description: 'Its past usage stays with the first organization. Its metadata is removed.',
  request: { ...conditional, body: jsonBody(transferSchema) },
  responses: {
    200: changedKeyReply('The key with its new owner', keySchema),
    ...failuresOf(
      ...bodyFailures,
      'not_found',
      'key_not_active',
      'org_not_active',
      'org_kind_not_allowed',
      'key_limit_reached',
      'revision_mismatch',
    ),
  },
});

const listSecrets = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/keys/{id}/secrets',
  operationId: 'listSecrets',
  summary: 'List the current and old secrets of a key',
  request: { params: idParam },
  responses: {
    200: jsonReply('The current secret, then superseded ones, newest first', pageOf(secretSchema)),
    ...failuresOf('not_found'),
  },
});

const listAddresses = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/keys/{id}/addresses',
  operationId: 'listKeyAddresses',
  summary: 'List the addresses from which a key was used',
  description: 'By whole hours, the most used first. The requests of the last seconds come later.',
  request: { params: idParam, query: keyAddressesQuery },
  responses: { 200: jsonReply('The addresses', keyAddressesSchema), ...failuresOf('not_found') },
});

const endSecret = createRoute({
  ...shared,
  method: 'patch',
  path: '/v1/keys/{id}/secrets/{secretId}',
  operationId: 'endSecret',
  summary: 'Change when an old secret expires',
  request: { params: secretParams, headers: z.object({ 'If-Match': ifMatch }), body: jsonBody(secretEndSchema) },
  responses: {
    200: changeReply('The changed secret', secretSchema),
    ...failuresOf(
      ...bodyFailures,
      'not_found',
      'secret_in_force',
      'secret_ended',
      'key_not_active',
      'revision_mismatch',
    ),
  },
});

/** What the key routes need. */
export interface KeyRouteParts {
  readonly keys: KeyCommands;
  readonly gates: Gates;
  readonly clock: Clock;
}

export function addKeyRoutes(app: OpenAPIHono, { keys, gates, clock }: KeyRouteParts, once: Once): void {
  const show = (key: ApiKey) => toKey(key, clock.nowMs(), gates);
  const showWithSecret = ({ key, secret }: KeyWithSecret) => ({ ...show(key), secret });

  /** Runs a command on the revision that the caller names, and reports the change. */
  async function change(c: Context, command: (options: ChangeOptions) => Promise<ApiKey>) {
    const report = reportChange(c, clock);
    const key = await command({ ...revisionOf(c), onHeld: report.onHeld });
    return report.with(tagged(c, show(key)));
  }

  app.openapi(createKey, async (c) => {
    const { api, org, ...fields } = c.req.valid('json');
    const report = reportChange(c, clock);
    const create = (options: Parameters<KeyCommands['createKey']>[2]) =>
      keys.createKey(operatorOf(c), { apiId: api, orgId: org, ...fields }, options);
    const reply = await once(c, { ...c.req.valid('json'), ...senderOf(c) }, report.onHeld, create, showWithSecret);
    return c.json(report.with(tagged(c, reply)), 201);
  });

  app.openapi(listKeys, async (c) => {
    const { api, org, secretAgeDays, limit = defaultLimit, cursor, ...others } = c.req.valid('query');
    const secretCreatedByMs = secretAgeDays === undefined ? undefined : clock.nowMs() - secretAgeDays * oneDayMs;
    const filter = { apiId: api, orgId: org, secretCreatedByMs, ...others };
    const { items, nextCursor } = await keys.listKeys(operatorOf(c), filter, { limit, cursor, maxBytes: maxPageBytes });
    return c.json({ data: items.map(show), nextCursor }, 200);
  });

  app.openapi(findKey, async (c) => {
    const { key, secret } = await keys.findBySecret(operatorOf(c), c.req.valid('json').digest);
    return c.json({ ...tagged(c, show(key)), foundSecret: toSecret(secret, clock.nowMs()) }, 200);
  });

  app.openapi(getKey, async (c) => {
    const key = await keys.getKey(operatorOf(c), c.req.valid('param').id);
    return c.json(tagged(c, show(key)), 200);
  });

  app.openapi(updateKey, async (c) => {
    const { id } = c.req.valid('param');
    const update = (options: ChangeOptions) =>
      keys.updateKey(operatorOf(c), id, { ...c.req.valid('json'), ...options });
    return c.json(await change(c, update), 200);
  });

  app.openapi(revokeKey, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(await change(c, (options) => keys.revokeKey(operatorOf(c), id, options)), 200);
  });

  app.openapi(rotateKey, async (c) => {
    // Without a body, the validator does not run, and the default overlap applies.
    const { overlap }: z.infer<typeof rotationSchema> = c.req.valid('json') ?? {};
    const report = reportChange(c, clock);
    const rotate = (options: Parameters<KeyCommands['rotateKey']>[3]) =>
      keys.rotateKey(operatorOf(c), c.req.valid('param').id, overlap, { ...options, ...revisionOf(c) });
    return c.json(
      report.with(tagged(c, await once(c, { overlap, ...senderOf(c) }, report.onHeld, rotate, showWithSecret))),
      200,
    );
  });

  app.openapi(disableKey, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(await change(c, (options) => keys.disableKey(operatorOf(c), id, options)), 200);
  });

  app.openapi(enableKey, async (c) => {
    const { id } = c.req.valid('param');
    return c.json(await change(c, (options) => keys.enableKey(operatorOf(c), id, options)), 200);
  });

  app.openapi(transferKey, async (c) => {
    const { id } = c.req.valid('param');
    const { org } = c.req.valid('json');
    return c.json(await change(c, (options) => keys.transferKey(operatorOf(c), id, org, options)), 200);
  });

  app.openapi(listSecrets, async (c) => {
    const secrets = await keys.listSecrets(operatorOf(c), c.req.valid('param').id);
    const nowMs = clock.nowMs();
    return c.json({ data: secrets.map((secret) => toSecret(secret, nowMs)), nextCursor: null }, 200);
  });

  app.openapi(listAddresses, async (c) => {
    const addresses = await keys.listAddresses(operatorOf(c), c.req.valid('param').id, c.req.valid('query').days);
    return c.json(toKeyAddresses(addresses), 200);
  });

  app.openapi(endSecret, async (c) => {
    const { id, secretId } = c.req.valid('param');
    const { endsIn } = c.req.valid('json');
    const report = reportChange(c, clock);
    const options = { ...revisionOf(c), onHeld: report.onHeld };
    const secrets = await keys.endSecret(operatorOf(c), id, secretId, endsIn, options);
    const secret = secrets.find((each) => each.id === secretId);
    if (secret === undefined) throw notFound();
    return c.json(report.with(toSecret(secret, clock.nowMs())), 200);
  });
}

type ChangeOptions = Pick<CommandOptions<never>, 'expectedRevision' | 'onHeld'>;

/** Puts the revision of the key into `ETag`, and returns the key. */
function tagged<Key extends z.infer<typeof keySchema>>(c: Context, key: Key): Key {
  c.header('ETag', `"${key.revision}"`);
  return key;
}

function revisionOf(c: Context): { readonly expectedRevision: number | undefined } {
  return { expectedRevision: readIfMatch(c.req.header('if-match')) };
}
