// GET /api/orgs/{org}/usage and /api/operator/usage: request counts, grouped for a chart or a table.

import { createRoute, z } from '@hono/zod-openapi';
import { environments } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { statusClasses, usageOutcomes } from '../../domain/use.ts';
import { invalidInput } from '../../management/management-error.ts';
import type { OverviewStore } from '../../management/overview-ports.ts';
import { assertMayIn } from '../../management/rights.ts';
import type { UsageGroup, UsageStore, UsageSum } from '../../metering/ports.ts';
import type { Gates } from '../wire/mask.ts';
import { failures, jsonReply } from '../wire/route.ts';
import { keptFrom, toInstant, usageQuery } from '../wire/schemas.ts';
import { maxUsageDays, readUsagePeriod } from '../wire/usage-period.ts';
import {
  adminReportQuery,
  answerReport,
  asksReport,
  commaList,
  type ReportParts,
  reportEnvelope,
  reportParams,
  reportRow,
} from '../wire/usage-report.ts';
import { shownKeySchema, toShownKey } from './denials.ts';
import type { Freshness } from './freshness.ts';
import type { ConsoleApp, Sessions } from './session.ts';

/** What the usage route needs. */
export interface UsageParts {
  readonly sessions: Sessions;
  readonly store: Pick<OverviewStore, 'findKeys'>;
  readonly usageStore: Pick<UsageStore, 'listUsage' | 'reportUsage' | 'findUsageStart' | 'listUsedAddresses'>;
  readonly countryOf: ReportParts['countryOf'];
  readonly gates: Gates;
  readonly freshness: Freshness;
  readonly clock: Clock;
}

const groups = [
  ...(['hour', 'day', 'month', 'key', 'api', 'environment', 'outcome'] as const),
  ...(['route', 'address', 'country', 'status_class', 'total'] as const),
] as const;

type Group = (typeof groups)[number];

/** The groups of reports alone. */
const reportOnly = ['route', 'address', 'country', 'status_class'] as const;

type ReportOnly = (typeof reportOnly)[number];

/** The most sums in one answer by key: those with the most requests. */
const maxRows = 500;

const orgUsageQuery = usageQuery.omit({ org: true }).extend({
  ...reportParams,
  by: commaList(groups).openapi({
    type: 'string',
    example: 'day,outcome',
    description: `How to group the sums: some of ${groups.slice(0, -1).join(', ')}, separated by commas, or \`total\`. Default \`hour,outcome\`. Hours and days are UTC without \`timeZone\`.`,
  }),
});

const sumSchema = z
  .object({
    key: shownKeySchema.optional(),
    api: z.string().optional(),
    environment: z.enum(environments).optional(),
    outcome: z.enum(usageOutcomes).optional(),
    ...reportRow,
  })
  .openapi('UsageSum');

const usageSchema = z
  .object({
    data: z.array(sumSchema),
    from: z.string(),
    to: z.string(),
    keptFrom,
    isCut: z
      .boolean()
      .openapi({ description: `By key: true if there are more sums than the ${maxRows} with the most requests` }),
    ...reportEnvelope,
  })
  .openapi('OrgUsage');

const getUsage = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/usage',
  operationId: 'getOrgUsage',
  request: { params: z.object({ org: z.string().max(200) }), query: orgUsageQuery },
  responses: {
    200: jsonReply(
      `Requests of its keys; by default the last 24 hours. At most ${maxUsageDays} days, or 1,100 with \`timeZone\`, \`outcome\`, \`tag\`, \`top\`, \`compare\`, \`limit\` or \`cursor\`: the answer then has pages`,
      usageSchema,
    ),
    ...failures,
  },
});

const operatorSumSchema = sumSchema
  .extend({
    org: z
      .object({
        id: z.string(),
        name: z.string().nullable().openapi({ description: '`null`: the organization is deleted' }),
      })
      .optional(),
  })
  .openapi('OperatorUsageSum');

const getOperatorUsage = createRoute({
  method: 'get',
  path: '/api/operator/usage',
  operationId: 'getOperatorUsage',
  request: { query: adminReportQuery },
  responses: {
    200: jsonReply(
      'Requests of all keys, a page at a time; by default their sum of the last 24 hours. At most 1,100 days',
      z
        .object({ data: z.array(operatorSumSchema), from: z.string(), to: z.string(), keptFrom, ...reportEnvelope })
        .openapi('OperatorUsage'),
    ),
    ...failures,
  },
});

const members = {
  hour: 'hourMs',
  day: 'hourMs',
  month: 'hourMs',
  key: 'keyId',
  api: 'apiId',
  environment: 'environment',
  outcome: 'outcome',
} as const satisfies Record<Exclude<Group, 'total' | ReportOnly>, keyof UsageGroup>;

