// Unusual activity: /api/orgs/{org}/alerts for owners and admins; /api/operator/alerts and its rules for the operator.
import { createRoute, z } from '@hono/zod-openapi';
import type { Actor } from '../../domain/actor.ts';
import { type Alert, ruleIds } from '../../domain/alert.ts';
import type { Clock } from '../../domain/clock.ts';
import type { AlertCommands, AlertWithFixes } from '../../management/alerts.ts';
import { notFound } from '../../management/management-error.ts';
import type { OverviewStore } from '../../management/overview-ports.ts';
import type { PeopleStore } from '../../people/ports.ts';
import {
  alertListQuery,
  alertRuleSchema,
  alertSchema,
  alertWithFixesSchema,
  muteSchema,
  previewedSchema,
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
import type { Gates } from '../wire/mask.ts';
import { changeReply, failures, jsonBody, jsonReply } from '../wire/route.ts';
import { defaultLimit, pageOf } from '../wire/schemas.ts';
import { shownKeySchema, toShownKey } from './denials.ts';
import type { ConsoleApp, ConsoleContext, Sessions } from './session.ts';

/** What the alert routes need. */
export interface AlertParts {
  readonly sessions: Sessions;
  readonly alerts: AlertCommands;
  readonly store: Pick<OverviewStore, 'findKeys'>;
  readonly people: Pick<PeopleStore, 'findOrganization' | 'findPerson'>;
  readonly gates: Gates;
  readonly clock: Clock;
}

const names = {
  key: z
    .union([shownKeySchema, z.null()])
    .openapi({ description: 'null: it is about no key, or the organization has the key no more' }),
  person: z.string().nullable().openapi({ description: 'The e-mail address; null: it is about no person' }),
  orgName: z.string().nullable().openapi({ description: 'null: it concerns the operator only' }),
};

const namedAlertSchema = alertSchema.extend(names).openapi('NamedAlert');
const openedAlertSchema = alertWithFixesSchema.extend(names).openapi('OpenedAlert');
const namedPreviewSchema = z
  .object({ ...previewSchema.shape, latest: z.array(previewedSchema.extend(names)) })
  .openapi('NamedAlertPreview');

/** Where the routes are, and whose alerts they reach. */
interface Place {
  readonly path: '/api/orgs/{org}' | '/api/operator';
  /** `Org`, `Operator`: a part of the ids of operations. */
  readonly word: string;
  /** The caller, and the organization. `undefined`: all, and what concerns the operator only. */
  readonly open: (c: ConsoleContext) => Promise<{ readonly actor: Actor; readonly orgId: string | undefined }>;
}

const org = z.string().max(200);
const ofOperator = z.object({});
const operatorQuery = alertListQuery.extend({
  org: org.optional().openapi({ description: 'Only those of this organization' }),
});

/** Call it after `addOperatorRoutes`, which keeps everyone else from `/api/operator`. */
export function addAlertRoutes(app: ConsoleApp, parts: AlertParts): void {
  const { sessions } = parts;
  addRoutesAt(app, parts, {
    ...{ path: '/api/orgs/{org}', word: 'Org' },
    async open(c) {
      const orgId = c.req.param('org') as string;
      return { actor: await sessions.actorIn(c, orgId), orgId };
    },
  });
  const openOperator = async (c: ConsoleContext) => {
    const actor = await sessions.actorOf(c);
    if (actor?.kind !== 'operator') throw notFound();
    return { actor, orgId: undefined };
  };
  addRoutesAt(app, parts, { path: '/api/operator', word: 'Operator', open: openOperator });
  addRuleRoutes(app, parts, openOperator);
}

function addRoutesAt(app: ConsoleApp, parts: AlertParts, { path, word, open }: Place): void {
  const { alerts, clock } = parts;
  const inPlace = (path === '/api/operator' ? ofOperator : z.object({ org })) as typeof ofOperator;
  const params = inPlace.extend({ id: z.string().max(200) });

  const listAlerts = createRoute({
    method: 'get',
    path: `${path}/alerts`,
    operationId: `list${word}Alerts`,
    request: {
      params: inPlace,
      query: path === '/api/operator' ? operatorQuery : (alertListQuery as typeof operatorQuery),
    },
    responses: { 200: jsonReply('Alerts of the last 90 days, newest first', pageOf(namedAlertSchema)), ...failures },
  });

  const getAlert = createRoute({
    method: 'get',
    path: `${path}/alerts/{id}`,
    operationId: `get${word}Alert`,
    request: { params },
    responses: { 200: jsonReply('The alert, with what would help', openedAlertSchema), ...failures },
  });

  const acknowledgeAlert = createRoute({
    method: 'post',
    path: `${path}/alerts/{id}/acknowledge`,
    operationId: `acknowledge${word}Alert`,
    request: { params },
    responses: { 200: changeReply('The alert', alertSchema), ...failures },
  });

  const muteAlert = createRoute({
    method: 'post',
    path: `${path}/alerts/{id}/mute`,
    operationId: `mute${word}Alert`,
    request: { params, body: jsonBody(muteSchema) },
    responses: { 200: changeReply('The alert', alertSchema), ...failures },
  });

  /** The actor and the alert. Rejects with `not_found` for one of another organization. */
  async function openAlert(c: ConsoleContext, id: string): Promise<AlertWithFixes & { readonly actor: Actor }> {
    const { actor, orgId } = await open(c);
    const found = await alerts.getAlert(actor, id);
    if (orgId !== undefined && found.alert.orgId !== orgId) throw notFound();
    return { ...found, actor };
  }

  app.openapi(listAlerts, async (c) => {
    const { limit = defaultLimit, cursor, org: chosen, ...query } = c.req.valid('query');
    const { actor, orgId = chosen } = await open(c);
    const { items, nextCursor } = await alerts.listAlerts(actor, toAlertQuery(query, orgId), { limit, cursor });
    const nameOf = await findNames(parts, items);
    return c.json({ data: items.map((alert) => ({ ...toAlert(alert), ...nameOf(alert) })), nextCursor }, 200);
  });

  app.openapi(getAlert, async (c) => {
    const { alert, fixes } = await openAlert(c, c.req.valid('param').id);
    const nameOf = await findNames(parts, [alert]);
    const keyPath = `/api/orgs/${alert.orgId}/keys/${alert.subject.id}`;
    return c.json({ ...toAlert(alert), ...nameOf(alert), fixes: toFixes(fixes, keyPath) }, 200);
  });

  app.openapi(acknowledgeAlert, async (c) => {
    const { id } = c.req.valid('param');
    const { actor } = await openAlert(c, id);
    const report = reportChange(c, clock);
    const alert = await alerts.acknowledgeAlert(actor, id, { onHeld: report.onHeld });
    return c.json(report.with(toAlert(alert)), 200);
  });

  app.openapi(muteAlert, async (c) => {
    const { id } = c.req.valid('param');
    const { actor } = await openAlert(c, id);
    const report = reportChange(c, clock);
    const alert = await alerts.muteAlert(actor, id, c.req.valid('json').for, { onHeld: report.onHeld });
    return c.json(report.with(toAlert(alert)), 200);
  });
}

const ofRule = z.object({ rule: z.string().max(200) });

const listOrgRules = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/alert-rules',
  operationId: 'listOrgAlertRules',
  request: { params: z.object({ org }) },
  responses: {
    200: jsonReply('The rules about keys that are on', z.object({ data: z.array(z.enum(ruleIds)) })),
    ...failures,
  },
});

