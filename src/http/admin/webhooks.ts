// /v1/webhooks: the endpoints that are told of changes, their secrets and their deliveries.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../domain/clock.ts';
import { type Delivery, deliveryStatuses, disabledCauses, signatureKinds } from '../../domain/webhook-endpoint.ts';
import { type EventType, eventTypes } from '../../domain/webhook-event.ts';
import type { Webhook, WebhookCommands, WebhookWithSecret } from '../../management/webhooks.ts';
import { reportChange } from '../wire/change-report.ts';
import type { Once } from '../wire/idempotency.ts';
import {
  bodyFailures,
  changeReply,
  failuresOf,
  idempotencyKey,
  jsonBody,
  jsonReply,
  onceFailures,
  operatorOnly,
} from '../wire/route.ts';
import {
  defaultLimit,
  idParam,
  pageOf,
  plainListQuery,
  rotationSchema,
  toInstant,
  toInstantOrNull,
} from '../wire/schemas.ts';
import { operatorOf, senderOf } from './operator.ts';

const instant = z.string().openapi({ format: 'date-time', example: '2026-11-21T09:30:00.000Z' });
const typeNames = Object.keys(eventTypes) as [EventType, ...EventType[]];

const webhookSchema = z
  .object({
    id: z.string().openapi({ example: 'wh_4Wc1bXnE0kQxv9TzJr2s' }),
    org: z
      .string()
      .nullable()
      .openapi({ description: 'The organization whose events it gets; null: the operator’s, with the events of all' }),
    name: z.string().openapi({ example: 'billing' }),
    url: z.string().openapi({ example: 'https://example.com/webhooks' }),
    types: z
      .array(z.enum(typeNames))
      .nullable()
      .openapi({ description: 'The types of events that it gets; null: all, also those of later versions' }),
    signature: z.enum(signatureKinds),
    publicKey: z
      .string()
      .nullable()
      .openapi({ description: 'With ed25519: whpk_…, which verifies deliveries', example: null }),
    status: z.enum(['enabled', 'disabled']),
    disabledBecause: z.enum(disabledCauses).nullable().openapi({
      description: 'request: someone disabled it; gone: it answered 410; failing: attempts failed for three days',
    }),
    disabledAt: instant.nullable(),
    formerSecretUntil: instant
      .nullable()
      .openapi({ description: 'Until when the secret before the last rotation signs too' }),
    createdAt: instant,
  })
  .openapi('Webhook');

const webhookWithSecretSchema = webhookSchema
  .extend({
    secret: z.string().openapi({
      description: 'What verifies deliveries: whsec_…, which only this reply has, or the public key whpk_…',
    }),
  })
  .openapi('WebhookWithSecret');

const types = z.array(z.string()).openapi({ example: ['key.created', 'key.revoked'] });

const newWebhookSchema = z
  .strictObject({
    org: z
      .string()
      .max(200)
      .optional()
      .openapi({ description: 'The organization whose events it gets. Default: the events of all' }),
    name: z.string().openapi({ description: '1 to 100 characters', example: 'billing' }),
    url: z.string().openapi({ description: 'https, with a public address', example: 'https://example.com/webhooks' }),
    types: types.optional().openapi({ description: 'Types of events, at least one. Default: all' }),
    signature: z
      .enum(signatureKinds)
      .optional()
      .openapi({ description: 'hmac: a shared secret; ed25519: a private key. Default hmac' }),
  })
  .openapi('NewWebhook');

const webhookUpdateSchema = z
  .strictObject({
    name: z.string().optional(),
    url: z.string().optional(),
    types: types.nullable().optional().openapi({ description: 'null: all' }),
    disabled: z.boolean().optional().openapi({ description: 'false: it gets events again, and what waited is sent' }),
  })
  .openapi('WebhookUpdate');

const deliverySchema = z
  .object({
    id: z.string().openapi({ description: 'For a replay', example: 'dlv_42' }),
    event: z
      .string()
      .openapi({ description: 'The webhook-id of every attempt', example: 'evt_3nVb7Lw0QeYp5TzJr2sKxA' }),
    type: z.string().openapi({ example: 'key.revoked' }),
    happenedAt: instant,
    status: z.enum(deliveryStatuses),
    attempts: z.int().openapi({ description: 'Attempts that have ended, since the event or its last replay' }),
    nextAttemptAt: instant.nullable(),
    lastAttemptAt: instant.nullable(),
    lastStatus: z.int().nullable().openapi({ description: 'The status of the last answer; null: there was none' }),
    lastError: z
      .string()
      .nullable()
      .openapi({ description: 'Why the last attempt failed: status, or why no answer came', example: 'timed_out' }),
  })
  .openapi('Delivery');