export function addUsageRoute(
  app: ConsoleApp,
  { sessions, store, usageStore, countryOf, gates, freshness, clock }: UsageParts,
): void {
  async function showKeys(sums: readonly UsageSum[], nowMs: number) {
    const ids = new Set(sums.flatMap(({ keyId }) => keyId ?? []));
    const found = await store.findKeys([...ids]);
    return new Map(found.map((each) => [each.id, toShownKey(each, { gates, nowMs })]));
  }

  async function showRows(rows: Awaited<ReturnType<typeof answerReport>>['rows'], nowMs: number) {
    const keys = await showKeys(
      rows.map(({ row }) => row),
      nowMs,
    );
    return rows.map(({ row, shown }) => ({
      ...(row.keyId !== undefined && { key: keys.get(row.keyId) }),
      ...(row.apiId !== undefined && { api: row.apiId }),
      ...(row.environment !== undefined && { environment: row.environment }),
      ...(row.outcome !== undefined && { outcome: row.outcome }),
      ...shown,
    }));
  }

  app.openapi(getOperatorUsage, async (c) => {
    const { by = ['total'], ...asked } = c.req.valid('query');
    const nowMs = clock.nowMs();
    await freshness.refresh();
    const { rows, envelope } = await answerReport({ usageStore, countryOf }, { ...asked, by }, nowMs);
    const shown = await showRows(rows, nowMs);
    const data = shown.map((sum, at) => {
      const { orgId, orgName = null } = rows[at]?.row ?? {};
      return { ...sum, ...(orgId !== undefined && { org: { id: orgId, name: orgName } }) };
    });
    return c.json({ data, ...envelope }, 200);
  });

  app.openapi(getUsage, async (c) => {
    const { org } = c.req.valid('param');
    const asked = c.req.valid('query');
    const { api, key, environment, from, to, by = ['hour', 'outcome'] } = asked;
    assertMayIn(await sessions.actorIn(c, org), org, 'key.read');
    const nowMs = clock.nowMs();
    if (
      asksReport(asked) ||
      by.includes('month') ||
      by.includes('total') ||
      reportOnly.some((each) => by.includes(each))
    ) {
      await freshness.refresh();
      const { rows, envelope } = await answerReport({ usageStore, countryOf }, { ...asked, org, by }, nowMs);
      const data = await showRows(rows, nowMs);
      return c.json({ data, ...envelope, isCut: false }, 200);
    }
    const { fromMs, toMs } = readUsagePeriod({ from, to }, nowMs);
    const isByKey = by.includes('key');
    if (isByKey && key === undefined && (by.includes('hour') || by.includes('day'))) {
      throw invalidInput('by', 'hours or days of all keys are too many: set one key, or omit hour and day');
    }
    await freshness.refresh();
    const groupBy = [
      ...new Set(by.flatMap((group) => (Object.hasOwn(members, group) ? members[group as keyof typeof members] : []))),
    ];
    const query = { orgId: org, apiId: api, keyId: key, environment, fromMs, toMs, groupBy };
    const all = addDays(await usageStore.listUsage(query), !by.includes('hour') && by.includes('day'));
    const sums = isByKey ? all.toSorted((a, b) => b.count - a.count).slice(0, maxRows) : all;
    const keys = await showKeys(sums, nowMs);
    const data = sums.map(
      ({ hourMs, keyId, apiId, environment: keyEnvironment, outcome, count, billed, statuses }) => ({
        ...(hourMs !== undefined && { at: toInstant(hourMs) }),
        ...(keyId !== undefined && { key: keys.get(keyId) }),
        ...(apiId !== undefined && { api: apiId }),
        ...(keyEnvironment !== undefined && { environment: keyEnvironment }),
        ...(outcome !== undefined && { outcome }),
        count,
        billed,
        statuses,
      }),
    );
    const startMs = await usageStore.findUsageStart();
    const kept = startMs === null ? null : toInstant(startMs);
    const period = { from: toInstant(fromMs), to: toInstant(toMs), keptFrom: kept };
    return c.json({ data, ...period, isCut: all.length > sums.length }, 200);
  });
}

/** Adds the sums of hours to sums of days if `isByDay`. Groups keep their order. */
function addDays(sums: readonly UsageSum[], isByDay: boolean): readonly UsageSum[] {
  if (!isByDay) return sums;
  const days = new Map<string, UsageSum>();
  for (const sum of sums) {
    const { hourMs = 0, keyId, apiId, environment, outcome } = sum;
    const day = hourMs - (hourMs % oneDayMs);
    const name = [day, keyId, apiId, environment, outcome].join(' ');
    days.set(name, { ...addCounts(sum, days.get(name)), hourMs: day });
  }
  return [...days.values()];
}

function addCounts(sum: UsageSum, before: UsageSum | undefined): UsageSum {
  if (before === undefined) return sum;
  const statuses = Object.fromEntries(
    statusClasses.map((each) => [each, sum.statuses[each] + before.statuses[each]]),
  ) as UsageSum['statuses'];
  const add = (name: 'count' | 'billed' | 'weight' | 'billedWeight') => sum[name] + before[name];
  return {
    ...{ ...sum, count: add('count'), billed: add('billed'), weight: add('weight'), billedWeight: add('billedWeight') },
    statuses,
  };
}
