// /v1/webhooks: the webhooks of organizations and of the operator.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { failuresOf, operatorOnly } from '../wire/route.ts';
import { addWebhookRoutes, type WebhookRouteParts } from '../wire/webhook-routes.ts';
import { operatorOf, senderOf } from './operator.ts';

export function addAdminWebhookRoutes(app: OpenAPIHono, parts: WebhookRouteParts): void {
  addWebhookRoutes(app, parts, {
    path: '/v1/webhooks',
    nameOf: (operation) => operation,
    described: { tags: ['Webhooks'], security: operatorOnly },
    failuresOf,
    open: async (c) => ({ actor: operatorOf(c), orgId: undefined, sender: senderOf(c) }),
  });
}
