// /v1/denials and /v1/usage: denied requests and request counts.

import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { describeFix } from '../../denials/describe-fix.ts';
import type { DenialStore, StoredDenial } from '../../denials/ports.ts';
import type { Actor } from '../../domain/actor.ts';
import type { Restrictions } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import type { CountryOf } from '../../domain/country.ts';
import type { KeyCommands } from '../../management/keys/commands.ts';
import { invalidInput, ManagementError } from '../../management/management-error.ts';
import { assertNarrowed } from '../../management/rights.ts';
import type { UsageStore } from '../../metering/ports.ts';
import { failuresOf, jsonReply, maxPageBytes, operatorOnly } from '../wire/route.ts';
import { defaultLimit, denialListQuery, denialSchema, keptFrom, pageOf, toDenial, toInstant } from '../wire/schemas.ts';
import { readUsagePeriod } from '../wire/usage-period.ts';
import { adminReportQuery, answerReport, asksReport, reportEnvelope, usageSchema } from '../wire/usage-report.ts';
import { operatorOf } from './operator.ts';

/** What the record routes need. */
export interface RecordParts {
  readonly keys: KeyCommands;
  readonly denialStore: Pick<DenialStore, 'listDenials'>;
  readonly usageStore: Pick<UsageStore, 'listUsage' | 'reportUsage' | 'findUsageStart' | 'listUsedAddresses'>;
  /** `undefined`: there is no database of countries. */
  readonly countryOf: CountryOf | undefined;
  /** Flushed before a read, like `usage`, so that a list includes every request that was answered before it. */
  readonly denials: { flush(): Promise<void> };
  readonly usage: { flush(): Promise<void> };
  readonly clock: Clock;
}

const listDenials = createRoute({
  method: 'get',
  path: '/v1/denials',
  operationId: 'listDenials',
  tags: ['Records'],
  summary: 'List denied requests with their fixes',
  security: operatorOnly,
  request: { query: denialListQuery },
  responses: {
    200: jsonReply('Denied requests, grouped by hour, latest first', pageOf(denialSchema)),
    ...failuresOf('cursor_invalid'),
  },
});

const listUsage = createRoute({
  method: 'get',
  path: '/v1/usage',
  operationId: 'listUsage',
  tags: ['Records'],
  summary: 'Count requests by organization, key, API, environment, outcome and time',
  description:
    'Without `by`: each hour, API, environment and outcome of at most 92 days, by default the last 24 hours. With `by`: a page of sums by these groups, for at most 1,100 days.',
  security: operatorOnly,
  request: { query: adminReportQuery },
  responses: {
    200: jsonReply(
      'Requests of known keys',
      z
        .object({
          data: z.array(usageSchema),
          from: z.string().openapi({ description: 'The start of the first hour that is covered' }),
          to: z.string().openapi({ description: 'The end of the last hour that is covered' }),
          keptFrom,
          ...reportEnvelope,
        })
        .openapi('UsageAnswer'),
    ),
    ...failuresOf('cursor_invalid'),
  },
});

/** The organization's name belongs to those who may read organizations: not to a token of some APIs. */
function mayNameOrgs(actor: Actor): boolean {
  return actor.kind !== 'operator' || actor.token === undefined || actor.token.apis === 'all';
}

export function addRecordRoutes(app: OpenAPIHono, parts: RecordParts): void {
  const { keys, denialStore, usageStore, clock } = parts;

  /** The current restrictions of the keys of these denials, by key id. A fix adds to them. */
  async function findRestrictions(actor: Actor, denials: readonly StoredDenial[]): Promise<Map<string, Restrictions>> {
    const restrictions = new Map<string, Restrictions>();
    for (const keyId of new Set(denials.map((denial) => denial.keyId))) {
      const found = keyId === null ? [] : [await keys.getKey(actor, keyId).catch(ignoreNotFound)];
      for (const key of found) if (key !== undefined) restrictions.set(key.id, key.restrictions);
    }
    return restrictions;
  }

  app.openapi(listDenials, async (c) => {
    const { org, api, key, limit = defaultLimit, cursor } = c.req.valid('query');
    assertNarrowed(operatorOf(c), { apiId: api, orgId: org });
    await parts.denials.flush();
    const page = await denialStore.listDenials({
      orgId: org,
      apiId: api,
      keyId: key,
      limit,
      cursor,
      maxBytes: maxPageBytes,
    });
    const restrictions = await findRestrictions(operatorOf(c), page.items);
    const data = page.items.map((denial) =>
      toDenial(denial, describeFix(denial, restrictions.get(denial.keyId ?? ''))),
    );
    return c.json({ data, nextCursor: page.nextCursor }, 200);
  });

  app.openapi(listUsage, async (c) => {
    const query = c.req.valid('query');
    const { org, api, key, from, to, by, environment: ofEnvironment } = query;
    assertNarrowed(operatorOf(c), { apiId: api, orgId: org });
    if (by !== undefined) {
      await parts.usage.flush();
      const { rows, envelope } = await answerReport(parts, { ...query, by }, clock.nowMs());
      const isNamed = mayNameOrgs(operatorOf(c));
      const data = rows.map(({ row, shown }) => ({
        ...(row.orgId !== undefined && { org: row.orgId }),
        ...(row.orgName !== undefined && { orgName: isNamed ? row.orgName : null }),
        ...(row.keyId !== undefined && { key: row.keyId }),
        ...(row.keyName !== undefined && { keyName: row.keyName }),
        ...(row.apiId !== undefined && { api: row.apiId }),
        ...(row.environment !== undefined && { environment: row.environment }),
        ...(row.outcome !== undefined && { outcome: row.outcome }),
        ...shown,
      }));
      return c.json({ data, ...envelope }, 200);
    }
    if (asksReport(query)) throw invalidInput('by', 'is missing: it says what to sum by, such as org or total');
    const { fromMs, toMs } = readUsagePeriod({ from, to }, clock.nowMs());
    await parts.usage.flush();
    const sums = await usageStore.listUsage({
      orgId: org,
      apiId: api,
      keyId: key,
      environment: ofEnvironment,
      fromMs,
      toMs,
      groupBy: ['hourMs', 'apiId', 'environment', 'outcome'],
    });
    const data = sums.map(
      ({ hourMs = 0, apiId = '', environment = 'live', outcome = 'allowed', count, billed, statuses }) => ({
        hour: toInstant(hourMs),
        api: apiId,
        environment,
        outcome,
        count,
        billed,
        statuses,
      }),
    );
    const startMs = await usageStore.findUsageStart();
    const kept = startMs === null ? null : toInstant(startMs);
    return c.json({ data, from: toInstant(fromMs), to: toInstant(toMs), keptFrom: kept }, 200);
  });
}

function ignoreNotFound(error: unknown): undefined {
  if (error instanceof ManagementError && error.code === 'not_found') return undefined;
  throw error;
}
