// The routes on webhooks. The admin API has them once, the session API for each organization and for the operator.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context, Env } from 'hono';
import type { Actor } from '../../domain/actor.ts';
import type { Clock } from '../../domain/clock.ts';
import { deliveryStatuses } from '../../domain/webhook-endpoint.ts';
import { notFound } from '../../management/management-error.ts';
import type { WebhookCommands } from '../../management/webhooks.ts';
import { reportChange } from './change-report.ts';
import type { Once, OncePayload } from './idempotency.ts';
import type { ProblemCode } from './problem.ts';
import {
  bodyFailures,
  changeReply,
  type failures,
  idempotencyKey,
  jsonBody,
  jsonReply,
  onceFailures,
} from './route.ts';
import { defaultLimit, idParam, pageOf, plainListQuery, rotationSchema } from './schemas.ts';
import {
  attemptSchema,
  deliverySchema,
  listedWebhookSchema,
  newWebhookSchema,
  toAttempt,
  toDelivery,
  toListedWebhook,
  toWebhook,
  toWebhookWithSecret,
  webhookSchema,
  webhookUpdateSchema,
  webhookWithSecretSchema,
} from './webhook-schemas.ts';

/** Where the routes are, and whose webhooks they reach. */
export interface WebhookPlace {
  /** `/v1/webhooks`. May have `{org}`. */
  readonly path: string;
  /** The id of the operation of the admin API in this place: `createWebhook`, `createOrgWebhook`. */
  readonly nameOf: (operation: string) => string;
  /** What the document says of each route. */
  readonly described: { readonly tags?: string[]; readonly security?: { operatorToken: never[] }[] };
  readonly failuresOf: (...codes: readonly ProblemCode[]) => typeof failures;
  /**
   * The caller, and whose webhooks they reach: of one organization, of the operator (`null`), or of all (`undefined`).
   * `sender`: tells apart the senders of one `Idempotency-Key`. Rejects if the caller may not be here.
   */
  readonly open: (c: Context) => Promise<Visitor>;
}

interface Visitor {
  readonly actor: Actor;
  readonly orgId: string | null | undefined;
  readonly sender: OncePayload;
}

/** What the routes need. */
export interface WebhookRouteParts {
  readonly webhooks: WebhookCommands;
  readonly clock: Clock;
  readonly once: Once;
}

const listQuery = plainListQuery.extend({
  org: z.string().max(200).optional().openapi({ description: 'Only those of this organization' }),
});
const deliveriesQuery = plainListQuery.extend({
  status: z.enum(deliveryStatuses).optional().openapi({ description: 'Only those with this status' }),
});
const deliveryId = z.string().max(200).openapi({ description: 'The id of the delivery, from listDeliveries' });
const org = z.string().max(200);

type CreateOptions = Parameters<WebhookCommands['createWebhook']>[2];
type RotateOptions = Parameters<WebhookCommands['rotateWebhookSecret']>[3];

