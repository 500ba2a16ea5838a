// /v1/denials and /v1/usage: denied requests and request counts.

import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { describeFix } from '../../denials/describe-fix.ts';
import type { DenialStore, StoredDenial } from '../../denials/ports.ts';
import type { Actor } from '../../domain/actor.ts';
import type { Restrictions } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import type { KeyCommands } from '../../management/keys/commands.ts';
import { ManagementError } from '../../management/management-error.ts';
import { assertNarrowed } from '../../management/rights.ts';
import type { UsageStore } from '../../metering/ports.ts';
import { failuresOf, jsonReply, maxPageBytes, operatorOnly } from '../wire/route.ts';
import {
  defaultLimit,
  denialListQuery,
  denialSchema,
  keptFrom,
  pageOf,
  toDenial,
  toInstant,
  usageQuery,
  usageSchema,
} from '../wire/schemas.ts';
import { maxUsageDays, readUsagePeriod } from '../wire/usage-period.ts';
import { operatorOf } from './operator.ts';

/** What the record routes need. */
export interface RecordParts {
  readonly keys: KeyCommands;
  readonly denialStore: Pick<DenialStore, 'listDenials'>;
  readonly usageStore: Pick<UsageStore, 'listUsage' | 'findUsageStart'>;
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
  summary: 'Count requests by hour, API, environment and outcome',
  security: operatorOnly,
  request: { query: usageQuery },
  responses: {
    200: jsonReply(
      `Requests of known keys by hour, for at most ${maxUsageDays} days; by default the last 24 hours`,
      z.object({ data: z.array(usageSchema), from: z.string(), to: z.string(), keptFrom }),
    ),
    ...failuresOf(),
  },
});

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
    const { org, api, key, from, to } = c.req.valid('query');
    assertNarrowed(operatorOf(c), { apiId: api, orgId: org });
    const { fromMs, toMs } = readUsagePeriod({ from, to }, clock.nowMs());
    await parts.usage.flush();
    const sums = await usageStore.listUsage({
      orgId: org,
      apiId: api,
      keyId: key,
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