const listRules = createRoute({
  method: 'get',
  path: '/api/operator/alert-rules',
  operationId: 'listOperatorAlertRules',
  responses: { 200: jsonReply('All rules', z.object({ data: z.array(alertRuleSchema) })), ...failures },
});

const updateRule = createRoute({
  method: 'patch',
  path: '/api/operator/alert-rules/{rule}',
  operationId: 'updateOperatorAlertRule',
  request: { params: ofRule, body: jsonBody(ruleUpdateSchema) },
  responses: { 200: changeReply('The rule', alertRuleSchema), ...failures },
});

const previewRule = createRoute({
  method: 'post',
  path: '/api/operator/alert-rules/{rule}/preview',
  operationId: 'previewOperatorAlertRule',
  request: { params: ofRule, body: jsonBody(previewInputSchema) },
  responses: { 200: jsonReply('What it would have raised in the last 30 days', namedPreviewSchema), ...failures },
});

function addRuleRoutes(app: ConsoleApp, parts: AlertParts, openOperator: Place['open']): void {
  const { sessions, alerts, clock } = parts;

  app.openapi(listOrgRules, async (c) => {
    const { org: orgId } = c.req.valid('param');
    return c.json({ data: [...(await alerts.listKeyRulesOn(await sessions.actorIn(c, orgId), orgId))] }, 200);
  });

  app.openapi(listRules, async (c) => {
    const { actor } = await openOperator(c);
    return c.json({ data: (await alerts.listRules(actor)).map(toRule) }, 200);
  });

  app.openapi(updateRule, async (c) => {
    const { actor } = await openOperator(c);
    const { on: isOn, settings } = c.req.valid('json');
    const report = reportChange(c, clock);
    const { onHeld } = report;
    const rule = await alerts.updateRule(actor, c.req.valid('param').rule, { isOn, settings }, { onHeld });
    return c.json(report.with(toRule(rule)), 200);
  });

  app.openapi(previewRule, async (c) => {
    const { actor } = await openOperator(c);
    const preview = toPreview(
      await alerts.previewRule(actor, c.req.valid('param').rule, c.req.valid('json').settings ?? {}),
    );
    const nameOf = await findNames(
      parts,
      preview.latest.map((each) => ({ ...each, orgId: each.org })),
    );
    const latest = preview.latest.map((each) => ({ ...each, ...nameOf({ ...each, orgId: each.org }) }));
    return c.json({ ...preview, latest }, 200);
  });
}

type Subjects = Pick<Alert, 'subject' | 'orgId'>;

/** The names that the subjects have now. */
async function findNames({ store, people, gates, clock }: AlertParts, found: readonly Subjects[]) {
  const idsOf = (kind: Alert['subject']['kind']) => [
    ...new Set(found.flatMap(({ subject }) => (subject.kind === kind ? subject.id : []))),
  ];
  const orgIds = [...new Set(found.flatMap(({ orgId }) => orgId ?? []))];
  const [keys, persons, organizations] = await Promise.all([
    store.findKeys(idsOf('key')),
    Promise.all(idsOf('person').map((id) => people.findPerson(id))),
    Promise.all(orgIds.map((id) => people.findOrganization(id))),
  ]);
  const nowMs = clock.nowMs();
  return ({ subject, orgId }: Subjects) => {
    const key = subject.kind === 'key' ? keys.find(({ id }) => id === subject.id) : undefined;
    return {
      // Another organization may have the key by now.
      key: key === undefined || key.orgId !== orgId ? null : toShownKey(key, { gates, nowMs }),
      person: persons.find((person) => person?.id === subject.id)?.email ?? null,
      orgName: organizations.find((each) => each?.id === orgId)?.name ?? null,
    };
  };
}
