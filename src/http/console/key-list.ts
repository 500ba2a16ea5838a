// GET /api/orgs/{org}/keys: searches, filters and sorts keys; each has its overlaps and its use on 30 days.

import { createRoute, z } from '@hono/zod-openapi';
import type { Clock } from '../../domain/clock.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { secretIdOf } from '../../management/keys/secrets.ts';
import {
  type DailyUse,
  type KeyRow,
  type KeySort,
  keySorts,
  type Overlap,
  type OverviewStore,
} from '../../management/overview-ports.ts';
import { untilEndedMs } from '../../management/ports.ts';
import { assertMayIn } from '../../management/rights.ts';
import { type Gates, maskIn } from '../wire/mask.ts';
import { failures, jsonReply, maxPageBytes } from '../wire/route.ts';
import { days, defaultLimit, keyListQuery, keySchema, toInstant, toKey } from '../wire/schemas.ts';
import type { Freshness } from './freshness.ts';
import type { ConsoleApp, Sessions } from './session.ts';

/** What the list of keys needs. */
export interface KeyListParts {
  readonly sessions: Sessions;
  readonly store: Pick<OverviewStore, 'listKeyRows'>;
  readonly gates: Gates;
  readonly freshness: Freshness;
  readonly clock: Clock;
}

/** The days of use in each row, including today. */
const daysShown = 30;

const keyRowsQuery = keyListQuery.omit({ org: true, search: true }).extend({
  q: z.string().min(1).max(500).optional().openapi({
    description:
      'Part of the name, the whole id, a whole tag or external id, a whole entry of a list such as an address, the first or last 4 characters, or a masked secret (`sk_live_1a2b…9f3c`)',
  }),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hexadecimal')
    .optional()
    .openapi({ description: 'SHA-256 of a whole secret, computed in the browser: finds the key of the secret' }),
  revoked: z.enum(['true', 'false']).optional().openapi({ description: 'false: without revoked keys' }),
  unusedDays: days.openapi({
    type: 'integer',
    description: 'Active keys that were neither created nor used for this many days',
  }),
  expiringDays: days.openapi({ type: 'integer', description: 'Active keys that expire within this many days' }),
  addresses: z.enum(['some', 'none']).optional().openapi({
    description: 'Whether the list of addresses has an entry. The policy of the API says what an empty list means',
  }),
  sort: z.enum(keySorts).optional().openapi({ description: 'Default `created`' }),
  order: z
    .enum(['asc', 'desc'])
    .optional()
    .openapi({ description: 'Default: newest first, last used first, names from A, next expiry first' }),
});

const overlapSchema = z
  .object({
    secretId: z.string().openapi({ example: 'sec_9f86d081884c7d65' }),
    masked: z.string(),
    createdAt: z.string(),
    endsAt: z.string().nullable().openapi({ description: 'When it expires; null: not until someone ends it' }),
    useCount: z.int().openapi({ description: 'Requests with this secret after it was superseded' }),
    lastUsedAt: z.string().nullable(),
    lastUsedAddress: z.string().nullable(),
  })
  .openapi('Overlap');

const keyRowSchema = keySchema
  .extend({
    overlaps: z.array(overlapSchema).openapi({ description: 'Old secrets that still work, newest first' }),
    daily: z
      .object({ allowed: z.array(z.int()), refused: z.array(z.int()) })
      .openapi({ description: `Requests on each of ${daysShown} UTC days from \`dailyFrom\`; the last day is today` }),
  })
  .openapi('KeyRow');

const keyRowsSchema = z
  .object({
    data: z.array(keyRowSchema),
    nextCursor: z.string().nullable(),
    total: z.int().openapi({ description: 'Number of keys that match the filters, on all pages' }),
    dailyFrom: z.string().openapi({ format: 'date-time' }),
  })
  .openapi('KeyRows');

