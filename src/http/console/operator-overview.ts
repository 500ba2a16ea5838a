// GET /api/operator/overview: what an operator sees first, across all organizations.
import { createRoute, z } from '@hono/zod-openapi';
import type { AuditStore } from '../../audit/ports.ts';
import { type Environment, environments } from '../../domain/api-key.ts';
import type { AuditRecord } from '../../domain/audit-record.ts';
import { formatIn, instantOf, type TimeZone } from '../../domain/calendar.ts';
import type { Clock } from '../../domain/clock.ts';
import { oneDayMs, oneHourMs } from '../../domain/durations.ts';
import type { AlertCommands } from '../../management/alerts.ts';
import type { NodeDescription } from '../../management/installation-ports.ts';
import { notFound } from '../../management/management-error.ts';
import type { OverviewStore } from '../../management/overview-ports.ts';
import type { UsageReportQuery, UsageReportRow, UsageStore } from '../../metering/ports.ts';
import type { PeopleStore } from '../../people/ports.ts';
import { type Gates, maskIn } from '../wire/mask.ts';
import { failures, jsonReply } from '../wire/route.ts';
import { auditSchema, nodeSchema, toAudit, usageCounts } from '../wire/schemas.ts';
import { answerReport, readZone } from '../wire/usage-report.ts';
import type { Freshness } from './freshness.ts';
import { changesShown, periodSchema, timeZoneParam, toPeriod } from './overview.ts';
import { countPeriods, overviewPeriods, refusedOf } from './overview-periods.ts';
import type { ConsoleApp, Sessions } from './session.ts';

/** What the operator's overview needs. */
export interface OperatorOverviewParts {
  readonly store: Pick<OverviewStore, 'listOrgRows' | 'findKeys'>;
  readonly sessions: Pick<Sessions, 'actorOf'>;
  readonly alerts: Pick<AlertCommands, 'countOpenAlerts'>;
  readonly gates: Gates;
  readonly usageStore: Pick<UsageStore, 'reportUsage' | 'findUsageStart' | 'listUsedAddresses'>;
  readonly auditStore: Pick<AuditStore, 'listAudit'>;
  readonly people: Pick<PeopleStore, 'findOrganization'>;
  readonly describeNodes: () => Promise<readonly NodeDescription[]>;
  readonly freshness: Freshness;
  readonly clock: Clock;
}

const customersShown = 10;
const orgsShown = 5;
/** The largest organizations of two weeks, which are checked for those that stopped. */
const orgsChecked = 100;
/** An organization is much refused, or has many errors, from this part of its requests in 7 days … */
const muchPart = 0.1;
/** … if there are so many. */
const muchCount = 10;

const orgSchema = z.object({
  id: z.string(),
  name: z.string().nullable().openapi({ description: '`null`: the organization is deleted' }),
});

const orgCountsSchema = z
  .object({ org: orgSchema, ...usageCounts, before: z.object(usageCounts).optional() })
  .openapi('OrgCounts');

/** Why an organization needs attention. */
const orgAttentionKinds = ['suspended', 'errors', 'refused', 'silent'] as const;

const overviewSchema = z
  .object({
    timeZone: z.string(),
    periods: z.array(periodSchema),
    customers: z
      .object({
        from: z.string(),
        to: z.string(),
        before: z.object({ from: z.string(), to: z.string() }),
        data: z.array(orgCountsSchema),
      })
      .openapi({ description: `The ${customersShown} organizations with the most requests of this local month` }),
    organizations: z
      .array(
        z.object({
          kind: z.enum(orgAttentionKinds),
          data: z.array(orgCountsSchema.partial().extend({ org: orgSchema })),
        }),
      )
      .openapi({
        description: `Organizations that need attention, at most ${orgsShown} for each reason: suspended; in 7 days many errors of the upstream, or much refused; silent: requests in the 7 days before and none since`,
      }),
    upstreams: z
      .array(
        z.object({
          api: z.string(),
          environment: z.enum(environments),
          count: z.int().openapi({ description: 'Requests that were sent to it in 7 days' }),
          failed: z.int().openapi({ description: 'Requests without a usable reply' }),
          serverErrors: z.int().openapi({ description: '5xx replies' }),
        }),
      )
      .openapi({ description: 'Upstreams with failures or 5xx replies in 7 days' }),
    nodes: z.array(nodeSchema),
    openAlerts: z.int().openapi({ description: 'Alerts that no one has acknowledged, in all organizations' }),
    changes: z
      .array(
        auditSchema
          .extend({ orgName: z.string().nullable(), targetName: z.string().nullable() })
          .openapi('OperatorAuditRecord'),
      )
      .openapi({ description: `The last ${changesShown} changes in all organizations` }),
  })
  .openapi('OperatorOverview');

