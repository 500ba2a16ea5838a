// Lists for the console: keys with their uses, and organizations with their counts, a page at a time.

import { type ExpressionBuilder, type Kysely, type RawBuilder, sql } from 'kysely';
import { oneDayMs } from '../../domain/durations.ts';
import type {
  DailyUse,
  KeyRowFilter,
  KeyRowPage,
  KeyRowQuery,
  KeySort,
  OrgRowQuery,
  Overlap,
  OverviewStore,
} from '../../management/overview-ports.ts';
import type { Database } from '../schema.ts';
import { isListed, keyBytes, matchesFilter, readKey, selectKeys } from './api-keys.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { matchesOrganization, readOrganization } from './organizations.ts';
import { countFitting } from './page-bytes.ts';
import { readInteger, readNullable, readRecord, readText } from './records.ts';

/** The overview port. `reader` serves quick queries, `scanner` those that may read every key of an organization. */
export function createOverviewStore(reader: Kysely<Database>, scanner: Kysely<Database>): OverviewStore {
  return {
    listKeyRows: (query, nowMs) => listKeyRows(reader, scanner, query, nowMs),
    async findKeys(ids) {
      if (ids.length === 0) return [];
      const keys = selectKeys(reader).where('api_keys.id', 'in', ids).where(isListed);
      return (await keys.execute()).map(readKey);
    },
    listOrgRows: (query) => listOrgRows(scanner, query),
  };
}

type KeyExpressions = ExpressionBuilder<Database, 'api_keys' | 'key_last_used'>;

/** Stands for "never": the largest number that a cursor holds. */
const never = 999_999_999_999_999;

const sortKeys: Readonly<Record<KeySort, RawBuilder<unknown>>> = {
  created: sql`api_keys.seq`,
  name: sql`lower(api_keys.name)`,
  last_used: sql`coalesce(key_last_used.at, 0)`,
  expires: sql`coalesce(api_keys.expires_at, ${sql.lit(never)})`,
};

async function listKeyRows(
  reader: Kysely<Database>,
  scanner: Kysely<Database>,
  query: KeyRowQuery,
  nowMs: number,
): Promise<KeyRowPage> {
  const [page, total] = await Promise.all([
    findPage(scanner, query, nowMs),
    scanner
      .selectFrom('api_keys')
      .leftJoin('key_last_used', 'key_last_used.key_seq', 'api_keys.seq')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where((expression) => matches(expression, query.filter, nowMs))
      .executeTakeFirstOrThrow(),
  ]);
  const bytes = page.map((place) => readInteger(place.bytes));
  const count = countFitting(bytes, query.limit, query.maxBytes);
  const seqs = page.slice(0, count).map(({ seq }) => seq);
  const [rows, overlaps, daily] =
    seqs.length === 0
      ? [[], new Map<number, Overlap[]>(), new Map<number, DailyUse[]>()]
      : await Promise.all([
          selectKeys(reader).where('api_keys.seq', 'in', seqs).execute(),
          findOverlaps(reader, seqs, nowMs),
          countDaily(scanner, query.filter.orgId, seqs, query.dailyFromMs),
        ]);
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  const last = page.length > count ? page[count - 1] : undefined;
  return {
    items: seqs.flatMap((seq) => {
      const row = bySeq.get(seq);
      if (row === undefined) return [];
      return [{ key: readKey(row), overlaps: overlaps.get(seq) ?? [], daily: daily.get(seq) ?? [] }];
    }),
    nextCursor: last === undefined ? null : cursorOf(query.sort, last),
    total: readInteger(total.count),
  };
}

interface Place {
  readonly seq: number;
  readonly bytes: unknown;
  readonly value: unknown;
}

/**
 * A page of sort keys, with one place more if there is one. Sorts these short rows only; whole keys are read
 * afterwards.
 */
function findPage(
  db: Kysely<Database>,
  { filter, sort, isDescending, limit, cursor }: KeyRowQuery,
  nowMs: number,
): Promise<readonly Place[]> {
  const direction = isDescending ? 'desc' : 'asc';
  const sortKey = sortKeys[sort];
  let places = db
    .selectFrom('api_keys')
    .leftJoin('key_last_used', 'key_last_used.key_seq', 'api_keys.seq')
    .select(['api_keys.seq', keyBytes().as('bytes'), (sort === 'name' ? sql`''` : sortKey).as('value')])
    .where((expression) => matches(expression, filter, nowMs))
    .orderBy(sortKey, direction)
    .limit(limit + 1);
  if (sort !== 'created') places = places.orderBy('api_keys.seq', direction);
  if (cursor !== undefined) {
    const before = sql.raw(isDescending ? '<' : '>');
    const place = placeAt(sort, cursor);
    places = places.where(sql<boolean>`(${sortKey}, api_keys.seq) ${before} (${place.value}, ${place.seq})`);
  }
  return places.execute();
}

/** The place of a cursor. A name does not fit into a cursor and seldom changes, so it is read again. */
function placeAt(sort: KeySort, cursor: string): { readonly value: RawBuilder<unknown>; readonly seq: number } {
  if (sort === 'created' || sort === 'name') {
    const [seq] = parseCursor(cursor, 1) as [number];
    const value = sort === 'created' ? sql`${seq}` : sql`(select lower(name) from api_keys where seq = ${seq})`;
    return { value, seq };
  }
  const [value, seq] = parseCursor(cursor, 2) as [number, number];
  return { value: sql`${value}`, seq };
}