const shared = { tags: ['Webhooks'], security: operatorOnly };
const listQuery = plainListQuery.extend({
  org: z.string().max(200).optional().openapi({ description: 'Only those of this organization' }),
});
const deliveriesQuery = plainListQuery.extend({
  status: z.enum(deliveryStatuses).optional().openapi({ description: 'Only those with this status' }),
});
const deliveryParams = idParam.extend({
  deliveryId: z.string().max(200).openapi({ description: 'The id of the delivery, from listDeliveries' }),
});

const createWebhook = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/webhooks',
  operationId: 'createWebhook',
  summary: 'Create a webhook',
  description: 'Only this reply has the shared secret.',
  request: { headers: z.object({ 'Idempotency-Key': idempotencyKey }), body: jsonBody(newWebhookSchema) },
  responses: {
    201: changeReply('The new webhook', webhookWithSecretSchema),
    ...failuresOf(...bodyFailures, ...onceFailures, 'webhook_limit_reached'),
  },
});

const listWebhooks = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/webhooks',
  operationId: 'listWebhooks',
  summary: 'List webhooks',
  request: { query: listQuery },
  responses: { 200: jsonReply('Webhooks, newest first', pageOf(webhookSchema)), ...failuresOf('cursor_invalid') },
});

const getWebhook = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/webhooks/{id}',
  operationId: 'getWebhook',
  summary: 'Get a webhook',
  request: { params: idParam },
  responses: { 200: jsonReply('The webhook', webhookSchema), ...failuresOf('not_found') },
});

const updateWebhook = createRoute({
  ...shared,
  method: 'patch',
  path: '/v1/webhooks/{id}',
  operationId: 'updateWebhook',
  summary: 'Change, disable or enable a webhook',
  request: { params: idParam, body: jsonBody(webhookUpdateSchema) },
  responses: {
    200: changeReply('The changed webhook', webhookSchema),
    ...failuresOf(...bodyFailures, 'not_found'),
  },
});

const rotateWebhookSecret = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/webhooks/{id}/rotate-secret',
  operationId: 'rotateWebhookSecret',
  summary: 'Replace the secret of a webhook',
  description: 'The old secret signs too for the overlap: deliveries have both signatures.',
  request: {
    params: idParam,
    headers: z.object({ 'Idempotency-Key': idempotencyKey }),
    body: { content: { 'application/json': { schema: rotationSchema } } },
  },
  responses: {
    200: changeReply('The webhook with its new secret', webhookWithSecretSchema),
    ...failuresOf(...bodyFailures, ...onceFailures, 'not_found'),
  },
});

const deleteWebhook = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/webhooks/{id}',
  operationId: 'deleteWebhook',
  summary: 'Delete a webhook with what waits for it',
  request: { params: idParam },
  responses: { 200: changeReply('The deleted webhook', webhookSchema), ...failuresOf('not_found') },
});

const testWebhook = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/webhooks/{id}/test',
  operationId: 'testWebhook',
  summary: 'Send a test event',
  description: 'Sends an event webhook.test once, without retries. The deliveries show the result.',
  request: { params: idParam },
  responses: {
    202: jsonReply('The id of the event', z.object({ event: z.string() })),
    ...failuresOf('not_found', 'webhook_disabled'),
  },
});

const listDeliveries = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/webhooks/{id}/deliveries',
  operationId: 'listDeliveries',
  summary: 'List the deliveries of the last 30 days',
  request: { params: idParam, query: deliveriesQuery },
  responses: {
    200: jsonReply('Deliveries, newest first', pageOf(deliverySchema)),
    ...failuresOf('not_found', 'cursor_invalid'),
  },
});

const replayDelivery = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/webhooks/{id}/deliveries/{deliveryId}/replay',
  operationId: 'replayDelivery',
  summary: 'Send an event again',
  description: 'It has the id of the event again, and all attempts from the first.',
  request: { params: deliveryParams },
  responses: { 202: jsonReply('The delivery', deliverySchema), ...failuresOf('not_found', 'webhook_disabled') },
});

/** What the routes of webhooks need. */
export interface WebhookRouteParts {
  readonly webhooks: WebhookCommands;
  readonly clock: Clock;
}