const getOverview = createRoute({
  method: 'get',
  path: '/api/operator/overview',
  operationId: 'getOperatorOverview',
  request: { query: z.strictObject({ timeZone: timeZoneParam }) },
  responses: {
    200: jsonReply('Requests, the largest customers, what needs attention, and the last changes', overviewSchema),
    ...failures,
  },
});

/** The routes of `/api/operator` must already be closed to others. */
export function addOperatorOverviewRoute(app: ConsoleApp, parts: OperatorOverviewParts): void {
  const { sessions, alerts, describeNodes, freshness, clock } = parts;

  app.openapi(getOverview, async (c) => {
    const zone = readZone(c.req.valid('query').timeZone);
    const actor = await sessions.actorOf(c);
    if (actor?.kind !== 'operator') throw notFound();
    await freshness.refresh();
    const [found, nodes, openAlerts, changes] = await Promise.all([
      readOperatorOverview(parts, zone, clock.nowMs()),
      describeNodes(),
      alerts.countOpenAlerts(actor, undefined),
      listChanges(parts),
    ]);
    return c.json({ timeZone: zone.name, ...found, nodes: [...nodes], openAlerts, changes }, 200);
  });
}

/** What usage and the records of organizations say, at `nowMs`. */
export async function readOperatorOverview(
  parts: Pick<OperatorOverviewParts, 'store' | 'usageStore'>,
  zone: TimeZone,
  nowMs: number,
) {
  const { usageStore } = parts;
  const [periods, customers, organizations, upstreams] = await Promise.all([
    countPeriods(usageStore, {}, overviewPeriods(zone, nowMs)),
    listCustomers(usageStore, zone, nowMs),
    listOrganizations(parts, nowMs),
    listUpstreams(usageStore, nowMs),
  ]);
  return { periods: periods.map(toPeriod), customers, organizations, upstreams };
}

/** This month so far, beside the whole month before. */
async function listCustomers(usageStore: OperatorOverviewParts['usageStore'], zone: TimeZone, nowMs: number) {
  const local = new Date(nowMs + zone.offsetMsAt(nowMs));
  const startOf = (months: number) =>
    formatIn(zone, instantOf(zone, Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + months)));
  const { rows, envelope } = await answerReport(
    { usageStore, countryOf: undefined },
    {
      ...{ by: ['org'], top: customersShown, compare: 'before', from: startOf(0), to: startOf(1) },
      timeZone: zone.name,
    },
    nowMs,
  );
  const { from, to, before } = envelope;
  return { from, to, before: before ?? { from, to: from }, data: rows.map(({ row }) => toOrgCounts(row)) };
}

