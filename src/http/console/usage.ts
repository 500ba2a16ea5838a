// GET /api/orgs/{org}/usage: request counts, grouped for a chart or a table.

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
import { keptFrom, toInstant, usageCounts, usageQuery } from '../wire/schemas.ts';
import { maxUsageDays, readUsagePeriod } from '../wire/usage-period.ts';
import { shownKeySchema, toShownKey } from './denials.ts';
import type { Freshness } from './freshness.ts';
import type { ConsoleApp, Sessions } from './session.ts';

/** What the usage route needs. */
export interface UsageParts {
  readonly sessions: Sessions;
  readonly store: Pick<OverviewStore, 'findKeys'>;
  readonly usageStore: Pick<UsageStore, 'listUsage' | 'findUsageStart'>;
  readonly gates: Gates;
  readonly freshness: Freshness;
  readonly clock: Clock;
}

const groups = ['hour', 'day', 'key', 'api', 'environment', 'outcome'] as const;

type Group = (typeof groups)[number];

/** The most sums in one answer by key: those with the most requests. */
const maxRows = 500;

const orgUsageQuery = usageQuery.omit({ org: true }).extend({
  environment: z.enum(environments).optional(),
  by: z
    .string()
    .max(60)
    .transform((text, context): Group[] => {
      const named = text.split(',').filter((name) => name !== '');
      if (named.every((name): name is Group => (groups as readonly string[]).includes(name))) return named;
      context.addIssue({ code: 'custom', message: `must be some of ${groups.join(', ')}, separated by commas` });
      return z.NEVER;
    })
    .optional()
    .openapi({
      type: 'string',
      example: 'day,outcome',
      description: `How to group the sums: some of ${groups.join(', ')}. Default \`hour,outcome\`. Hours and days are UTC.`,
    }),
});

const sumSchema = z
  .object({
    at: z.string().optional().openapi({ format: 'date-time', description: 'The start of the hour or day' }),
    key: shownKeySchema.optional(),
    api: z.string().optional(),
    environment: z.enum(environments).optional(),
    outcome: z.enum(usageOutcomes).optional(),
    ...usageCounts,
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
  })
  .openapi('OrgUsage');

const getUsage = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/usage',
  operationId: 'getOrgUsage',
  request: { params: z.object({ org: z.string().max(200) }), query: orgUsageQuery },
  responses: {
    200: jsonReply(`Requests of its keys, for at most ${maxUsageDays} days; by default the last 24 hours`, usageSchema),
    ...failures,
  },
});

const members = {
  hour: 'hourMs',
  day: 'hourMs',
  key: 'keyId',
  api: 'apiId',
  environment: 'environment',
  outcome: 'outcome',
} as const satisfies Record<Group, keyof UsageGroup>;

export function addUsageRoute(
  app: ConsoleApp,
  { sessions, store, usageStore, gates, freshness, clock }: UsageParts,
): void {
  app.openapi(getUsage, async (c) => {
    const { org } = c.req.valid('param');
    const { api, key, environment, from, to, by = ['hour', 'outcome'] } = c.req.valid('query');
    assertMayIn(await sessions.actorIn(c, org), org, 'key.read');
    const nowMs = clock.nowMs();
    const { fromMs, toMs } = readUsagePeriod({ from, to }, nowMs);
    const isByKey = by.includes('key');
    if (isByKey && key === undefined && (by.includes('hour') || by.includes('day'))) {
      throw invalidInput('by', 'hours or days of all keys are too many: set one key, or omit hour and day');
    }
    await freshness.refresh();
    const groupBy = [...new Set(by.map((group) => members[group]))];
    const query = { orgId: org, apiId: api, keyId: key, environment, fromMs, toMs, groupBy };
    const all = addDays(await usageStore.listUsage(query), !by.includes('hour') && by.includes('day'));
    const sums = isByKey ? all.toSorted((a, b) => b.count - a.count).slice(0, maxRows) : all;
    const ids = new Set(sums.flatMap(({ keyId }) => keyId ?? []));
    const keys = new Map(
      (await store.findKeys([...ids])).map((found) => [found.id, toShownKey(found, { gates, nowMs })]),
    );
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
  return { ...sum, count: sum.count + before.count, billed: sum.billed + before.billed, statuses };
}
