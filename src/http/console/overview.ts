// GET /api/orgs/{org}/overview: what a customer sees first, in one answer in place of a dozen.
import { createRoute, z } from '@hono/zod-openapi';
import type { AuditStore } from '../../audit/ports.ts';
import type { MemberActor, OperatorActor } from '../../domain/actor.ts';
import { type ApiKey, type Environment, environments, type Organization } from '../../domain/api-key.ts';
import type { TimeZone } from '../../domain/calendar.ts';
import type { Clock } from '../../domain/clock.ts';
import { oneDayMs, oneHourMs } from '../../domain/durations.ts';
import { formatRateLimit } from '../../domain/rate-limit.ts';
import { leastRole } from '../../domain/rights.ts';
import { isAtLeast } from '../../domain/role.ts';
import type { AlertCommands } from '../../management/alerts.ts';
import type { OrganizationCommands } from '../../management/organizations.ts';
import type { KeyRowFilter, OverviewStore } from '../../management/overview-ports.ts';
import { assertMayIn } from '../../management/rights.ts';
import type { UsageReportRow, UsageStore } from '../../metering/ports.ts';
import type { PeopleStore } from '../../people/ports.ts';
import type { Gates } from '../wire/mask.ts';
import { failures, jsonReply } from '../wire/route.ts';
import { toInstant } from '../wire/schemas.ts';
import { readZone } from '../wire/usage-report.ts';
import { orgAuditSchema, toOrgAudit } from './audit.ts';
import { shownKeySchema, toShownKey } from './denials.ts';
import type { Freshness } from './freshness.ts';
import { findNearLimit } from './near-limits.ts';
import { type CountedPeriod, countPeriods, overviewPeriods, periodDays, refusedOf } from './overview-periods.ts';
import type { ConsoleApp, Sessions } from './session.ts';

/** What the overview needs. */
export interface OverviewParts {
  readonly sessions: Sessions;
  readonly organizations: Pick<OrganizationCommands, 'getOrganization'>;
  readonly alerts: Pick<AlertCommands, 'countOpenAlerts'>;
  readonly store: Pick<OverviewStore, 'listKeyRows' | 'findKeys'>;
  readonly usageStore: Pick<UsageStore, 'reportUsage'>;
  readonly auditStore: Pick<AuditStore, 'listAudit'>;
  readonly people: Pick<PeopleStore, 'listMembers'>;
  readonly gates: Gates;
  readonly freshness: Freshness;
  readonly clock: Clock;
}

/** Keys that a list of the overview names. Its `total` counts the others too. */
const keysShown = 5;
/** Keys of the week with the most requests that a limit refused, and that any rule refused, which are counted. */
const keysCounted = 100;
/** The busiest keys of the week, which are checked for limits that they came near. */
const keysChecked = 50;
const expiringDays = 14;
const unusedDays = 90;
/** A key is much refused from so many refused requests in 7 days, if they are at least this part of its requests. */
const muchRefused = { count: 10, part: 0.1 } as const;
/** Entries of the audit log that an overview shows. */
export const changesShown = 8;

export const timeZoneParam = z.string().max(64).optional().openapi({
  example: 'Asia/Riyadh',
  description: 'The time zone of the days, by its IANA name; default: UTC',
});

const periodCounts = {
  count: z.int(),
  billed: z.int(),
  refused: z.int().openapi({ description: 'Refused by a rule, limits included' }),
  errors: z.int().openapi({ description: '5xx replies and failures of the upstream' }),
};

/** A period of an overview, as both overviews show it. */
export const periodSchema = z
  .object({
    days: z.literal(periodDays).openapi({ description: 'Local days; the last one is today' }),
    from: z.string(),
    to: z.string(),
    ...periodCounts,
    before: z
      .object({ from: z.string(), to: z.string(), ...periodCounts })
      .openapi({ description: 'As many days before, up to the same local time' }),
  })
  .openapi('OverviewPeriod');

/** The keys that need attention for one reason. */
const attentionKinds = ['blocked', 'expiring', 'limit_hit', 'limit_near', 'refused', 'rotation', 'unused'] as const;

const attentionKeySchema = shownKeySchema
  .extend({
    api: z.string(),
    lastUsedAt: z.string().nullable(),
    expiresAt: z.string().nullable(),
    secretCreatedAt: z.string(),
    count: z.int().optional().openapi({
      description:
        'limit_hit, refused: requests that a limit, or another rule, refused in 7 days; limit_near: the most requests in one window',
    }),
    limit: z.string().optional().openapi({ description: 'limit_near: the limit', example: '1000/d' }),
    at: z.string().optional().openapi({ description: 'limit_near: when that window began' }),
  })
  .openapi('AttentionKey');

