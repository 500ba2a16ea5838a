// /v1/alerts and /v1/alert-rules: unusual activity, and the rules that find it.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../domain/clock.ts';
import type { AlertCommands } from '../../management/alerts.ts';
import {
  alertListQuery,
  alertRuleSchema,
  alertSchema,
  alertWithFixesSchema,
  muteSchema,
  previewInputSchema,
  previewSchema,
  ruleUpdateSchema,
  toAlert,
  toAlertQuery,
  toFixes,
  toPreview,
  toRule,
} from '../wire/alerts.ts';
import { reportChange } from '../wire/change-report.ts';
import { bodyFailures, changeReply, failuresOf, jsonBody, jsonReply, operatorOnly } from '../wire/route.ts';
import { defaultLimit, idParam, pageOf } from '../wire/schemas.ts';
import { operatorOf } from './operator.ts';

const shared = { tags: ['Alerts'], security: operatorOnly };
const org = z.string().max(200).optional().openapi({ description: 'Only those of this organization' });
const ruleParam = z.object({
  rule: z.string().max(200).openapi({ description: 'The id of the rule, from listAlertRules', example: 'new_network' }),
});

const listAlerts = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/alerts',
  operationId: 'listAlerts',
  summary: 'List alerts of the last 90 days',
  request: { query: alertListQuery.extend({ org }) },
  responses: { 200: jsonReply('Alerts, newest first', pageOf(alertSchema)), ...failuresOf('cursor_invalid') },
});

const getAlert = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/alerts/{id}',
  operationId: 'getAlert',
  summary: 'Get an alert with what would help',
  request: { params: idParam },
  responses: { 200: jsonReply('The alert', alertWithFixesSchema), ...failuresOf('not_found') },
});

const acknowledgeAlert = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/alerts/{id}/acknowledge',
  operationId: 'acknowledgeAlert',
  summary: 'Note that someone has seen an alert',
  request: { params: idParam },
  responses: { 200: changeReply('The alert', alertSchema), ...failuresOf('not_found') },
});

const muteAlert = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/alerts/{id}/mute',
  operationId: 'muteAlert',
  summary: 'Mute a rule for the subject of an alert',
  request: { params: idParam, body: jsonBody(muteSchema) },
  responses: { 200: changeReply('The alert', alertSchema), ...failuresOf(...bodyFailures, 'not_found') },
});

const listAlertRules = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/alert-rules',
  operationId: 'listAlertRules',
  summary: 'List the rules with their numbers',
  responses: { 200: jsonReply('All rules', z.object({ data: z.array(alertRuleSchema) })), ...failuresOf() },
});

const updateAlertRule = createRoute({
  ...shared,
  method: 'patch',
  path: '/v1/alert-rules/{rule}',
  operationId: 'updateAlertRule',
  summary: 'Switch a rule, or change its numbers',
  request: { params: ruleParam, body: jsonBody(ruleUpdateSchema) },
  responses: { 200: changeReply('The rule', alertRuleSchema), ...failuresOf(...bodyFailures) },
});

const previewAlertRule = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/alert-rules/{rule}/preview',
  operationId: 'previewAlertRule',
  summary: 'Count the alerts that a rule would have raised',
  description: 'Replays the rule over the last 30 days. Changes nothing.',
  request: { params: ruleParam, query: z.object({ org }), body: jsonBody(previewInputSchema) },
  responses: { 200: jsonReply('What it would have raised', previewSchema), ...failuresOf(...bodyFailures) },
});

/** What the routes of alerts need. */
export interface AlertRouteParts {
  readonly alerts: AlertCommands;
  readonly clock: Clock;
}

export function addAlertRoutes(app: OpenAPIHono, { alerts, clock }: AlertRouteParts): void {
  app.openapi(listAlerts, async (c) => {
    const { limit = defaultLimit, cursor, org: orgId, ...query } = c.req.valid('query');
    const { items, nextCursor } = await alerts.listAlerts(operatorOf(c), toAlertQuery(query, orgId), { limit, cursor });
    return c.json({ data: items.map(toAlert), nextCursor }, 200);
  });

  app.openapi(getAlert, async (c) => {
    const { alert, fixes } = await alerts.getAlert(operatorOf(c), c.req.valid('param').id);
    return c.json({ ...toAlert(alert), fixes: toFixes(fixes, `/v1/keys/${alert.subject.id}`) }, 200);
  });

  app.openapi(acknowledgeAlert, async (c) => {
    const report = reportChange(c, clock);
    const { onHeld } = report;
    const alert = await alerts.acknowledgeAlert(operatorOf(c), c.req.valid('param').id, { onHeld });
    return c.json(report.with(toAlert(alert)), 200);
  });

  app.openapi(muteAlert, async (c) => {
    const report = reportChange(c, clock);
    const { onHeld } = report;
    const { for: mutedFor } = c.req.valid('json');
    const alert = await alerts.muteAlert(operatorOf(c), c.req.valid('param').id, mutedFor, { onHeld });
    return c.json(report.with(toAlert(alert)), 200);
  });

  app.openapi(listAlertRules, async (c) => {
    const rules = await alerts.listRules(operatorOf(c));
    return c.json({ data: rules.map(toRule) }, 200);
  });

  app.openapi(updateAlertRule, async (c) => {
    const report = reportChange(c, clock);
    const { on: isOn, settings } = c.req.valid('json');
    const { onHeld } = report;
    const rule = await alerts.updateRule(operatorOf(c), c.req.valid('param').rule, { isOn, settings }, { onHeld });
    return c.json(report.with(toRule(rule)), 200);
  });

  app.openapi(previewAlertRule, async (c) => {
    const { settings = {} } = c.req.valid('json');
    const { org: orgId } = c.req.valid('query');
    const preview = await alerts.previewRule(operatorOf(c), c.req.valid('param').rule, settings, { orgId });
    return c.json(toPreview(preview), 200);
  });
}