async function listOrganizations(
  { store, usageStore }: Pick<OperatorOverviewParts, 'store' | 'usageStore'>,
  nowMs: number,
) {
  const thisHourMs = Math.floor(nowMs / oneHourMs) * oneHourMs;
  const weekMs = thisHourMs - 7 * oneDayMs;
  const fortnightMs = thisHourMs - 14 * oneDayMs;
  const week: UsageReportQuery = { fromMs: weekMs, toMs: nowMs + 1, groupBy: ['orgId'], limit: 1000 };
  const [suspended, errors, refused, both] = await Promise.all([
    store.listOrgRows({ status: 'suspended', limit: orgsShown }),
    usageStore.reportUsage({ ...week, beforeMs: fortnightMs, top: { groups: orgsShown, by: 'errors' } }),
    usageStore.reportUsage({ ...week, beforeMs: fortnightMs, top: { groups: orgsShown, by: 'refused' } }),
    usageStore.reportUsage({
      ...week,
      ...{ fromMs: fortnightMs, groupBy: ['orgId', 'hourMs'], starts: [fortnightMs, weekMs] },
      top: { groups: orgsChecked, by: 'count' },
    }),
  ]);
  const much = (rows: readonly UsageReportRow[], read: (row: UsageReportRow) => number) =>
    rows.filter((row) => read(row) >= muchCount && read(row) >= muchPart * row.count).map(toOrgCounts);
  const active = new Set(both.items.flatMap(({ hourMs, orgId }) => (hourMs === weekMs ? (orgId ?? []) : [])));
  const silent = both.items.filter(({ orgId = '', orgName }) => typeof orgName === 'string' && !active.has(orgId));
  const found: {
    kind: (typeof orgAttentionKinds)[number];
    data: z.infer<typeof overviewSchema>['organizations'][number]['data'];
  }[] = [
    {
      kind: 'suspended',
      data: suspended.items.map(({ organization: { id, name } }) => ({ org: { id, name } })),
    },
    { kind: 'errors', data: much(errors.items, ({ statuses }) => statuses['5xx'] + statuses.none) },
    { kind: 'refused', data: much(refused.items, refusedOf) },
    {
      kind: 'silent',
      data: silent.slice(0, orgsShown).map((row) => ({ org: toOrgCounts(row).org, before: toOrgCounts(row) })),
    },
  ];
  return found.filter(({ data }) => data.length > 0);
}

/** The upstreams that failed or answered with 5xx, those with the most first. */
async function listUpstreams(usageStore: OperatorOverviewParts['usageStore'], nowMs: number) {
  const { items } = await usageStore.reportUsage({
    fromMs: Math.floor(nowMs / oneHourMs) * oneHourMs - 7 * oneDayMs,
    toMs: nowMs + 1,
    groupBy: ['apiId', 'environment', 'outcome'],
    outcomes: ['allowed', 'upstream_failed'],
    limit: 1000,
  });
  const found = new Map<
    string,
    { api: string; environment: Environment; count: number; failed: number; serverErrors: number }
  >();
  for (const { apiId: api = '', environment = 'live', outcome, count, statuses } of items) {
    const name = `${api} ${environment}`;
    const held = found.get(name) ?? { api, environment, count: 0, failed: 0, serverErrors: 0 };
    held.count += count;
    held.failed += outcome === 'upstream_failed' ? count : 0;
    held.serverErrors += statuses['5xx'];
    found.set(name, held);
  }
  const troubleOf = (each: { failed: number; serverErrors: number }) => each.failed + each.serverErrors;
  return [...found.values()].filter((each) => troubleOf(each) > 0).toSorted((a, b) => troubleOf(b) - troubleOf(a));
}

async function listChanges({ auditStore, people, store, gates }: OperatorOverviewParts) {
  const { items } = await auditStore.listAudit({}, { limit: changesShown });
  const ids = new Set(items.flatMap(({ orgId }: AuditRecord) => orgId ?? []));
  const found = await Promise.all([...ids].map((id) => people.findOrganization(id)));
  const names = new Map(found.flatMap((org) => (org === undefined ? [] : [[org.id, org.name] as const])));
  const keys = await store.findKeys([...new Set(items.map(({ target }) => target.id))]);
  const keyNames = new Map(keys.map((key) => [key.id, key.name || maskIn(gates, key)]));
  return items.map((record) => ({
    ...toAudit(record),
    orgName: names.get(record.orgId ?? '') ?? null,
    targetName: keyNames.get(record.target.id) ?? null,
  }));
}

function toOrgCounts({
  orgId,
  orgName,
  count,
  billed,
  weight,
  billedWeight,
  statuses,
  before,
}: UsageReportRow): z.infer<typeof orgCountsSchema> {
  return {
    org: { id: orgId ?? '', name: orgName ?? null },
    ...{ count, billed, weight, billedWeight, statuses },
    ...(before !== undefined && { before }),
  };
}