export function addWebhookRoutes<E extends Env>(
  app: OpenAPIHono<E>,
  { webhooks, clock, once }: WebhookRouteParts,
  { path, nameOf, described, failuresOf, open }: WebhookPlace,
): void {
  const isOfAll = !path.includes('{org}') && described.security !== undefined;
  const inPlace = (path.includes('{org}') ? z.object({ org }) : z.object({})) as z.ZodObject<Record<never, never>>;
  const params = inPlace.extend(idParam.shape);
  const headers = z.object({ 'Idempotency-Key': idempotencyKey });

  const createWebhook = createRoute({
    ...described,
    method: 'post',
    path,
    operationId: nameOf('createWebhook'),
    summary: 'Create a webhook',
    description: 'Only this reply has the shared secret.',
    request: {
      params: inPlace,
      headers,
      body: jsonBody(isOfAll ? newWebhookSchema : (newWebhookSchema.omit({ org: true }) as typeof newWebhookSchema)),
    },
    responses: {
      201: changeReply('The new webhook', webhookWithSecretSchema),
      ...failuresOf(...bodyFailures, ...onceFailures, 'webhook_limit_reached'),
    },
  });

  const listWebhooks = createRoute({
    ...described,
    method: 'get',
    path,
    operationId: nameOf('listWebhooks'),
    summary: 'List webhooks',
    request: { params: inPlace, query: isOfAll ? listQuery : (plainListQuery as typeof listQuery) },
    responses: {
      200: jsonReply('Webhooks, newest first', pageOf(listedWebhookSchema)),
      ...failuresOf('cursor_invalid'),
    },
  });

  const getWebhook = createRoute({
    ...described,
    method: 'get',
    path: `${path}/{id}`,
    operationId: nameOf('getWebhook'),
    summary: 'Get a webhook',
    request: { params },
    responses: { 200: jsonReply('The webhook', webhookSchema), ...failuresOf('not_found') },
  });

  const updateWebhook = createRoute({
    ...described,
    method: 'patch',
    path: `${path}/{id}`,
    operationId: nameOf('updateWebhook'),
    summary: 'Change, disable or enable a webhook',
    request: { params, body: jsonBody(webhookUpdateSchema) },
    responses: {
      200: changeReply('The changed webhook', webhookSchema),
      ...failuresOf(...bodyFailures, 'not_found'),
    },
  });

  const rotateWebhookSecret = createRoute({
    ...described,
    method: 'post',
    path: `${path}/{id}/rotate-secret`,
    operationId: nameOf('rotateWebhookSecret'),
    summary: 'Replace the secret of a webhook',
    description: 'The old secret signs too for the overlap: deliveries have both signatures.',
    request: { params, headers, body: { content: { 'application/json': { schema: rotationSchema } } } },
    responses: {
      200: changeReply('The webhook with its new secret', webhookWithSecretSchema),
      ...failuresOf(...bodyFailures, ...onceFailures, 'not_found', 'webhook_unsigned'),
    },
  });

  const endOverlap = createRoute({
    ...described,
    method: 'post',
    path: `${path}/{id}/end-overlap`,
    operationId: nameOf('endWebhookOverlap'),
    summary: 'End the overlap of a rotation',
    description: 'The old secret signs no more. Without an overlap, nothing changes.',
    request: { params },
    responses: { 200: changeReply('The webhook', webhookSchema), ...failuresOf('not_found') },
  });

  const deleteWebhook = createRoute({
    ...described,
    method: 'delete',
    path: `${path}/{id}`,
    operationId: nameOf('deleteWebhook'),
    summary: 'Delete a webhook with what waits for it',
    request: { params },
    responses: { 200: changeReply('The deleted webhook', webhookSchema), ...failuresOf('not_found') },
  });

  const testWebhook = createRoute({
    ...described,
    method: 'post',
    path: `${path}/{id}/test`,
    operationId: nameOf('testWebhook'),
    summary: 'Send a test event',
    description: 'Sends an event webhook.test once, without retries. The deliveries show the result.',
    request: { params },
    responses: {
      202: jsonReply('The id of the event', z.object({ event: z.string() })),
      ...failuresOf('not_found', 'webhook_disabled'),
    },
  });

  const listDeliveries = createRoute({
    ...described,
    method: 'get',
    path: `${path}/{id}/deliveries`,
    operationId: nameOf('listDeliveries'),
    summary: 'List the deliveries of the last 30 days',
    request: { params, query: deliveriesQuery },
    responses: {
      200: jsonReply('Deliveries, newest first', pageOf(deliverySchema)),
      ...failuresOf('not_found', 'cursor_invalid'),
    },
  });

  const listAttempts = createRoute({
    ...described,
    method: 'get',
    path: `${path}/{id}/deliveries/{deliveryId}/attempts`,
    operationId: nameOf('listAttempts'),
    summary: 'List the attempts of a delivery',
    request: { params: params.extend({ deliveryId }) },
    responses: {
      200: jsonReply('The last 100 attempts, newest first', z.object({ data: z.array(attemptSchema) })),
      ...failuresOf('not_found'),
    },
  });

  const replayDelivery = createRoute({
    ...described,
    method: 'post',
    path: `${path}/{id}/deliveries/{deliveryId}/replay`,
    operationId: nameOf('replayDelivery'),
    summary: 'Send an event again',
    description: 'It has the id of the event again, and all attempts from the first.',
    request: { params: params.extend({ deliveryId }) },
    responses: { 202: jsonReply('The delivery', deliverySchema), ...failuresOf('not_found', 'webhook_disabled') },
  });

  /** The caller, who may reach the webhook from this place. Else rejects, as if there were no such webhook. */
  async function openWebhook(c: Context, id: string): Promise<Visitor> {
    const visitor = await open(c);
    if (visitor.orgId === undefined) return visitor;
    const { orgId } = await webhooks.getWebhook(visitor.actor, id);
    if (orgId !== visitor.orgId) throw notFound();
    return visitor;
  }

  app.openapi(createWebhook, async (c) => {
    const { org: named, ...fields } = c.req.valid('json');
    const { actor, orgId = named, sender } = await open(c);
    const report = reportChange(c, clock);
    const create = (options: CreateOptions) =>
      webhooks.createWebhook(actor, { ...fields, orgId: orgId ?? undefined }, options);
    const payload = { ...c.req.valid('json'), ...sender };
    const reply = await once(c, payload, report.onHeld, create, toWebhookWithSecret);
    return c.json(report.with(reply), 201);
  });

  app.openapi(listWebhooks, async (c) => {
    const { limit = defaultLimit, cursor, org: named } = c.req.valid('query');
    const { actor, orgId = named } = await open(c);
    const { items, nextCursor } = await webhooks.listWebhooks(actor, { limit, cursor }, { orgId });
    return c.json({ data: items.map(toListedWebhook), nextCursor }, 200);
  });

  app.openapi(getWebhook, async (c) => {
    const { id } = c.req.valid('param');
    const { actor } = await openWebhook(c, id);
    return c.json(toWebhook(await webhooks.getWebhook(actor, id)), 200);
  });

  app.openapi(updateWebhook, async (c) => {
    const { id } = c.req.valid('param');
    const { disabled: isDisabled, ...fields } = c.req.valid('json');
    const { actor } = await openWebhook(c, id);
    const report = reportChange(c, clock);
    const updated = await webhooks.updateWebhook(actor, id, { ...fields, isDisabled }, { onHeld: report.onHeld });
    return c.json(report.with(toWebhook(updated)), 200);
  });

  app.openapi(rotateWebhookSecret, async (c) => {
    const { id } = c.req.valid('param');
    // Without a body, the validator does not run, and the default overlap applies.
    const { overlap }: z.infer<typeof rotationSchema> = c.req.valid('json') ?? {};
    const { actor, sender } = await openWebhook(c, id);
    const report = reportChange(c, clock);
    const rotate = (options: RotateOptions) => webhooks.rotateWebhookSecret(actor, id, overlap, options);
    const reply = await once(c, { overlap, ...sender }, report.onHeld, rotate, toWebhookWithSecret);
    return c.json(report.with(reply), 200);
  });

  app.openapi(endOverlap, async (c) => {
    const { id } = c.req.valid('param');
    const { actor } = await openWebhook(c, id);
    const report = reportChange(c, clock);
    return c.json(report.with(toWebhook(await webhooks.endOverlap(actor, id, { onHeld: report.onHeld }))), 200);
  });

  app.openapi(deleteWebhook, async (c) => {
    const { id } = c.req.valid('param');
    const { actor } = await openWebhook(c, id);
    const report = reportChange(c, clock);
    return c.json(report.with(toWebhook(await webhooks.deleteWebhook(actor, id, { onHeld: report.onHeld }))), 200);
  });

  app.openapi(testWebhook, async (c) => {
    const { id } = c.req.valid('param');
    const { actor } = await openWebhook(c, id);
    return c.json({ event: await webhooks.testWebhook(actor, id) }, 202);
  });

  app.openapi(listDeliveries, async (c) => {
    const { id } = c.req.valid('param');
    const { limit = defaultLimit, cursor, status } = c.req.valid('query');
    const { actor } = await openWebhook(c, id);
    const { items, nextCursor } = await webhooks.listDeliveries(actor, id, { limit, cursor }, status);
    return c.json({ data: items.map(toDelivery), nextCursor }, 200);
  });

  app.openapi(listAttempts, async (c) => {
    const { id, deliveryId: delivery } = c.req.valid('param');
    const { actor } = await openWebhook(c, id);
    return c.json({ data: (await webhooks.listAttempts(actor, id, delivery)).map(toAttempt) }, 200);
  });

  app.openapi(replayDelivery, async (c) => {
    const { id, deliveryId: delivery } = c.req.valid('param');
    const { actor } = await openWebhook(c, id);
    return c.json(toDelivery(await webhooks.replayDelivery(actor, id, delivery)), 202);
  });
}
