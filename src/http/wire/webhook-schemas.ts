// The requests and replies about webhooks, which the admin API and the session API share.
import { z } from '@hono/zod-openapi';
import {
  type Attempt,
  type Delivery,
  deliveryStatuses,
  disabledCauses,
  signatureKinds,
  webhookFormats,
} from '../../domain/webhook-endpoint.ts';
import { type EventType, eventTypes } from '../../domain/webhook-event.ts';
import type { ListedWebhook, Webhook, WebhookWithSecret } from '../../management/webhooks.ts';
import { toInstant, toInstantOrNull } from './schemas.ts';

const instant = z.string().openapi({ format: 'date-time', example: '2026-11-21T09:30:00.000Z' });
const typeNames = Object.keys(eventTypes) as [EventType, ...EventType[]];

export const webhookSchema = z
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
    format: z.enum(webhookFormats),
    signature: z.enum([...signatureKinds, 'none']).openapi({ description: 'none: its format has no signature' }),
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

export const webhookWithSecretSchema = webhookSchema
  .extend({
    secret: z.string().nullable().openapi({
      description:
        'What verifies deliveries: whsec_…, which only this reply has, or the public key whpk_…; null: nothing is signed',
    }),
  })
  .openapi('WebhookWithSecret');

const types = z.array(z.string()).openapi({ example: ['key.created', 'key.revoked'] });

export const newWebhookSchema = z
  .strictObject({
    org: z
      .string()
      .max(200)
      .optional()
      .openapi({ description: 'The organization whose events it gets. Default: the events of all' }),
    name: z.string().openapi({ description: '1 to 100 characters', example: 'billing' }),
    url: z.string().openapi({ description: 'https, with a public address', example: 'https://example.com/webhooks' }),
    types: types.optional().openapi({ description: 'Types of events, at least one. Default: all' }),
    format: z.enum(webhookFormats).optional().openapi({
      description:
        'standard: events of Standard Webhooks; alertmanager: alerts for Alertmanager, without a signature. Default standard',
    }),
    signature: z
      .enum(signatureKinds)
      .optional()
      .openapi({ description: 'hmac: a shared secret; ed25519: a private key. Default hmac' }),
  })
  .openapi('NewWebhook');

export const webhookUpdateSchema = z
  .strictObject({
    name: z.string().optional(),
    url: z.string().optional(),
    types: types.nullable().optional().openapi({ description: 'null: all' }),
    disabled: z.boolean().optional().openapi({ description: 'false: it gets events again, and what waited is sent' }),
  })
  .openapi('WebhookUpdate');

export const deliverySchema = z
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

export const attemptSchema = z
  .object({
    beganAt: instant,
    endedAt: instant,
    status: z.int().nullable().openapi({ description: 'The status of the answer; null: there was none' }),
    error: z
      .string()
      .nullable()
      .openapi({ description: 'Why it failed: status, or why no answer came; null: it did not', example: 'timed_out' }),
  })
  .openapi('Attempt');

export const listedWebhookSchema = webhookSchema
  .extend({ lastDelivery: z.union([deliverySchema, z.null()]) })
  .openapi('ListedWebhook');

/** The webhook as the wire shows it. */
export function toWebhook({ orgId, types, disabled, formerUntilMs, createdAtMs, ...webhook }: Webhook) {
  const { id, name, url, format, signature, publicKey } = webhook;
  return {
    ...{ id, org: orgId, name, url, types: types === 'all' ? null : [...types] },
    ...{ format, signature, publicKey },
    status: disabled === null ? ('enabled' as const) : ('disabled' as const),
    disabledBecause: disabled?.because ?? null,
    disabledAt: toInstantOrNull(disabled?.atMs ?? null),
    formerSecretUntil: toInstantOrNull(formerUntilMs),
    createdAt: toInstant(createdAtMs),
  };
}

/** The delivery as the wire shows it. */
export function toDelivery(delivery: Delivery) {
  const { id, eventId, type, eventAtMs, status, attempts, nextAtMs, lastAtMs, lastStatus, lastError } = delivery;
  return {
    ...{ id, event: eventId, type, happenedAt: toInstant(eventAtMs), status, attempts },
    ...{ nextAttemptAt: toInstantOrNull(nextAtMs), lastAttemptAt: toInstantOrNull(lastAtMs), lastStatus, lastError },
  };
}

/** The webhook with what verifies its deliveries. */
export function toWebhookWithSecret({ webhook, secret }: WebhookWithSecret) {
  return { ...toWebhook(webhook), secret };
}

/** The webhook in a list. */
export function toListedWebhook({ webhook, lastDelivery }: ListedWebhook) {
  return { ...toWebhook(webhook), lastDelivery: lastDelivery && toDelivery(lastDelivery) };
}

/** The attempt as the wire shows it. */
export function toAttempt({ beganAtMs, endedAtMs, status, error }: Attempt): z.infer<typeof attemptSchema> {
  return { beganAt: toInstant(beganAtMs), endedAt: toInstant(endedAtMs), status, error };
}