const overviewSchema = z
  .object({
    timeZone: z.string(),
    periods: z.array(periodSchema),
    keys: z.int().openapi({ description: 'Keys that are not revoked' }),
    attention: z
      .array(
        z.object({
          kind: z.enum(attentionKinds),
          total: z.int().openapi({
            description: `All such keys, or of those by their use at most ${keysCounted}; \`keys\` has at most ${keysShown}`,
          }),
          keys: z.array(attentionKeySchema),
        }),
      )
      .openapi({
        description: `Keys that need attention: blocked by an empty list; expiring within ${expiringDays} days; in 7 days refused by a limit, near one, or much refused; due for rotation; unused for ${unusedDays} days`,
      }),
    openAlerts: z
      .int()
      .nullable()
      .openapi({ description: 'Alerts that no one has acknowledged; `null`: the role may not read alerts' }),
    changes: z
      .array(orgAuditSchema)
      .nullable()
      .openapi({ description: `The last ${changesShown} changes; \`null\`: the role may not read the audit log` }),
  })
  .openapi('OrgOverview');

const getOverview = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/overview',
  operationId: 'getOrgOverview',
  request: {
    params: z.object({ org: z.string().max(200) }),
    query: z.strictObject({
      api: z.string().max(200).optional().openapi({ description: 'Only for keys of this API' }),
      environment: z.enum(environments).optional().openapi({ description: 'Only for keys of this environment' }),
      timeZone: timeZoneParam,
    }),
  },
  responses: {
    200: jsonReply('Requests of today, 7 and 30 days, keys that need attention, and the last changes', overviewSchema),
    ...failures,
  },
});

type AttentionKind = (typeof attentionKinds)[number];
type AttentionKey = z.infer<typeof attentionKeySchema>;
type Attention = z.infer<typeof overviewSchema>['attention'][number];

/** The keys of an overview: those of the organization, the API and the environment. */
interface Reach {
  readonly orgId: string;
  readonly apiId: string | undefined;
  readonly environment: Environment | undefined;
}

export function addOverviewRoute(app: ConsoleApp, parts: OverviewParts): void {
  const { sessions, organizations, alerts, auditStore, freshness, clock } = parts;

  app.openapi(getOverview, async (c) => {
    const { org } = c.req.valid('param');
    const { api, environment, timeZone } = c.req.valid('query');
    const actor = await sessions.actorIn(c, org);
    assertMayIn(actor, org, 'key.read');
    const zone = readZone(timeZone);
    const organization = await organizations.getOrganization(actor, org);
    await freshness.refresh();
    const reach = { orgId: org, apiId: api, environment };
    const [found, openAlerts, changes] = await Promise.all([
      readOverview(parts, reach, organization, zone, clock.nowMs()),
      may(actor, 'alert.read') ? alerts.countOpenAlerts(actor, org) : null,
      may(actor, 'audit.read') ? readChanges(org) : null,
    ]);
    return c.json({ timeZone: zone.name, ...found, openAlerts, changes }, 200);
  });

  async function readChanges(org: string) {
    const { items } = await auditStore.listAudit({ orgId: org }, { limit: changesShown });
    return toOrgAudit(parts, org, items);
  }
}

function may(actor: MemberActor | OperatorActor, action: 'alert.read' | 'audit.read'): boolean {
  return actor.kind === 'operator' || isAtLeast(actor.role, leastRole[action]);
}

/** The numbers and the keys of an overview, at `nowMs`. */
export async function readOverview(
  parts: Pick<OverviewParts, 'store' | 'usageStore' | 'gates'>,
  reach: Reach,
  organization: Pick<Organization, 'grantedLimits'>,
  zone: TimeZone,
  nowMs: number,
) {
  const [periods, lists, uses] = await Promise.all([
    countPeriods(parts.usageStore, reach, overviewPeriods(zone, nowMs)),
    listKeysByState(parts, reach, nowMs),
    listKeysByUse(parts, reach, organization, nowMs),
  ]);
  const attention = [...lists.attention, ...uses]
    .filter(({ total }) => total > 0)
    .toSorted((a, b) => attentionKinds.indexOf(a.kind) - attentionKinds.indexOf(b.kind));
  return { periods: periods.map(toPeriod), keys: lists.keys, attention };
}

/** The period as the wire shows it. */
export function toPeriod(period: CountedPeriod): z.infer<typeof periodSchema> {
  const { days, fromMs, toMs, count, billed, refused, errors, before } = period;
  return {
    days,
    ...{ from: toInstant(fromMs), to: toInstant(toMs), count, billed, refused, errors },
    before: { from: toInstant(period.beforeFromMs), to: toInstant(period.beforeToMs), ...before },
  };
}