export function addWebhookRoutes(app: OpenAPIHono, { webhooks, clock }: WebhookRouteParts, once: Once): void {
  const showWithSecret = ({ webhook, secret }: WebhookWithSecret) => ({ ...toWebhook(webhook), secret });

  app.openapi(createWebhook, async (c) => {
    const input = c.req.valid('json');
    const { org: orgId, ...fields } = input;
    const report = reportChange(c, clock);
    const create = (options: Parameters<WebhookCommands['createWebhook']>[2]) =>
      webhooks.createWebhook(operatorOf(c), { ...fields, orgId }, options);
    const reply = await once(c, { ...input, ...senderOf(c) }, report.onHeld, create, showWithSecret);
    return c.json(report.with(reply), 201);
  });

  app.openapi(listWebhooks, async (c) => {
    const { limit = defaultLimit, cursor, org: orgId } = c.req.valid('query');
    const { items, nextCursor } = await webhooks.listWebhooks(operatorOf(c), { limit, cursor }, { orgId });
    return c.json({ data: items.map(toWebhook), nextCursor }, 200);
  });

  app.openapi(getWebhook, async (c) =>
    c.json(toWebhook(await webhooks.getWebhook(operatorOf(c), c.req.valid('param').id)), 200),
  );

  app.openapi(updateWebhook, async (c) => {
    const { disabled: isDisabled, ...fields } = c.req.valid('json');
    const report = reportChange(c, clock);
    const options = { onHeld: report.onHeld };
    const { id } = c.req.valid('param');
    const updated = await webhooks.updateWebhook(operatorOf(c), id, { ...fields, isDisabled }, options);
    return c.json(report.with(toWebhook(updated)), 200);
  });

  app.openapi(rotateWebhookSecret, async (c) => {
    // Without a body, the validator does not run, and the default overlap applies.
    const { overlap }: z.infer<typeof rotationSchema> = c.req.valid('json') ?? {};
    const report = reportChange(c, clock);
    const rotate = (options: Parameters<WebhookCommands['rotateWebhookSecret']>[3]) =>
      webhooks.rotateWebhookSecret(operatorOf(c), c.req.valid('param').id, overlap, options);
    const reply = await once(c, { overlap, ...senderOf(c) }, report.onHeld, rotate, showWithSecret);
    return c.json(report.with(reply), 200);
  });

  app.openapi(deleteWebhook, async (c) => {
    const report = reportChange(c, clock);
    const deleted = await webhooks.deleteWebhook(operatorOf(c), c.req.valid('param').id, { onHeld: report.onHeld });
    return c.json(report.with(toWebhook(deleted)), 200);
  });

  app.openapi(testWebhook, async (c) => {
    const event = await webhooks.testWebhook(operatorOf(c), c.req.valid('param').id);
    return c.json({ event }, 202);
  });

  app.openapi(listDeliveries, async (c) => {
    const { limit = defaultLimit, cursor, status } = c.req.valid('query');
    const page = { limit, cursor };
    const { id } = c.req.valid('param');
    const { items, nextCursor } = await webhooks.listDeliveries(operatorOf(c), id, page, status);
    return c.json({ data: items.map(toDelivery), nextCursor }, 200);
  });

  app.openapi(replayDelivery, async (c) => {
    const { id, deliveryId } = c.req.valid('param');
    return c.json(toDelivery(await webhooks.replayDelivery(operatorOf(c), id, deliveryId)), 202);
  });
}

function toWebhook({ orgId, types, disabled, formerUntilMs, createdAtMs, ...webhook }: Webhook) {
  const { id, name, url, signature, publicKey } = webhook;
  return {
    ...{ id, org: orgId, name, url, types: types === 'all' ? null : [...types], signature, publicKey },
    status: disabled === null ? ('enabled' as const) : ('disabled' as const),
    disabledBecause: disabled?.because ?? null,
    disabledAt: toInstantOrNull(disabled?.atMs ?? null),
    formerSecretUntil: toInstantOrNull(formerUntilMs),
    createdAt: toInstant(createdAtMs),
  };
}

function toDelivery(delivery: Delivery) {
  const { id, eventId, type, eventAtMs, status, attempts, nextAtMs, lastAtMs, lastStatus, lastError } = delivery;
  return {
    ...{ id, event: eventId, type, happenedAt: toInstant(eventAtMs), status, attempts },
    ...{ nextAttemptAt: toInstantOrNull(nextAtMs), lastAttemptAt: toInstantOrNull(lastAtMs), lastStatus, lastError },
  };
}
