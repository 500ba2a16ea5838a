// /api/orgs/{org}/alerts: unusual activity of the keys of an organization.
import { createRoute, z } from '@hono/zod-openapi';
import type { Clock } from '../../domain/clock.ts';
import type { AlertCommands } from '../../management/alerts.ts';
import { notFound } from '../../management/management-error.ts';
import {
  alertListQuery,
  alertSchema,
  alertWithFixesSchema,
  muteSchema,
  toAlert,
  toAlertQuery,
  toFixes,
} from '../wire/alerts.ts';
import { reportChange } from '../wire/change-report.ts';
import { changeReply, failures, jsonBody, jsonReply } from '../wire/route.ts';
import { defaultLimit, pageOf } from '../wire/schemas.ts';
import type { ConsoleApp, ConsoleContext, Sessions } from './session.ts';

/** What the alert routes need. */
export interface AlertParts {
  readonly sessions: Sessions;
  readonly alerts: AlertCommands;
  readonly clock: Clock;
}

const org = z.string().max(200);
const ofOrg = z.object({ org });
const ofAlert = z.object({ org, id: z.string().max(200) });

const listAlerts = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/alerts',
  operationId: 'listOrgAlerts',
  request: { params: ofOrg, query: alertListQuery },
  responses: { 200: jsonReply('Alerts of the last 90 days, newest first', pageOf(alertSchema)), ...failures },
});

const getAlert = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/alerts/{id}',
  operationId: 'getOrgAlert',
  request: { params: ofAlert },
  responses: { 200: jsonReply('The alert, with what would help', alertWithFixesSchema), ...failures },
});

const acknowledgeAlert = createRoute({
  method: 'post',
  path: '/api/orgs/{org}/alerts/{id}/acknowledge',
  operationId: 'acknowledgeOrgAlert',
  request: { params: ofAlert },
  responses: { 200: changeReply('The alert', alertSchema), ...failures },
});

const muteAlert = createRoute({
  method: 'post',
  path: '/api/orgs/{org}/alerts/{id}/mute',
  operationId: 'muteOrgAlert',
  request: { params: ofAlert, body: jsonBody(muteSchema) },
  responses: { 200: changeReply('The alert', alertSchema), ...failures },
});

export function addAlertRoutes(app: ConsoleApp, { sessions, alerts, clock }: AlertParts): void {
  /** The actor, for an alert of this organization. Rejects with `not_found` for one of another. */
  async function actorFor(c: ConsoleContext, orgId: string, id: string) {
    const actor = await sessions.actorIn(c, orgId);
    const found = await alerts.getAlert(actor, id);
    if (found.alert.orgId !== orgId) throw notFound();
    return { actor, found };
  }

  app.openapi(listAlerts, async (c) => {
    const { org: orgId } = c.req.valid('param');
    const { limit = defaultLimit, cursor, ...query } = c.req.valid('query');
    const actor = await sessions.actorIn(c, orgId);
    const { items, nextCursor } = await alerts.listAlerts(actor, toAlertQuery(query, orgId), { limit, cursor });
    return c.json({ data: items.map(toAlert), nextCursor }, 200);
  });

  app.openapi(getAlert, async (c) => {
    const { org: orgId, id } = c.req.valid('param');
    const { alert, fixes } = (await actorFor(c, orgId, id)).found;
    const keyPath = `/api/orgs/${orgId}/keys/${alert.subject.id}`;
    return c.json({ ...toAlert(alert), fixes: toFixes(fixes, keyPath) }, 200);
  });

  app.openapi(acknowledgeAlert, async (c) => {
    const { org: orgId, id } = c.req.valid('param');
    const { actor } = await actorFor(c, orgId, id);
    const report = reportChange(c, clock);
    const alert = await alerts.acknowledgeAlert(actor, id, { onHeld: report.onHeld });
    return c.json(report.with(toAlert(alert)), 200);
  });

  app.openapi(muteAlert, async (c) => {
    const { org: orgId, id } = c.req.valid('param');
    const { actor } = await actorFor(c, orgId, id);
    const report = reportChange(c, clock);
    const alert = await alerts.muteAlert(actor, id, c.req.valid('json').for, { onHeld: report.onHeld });
    return c.json(report.with(toAlert(alert)), 200);
  });
}