const listKeys = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/keys',
  operationId: 'listOrgKeys',
  request: { params: z.object({ org: z.string().max(200) }), query: keyRowsQuery },
  responses: { 200: jsonReply('Keys in the requested order', keyRowsSchema), ...failures },
});

const descendsByDefault: Readonly<Record<KeySort, boolean>> = {
  created: true,
  last_used: true,
  name: false,
  expires: false,
};

export function addKeyListRoute(app: ConsoleApp, { sessions, store, gates, freshness, clock }: KeyListParts): void {
  app.openapi(listKeys, async (c) => {
    const { org } = c.req.valid('param');
    const query = c.req.valid('query');
    const { api, environment, status, q, digest, revoked, unusedDays, expiringDays, secretAgeDays, cursor } = query;
    const { addresses } = query;
    const { tag, metadata, externalId, sort = 'created', order, limit = defaultLimit } = query;
    assertMayIn(await sessions.actorIn(c, org), org, 'key.read');
    await freshness.refresh();
    const nowMs = clock.nowMs();
    const dailyFromMs = nowMs - (nowMs % oneDayMs) - (daysShown - 1) * oneDayMs;
    const page = await store.listKeyRows(
      {
        filter: {
          orgId: org,
          apiId: api,
          environment,
          status,
          isRevoked: revoked === undefined ? undefined : revoked === 'true',
          // Names are stored in this form.
          search: q?.normalize('NFC').trim() || undefined,
          digest,
          tag,
          metadata,
          externalId,
          unusedSinceMs: unusedDays === undefined ? undefined : nowMs - unusedDays * oneDayMs,
          secretCreatedByMs: secretAgeDays === undefined ? undefined : nowMs - secretAgeDays * oneDayMs,
          hasAddresses: addresses === undefined ? undefined : addresses === 'some',
          expiresByMs: expiringDays === undefined ? undefined : nowMs + expiringDays * oneDayMs,
        },
        sort,
        isDescending: order === undefined ? descendsByDefault[sort] : order === 'desc',
        limit,
        maxBytes: maxPageBytes,
        cursor,
        dailyFromMs,
      },
      nowMs,
    );
    const { items, nextCursor, total } = page;
    const data = items.map((row) => toKeyRow(row, gates, nowMs, dailyFromMs));
    return c.json({ data, nextCursor, total, dailyFrom: toInstant(dailyFromMs) }, 200);
  });
}

function toKeyRow(row: KeyRow, gates: Gates, nowMs: number, dailyFromMs: number): z.infer<typeof keyRowSchema> {
  const isOver = row.key.revokedAtMs !== null;
  return {
    ...toKey(row.key, nowMs, gates),
    overlaps: isOver
      ? []
      : row.overlaps.map((overlap) => toOverlap(overlap, maskIn(gates, { ...overlap, apiId: row.key.apiId }))),
    daily: { allowed: spread(row.daily, 'allowed', dailyFromMs), refused: spread(row.daily, 'refused', dailyFromMs) },
  };
}

function toOverlap(overlap: Overlap, masked: string): z.infer<typeof overlapSchema> {
  const { digest, createdAtMs, endsAtMs, useCount, lastUsedAtMs, lastUsedAddress } = overlap;
  return {
    secretId: secretIdOf(digest),
    masked,
    createdAt: toInstant(createdAtMs),
    endsAt: endsAtMs === untilEndedMs ? null : toInstant(endsAtMs),
    useCount,
    lastUsedAt: lastUsedAtMs === null ? null : toInstant(lastUsedAtMs),
    lastUsedAddress,
  };
}

function spread(daily: readonly DailyUse[], member: 'allowed' | 'refused', fromMs: number): number[] {
  const counts = new Array<number>(daysShown).fill(0);
  for (const day of daily) {
    const at = (day.dayMs - fromMs) / oneDayMs;
    if (at >= 0 && at < daysShown) counts[at] = day[member];
  }
  return counts;
}