/** What the records of the keys say: which are blocked, expire, are due for rotation or are unused. */
async function listKeysByState({ store, gates }: Pick<OverviewParts, 'store' | 'gates'>, reach: Reach, nowMs: number) {
  const apis = [...gates.values()]
    .map(({ api }) => api)
    .filter(({ id }) => reach.apiId === undefined || id === reach.apiId);
  const list = async (kind: AttentionKind, filter: Partial<KeyRowFilter>): Promise<Attention> => {
    const { items, total } = await store.listKeyRows(
      {
        filter: { ...reach, ...filter },
        sort: kind === 'expiring' ? 'expires' : 'created',
        isDescending: false,
        limit: keysShown,
        dailyFromMs: nowMs,
      },
      nowMs,
    );
    return { kind, total, keys: items.map(({ key }) => toAttentionKey(key, gates, nowMs)) };
  };
  const [all, ...found] = await Promise.all([
    list('unused', { isRevoked: false }),
    list('unused', { unusedSinceMs: nowMs - unusedDays * oneDayMs }),
    list('expiring', { expiresByMs: nowMs + expiringDays * oneDayMs }),
    ...apis.flatMap(({ id, policy: { rotateAfterDays, addresses } }) => [
      ...(rotateAfterDays === undefined
        ? []
        : [list('rotation', { apiId: id, secretCreatedByMs: nowMs - rotateAfterDays * oneDayMs })]),
      ...(addresses.whenEmpty === 'block'
        ? [list('blocked', { apiId: id, status: 'active', hasAddresses: false })]
        : []),
    ]),
  ]);
  return { keys: all?.total ?? 0, attention: joinKinds(found) };
}

/** Adds up the lists of several APIs. */
function joinKinds(lists: readonly Attention[]): readonly Attention[] {
  return [...Map.groupBy(lists, ({ kind }) => kind)].map(([kind, same]) => ({
    kind,
    total: same.reduce((sum, { total }) => sum + total, 0),
    keys: same.flatMap(({ keys }) => keys).slice(0, keysShown),
  }));
}

/** What the use of the last 7 days says: limits that keys reached or came near, and keys that were much refused. */
async function listKeysByUse(
  { store, usageStore, gates }: Pick<OverviewParts, 'store' | 'usageStore' | 'gates'>,
  reach: Reach,
  organization: Pick<Organization, 'grantedLimits'>,
  nowMs: number,
): Promise<readonly Attention[]> {
  const week = { ...reach, fromMs: nowMs - (nowMs % oneHourMs) - 7 * oneDayMs, toMs: nowMs + 1, limit: 10_000 };
  const largest = (by: 'count' | 'refused', groups: number) => ({ groupBy: ['keyId'] as const, top: { groups, by } });
  const [hits, refused, busy] = await Promise.all([
    usageStore.reportUsage({ ...week, ...largest('count', keysCounted), outcomes: ['rate_limited', 'quota_exceeded'] }),
    usageStore.reportUsage({ ...week, ...largest('refused', keysCounted) }),
    usageStore.reportUsage({ ...week, ...largest('count', keysChecked), groupBy: ['keyId', 'hourMs'] }),
  ]);
  // What a limit refused is listed as that.
  const limited = new Map(hits.items.map(({ keyId, count }) => [keyId, count]));
  const otherwiseRefused = (row: UsageReportRow) => refusedOf(row) - (limited.get(row.keyId) ?? 0);
  const muchRefusedRows = refused.items.filter(
    (row) => otherwiseRefused(row) >= muchRefused.count && otherwiseRefused(row) >= muchRefused.part * row.count,
  );
  const rows = [...hits.items, ...muchRefusedRows, ...busy.items];
  const ids = new Set(rows.flatMap(({ keyId }) => keyId ?? []));
  const keys = new Map((await store.findKeys([...ids])).map((key) => [key.id, key]));
  const shown = (row: UsageReportRow, facts: Partial<AttentionKey>): AttentionKey[] => {
    const key = keys.get(row.keyId ?? '');
    if (key === undefined || key.orgId !== reach.orgId || key.revokedAtMs !== null) return [];
    return [{ ...toAttentionKey(key, gates, nowMs), ...facts }];
  };
  const near = [...Map.groupBy(busy.items, ({ keyId = '' }) => keyId).values()].flatMap((hours) => {
    const [row] = hours;
    const key = keys.get(row?.keyId ?? '');
    const policy = key && gates.get(key.apiId)?.api.policy;
    const found = key && policy && findNearLimit(hours, key, organization, policy);
    if (row === undefined || found === undefined) return [];
    return shown(row, { count: found.most, limit: formatRateLimit(found.limit), at: toInstant(found.atMs) });
  });
  const hit = hits.items.flatMap((row) => shown(row, { count: row.count }));
  const hitIds = new Set(hit.map(({ id }) => id));
  const listed = (kind: AttentionKind, found: readonly AttentionKey[]): Attention => ({
    kind,
    total: found.length,
    keys: found.slice(0, keysShown),
  });
  return [
    listed('limit_hit', hit),
    listed(
      'limit_near',
      near.filter(({ id }) => !hitIds.has(id)),
    ),
    listed(
      'refused',
      muchRefusedRows.flatMap((row) => shown(row, { count: otherwiseRefused(row) })),
    ),
  ];
}

function toAttentionKey(key: ApiKey, gates: Gates, nowMs: number): AttentionKey {
  const { apiId, lastUsedAtMs, expiresAtMs, secretCreatedAtMs } = key;
  return {
    ...toShownKey(key, { gates, nowMs }),
    api: apiId,
    lastUsedAt: lastUsedAtMs === null ? null : toInstant(lastUsedAtMs),
    expiresAt: expiresAtMs === null ? null : toInstant(expiresAtMs),
    secretCreatedAt: toInstant(secretCreatedAtMs),
  };
}
