// /api/orgs/{org}/webhooks for owners and admins, and /api/operator/webhooks for the operator's own webhooks.
import { notFound } from '../../management/management-error.ts';
import { failures } from '../wire/route.ts';
import { addWebhookRoutes, type WebhookRouteParts } from '../wire/webhook-routes.ts';
import type { ConsoleApp, ConsoleContext, Sessions } from './session.ts';

export interface ConsoleWebhookParts extends WebhookRouteParts {
  readonly sessions: Sessions;
}

/** Call it after `addOperatorRoutes`, which keeps everyone else from `/api/operator`. */
export function addConsoleWebhookRoutes(app: ConsoleApp, { sessions, ...parts }: ConsoleWebhookParts): void {
  const shared = { described: {}, failuresOf: () => failures };

  /** Only the first caller gets a reply with a secret, even if another person knows the Idempotency-Key. */
  async function senderOf(c: ConsoleContext) {
    return { person: (await sessions.signedIn(c)).session.person.id };
  }

  addWebhookRoutes(app, parts, {
    ...shared,
    path: '/api/orgs/{org}/webhooks',
    nameOf: (operation) => operation.replace(/^[a-z]+/, '$&Org'),
    async open(c) {
      const orgId = c.req.param('org') as string;
      return { actor: await sessions.actorIn(c, orgId), orgId, sender: await senderOf(c) };
    },
  });
  addWebhookRoutes(app, parts, {
    ...shared,
    path: '/api/operator/webhooks',
    nameOf: (operation) => operation.replace(/^[a-z]+/, '$&Operator'),
    async open(c) {
      const actor = await sessions.actorOf(c);
      if (actor?.kind !== 'operator') throw notFound();
      return { actor, orgId: null, sender: await senderOf(c) };
    },
  });
}