function cursorOf(sort: KeySort, { seq, value }: Place): string {
  if (sort === 'created' || sort === 'name') return formatCursor(seq);
  return formatCursor(Math.min(readInteger(value), never), seq);
}

function matches(expressions: KeyExpressions, filter: KeyRowFilter, nowMs: number) {
  const { eb, and, or } = expressions;
  const { digest, unusedSinceMs, expiresByMs, hasAddresses, ...common } = filter;
  const conditions = [matchesFilter(expressions, common, nowMs)];
  if (digest !== undefined) {
    conditions.push(
      eb('api_keys.seq', 'in', (secrets) =>
        secrets.selectFrom('secrets').select('key_seq').where('secrets.digest', '=', digest),
      ),
    );
  }
  if (unusedSinceMs !== undefined || expiresByMs !== undefined) {
    conditions.push(
      eb('api_keys.revoked_at', 'is', null),
      or([eb('api_keys.expires_at', 'is', null), eb('api_keys.expires_at', '>', nowMs)]),
    );
  }
  if (unusedSinceMs !== undefined) {
    conditions.push(
      eb('api_keys.created_at', '<', unusedSinceMs),
      or([eb('key_last_used.at', 'is', null), eb('key_last_used.at', '<', unusedSinceMs)]),
    );
  }
  if (expiresByMs !== undefined) conditions.push(eb('api_keys.expires_at', '<=', expiresByMs));
  if (hasAddresses !== undefined) {
    // As `writeRestrictions` begins the text. In the value of another list, its quotes would be escaped.
    conditions.push(
      eb(
        'api_keys.restrictions',
        hasAddresses ? 'not like' : 'like',
        `${JSON.stringify({ addresses: [] }).slice(0, -1)}%`,
      ),
    );
  }
  return and(conditions);
}

async function findOverlaps(
  db: Kysely<Database>,
  seqs: readonly number[],
  nowMs: number,
): Promise<Map<number, Overlap[]>> {
  const rows = await db
    .selectFrom('secrets')
    .selectAll()
    .where('key_seq', 'in', seqs)
    .where('ends_at', '>', nowMs)
    .orderBy('created_at', 'desc')
    .execute();
  const overlaps = new Map<number, Overlap[]>();
  for (const row of rows) {
    const overlap = readRecord('key', String(row.key_seq), () => ({
      digest: readText(row.digest),
      hint: { prefix: readText(row.prefix), start: readText(row.start), end: readText(row.end) },
      createdAtMs: readInteger(row.created_at),
      endsAtMs: readInteger(row.ends_at),
      useCount: readInteger(row.use_count),
      lastUsedAtMs: readNullable(row.last_used_at, readInteger),
      lastUsedAddress: readNullable(row.last_used_address, readText),
    }));
    append(overlaps, row.key_seq, overlap);
  }
  return overlaps;
}

/** Counts the whole page in one query, over the range that each key has in the table's primary key. */
async function countDaily(
  db: Kysely<Database>,
  orgId: string,
  seqs: readonly number[],
  fromMs: number,
): Promise<Map<number, DailyUse[]>> {
  const day = sql<number>`hour / 86400000`;
  const rows = await db
    .selectFrom('key_usage_hourly')
    .select(['key_seq', day.as('day')])
    .select([
      sql<number>`sum(case when outcome = 'allowed' then count else 0 end)`.as('allowed'),
      sql<number>`sum(case when outcome = 'allowed' then 0 else count end)`.as('refused'),
    ])
    .where('org_seq', '=', (orgs) => orgs.selectFrom('organizations').select('seq').where('id', '=', orgId))
    .where('key_seq', 'in', seqs)
    .where('hour', '>=', fromMs)
    .groupBy(['key_seq', day])
    .orderBy('key_seq')
    .orderBy(day)
    .execute();
  const daily = new Map<number, DailyUse[]>();
  for (const row of rows) {
    append(daily, row.key_seq, {
      dayMs: readInteger(row.day) * oneDayMs,
      allowed: readInteger(row.allowed),
      refused: readInteger(row.refused),
    });
  }
  return daily;
}

async function listOrgRows(
  db: Kysely<Database>,
  { status, limit, cursor, ...filter }: OrgRowQuery,
): ReturnType<OverviewStore['listOrgRows']> {
  let query = db
    .selectFrom('organizations')
    .selectAll('organizations')
    .select(({ selectFrom }) => [
      selectFrom('api_keys')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('api_keys.org_id', '=', 'organizations.id')
        .where('api_keys.revoked_at', 'is', null)
        .as('keys'),
      selectFrom('members')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .whereRef('members.org_id', '=', 'organizations.id')
        .as('members'),
    ])
    .where((expressions) => matchesOrganization(expressions, filter))
    .orderBy('organizations.seq', 'desc')
    .limit(limit + 1);
  if (status === 'active') query = query.where('organizations.status', '=', status);
  if (status === 'suspended') {
    query = query.where(({ eb, or }) =>
      or([eb('organizations.status', '=', status), eb('organizations.suspended_apis', 'is not', null)]),
    );
  }
  if (cursor !== undefined) query = query.where('organizations.seq', '<', parseCursor(cursor, 1)[0] as number);
  const rows = await query.execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map((row) => ({
      organization: readOrganization(row),
      keys: readInteger(row.keys),
      members: readInteger(row.members),
    })),
    nextCursor: last === undefined ? null : formatCursor(last.seq),
  };
}

function append<Item>(lists: Map<number, Item[]>, seq: number, item: Item): void {
  const list = lists.get(seq);
  if (list === undefined) lists.set(seq, [item]);
  else list.push(item);
}
