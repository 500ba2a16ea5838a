// Queries on refusals, grouped and bounded.
import { type Kysely, sql } from 'kysely';
import type { DenialGroup, DenialPage, DenialQuery, StoredDenial } from '../denials/ports.ts';
import { reasons } from '../domain/verdict.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { readInteger, readOneOf, readRecord, readText } from './records.ts';
import type { Database } from './schema.ts';
import { transact } from './transact.ts';
import { compareTexts, rowsPerInsert } from './usage.ts';

export interface DenialBounds {
  /** Groups kept at most. */
  readonly maxGroups: number;
  /** Groups whose last refusal is older are removed. */
  readonly maxAgeMs: number;
}

export function flushDenials(
  db: Kysely<Database>,
  groups: readonly DenialGroup[],
  nowMs: number,
  bounds: DenialBounds,
): Promise<void> {
  // In one order for all, so that nodes that flush at once never wait for each other in a circle.
  const rows = groups.map(toRow).toSorted((a, b) => compareTexts(nameOf(a), nameOf(b)));
  return transact(db, async (transaction) => {
    for (let at = 0; at < rows.length; at += rowsPerInsert) {
      await transaction
        .insertInto('denials')
        .values(rows.slice(at, at + rowsPerInsert))
        .onConflict((conflict) =>
          conflict.columns(['hour', 'api_id', 'org_id', 'key_id', 'reason', 'client_address']).doUpdateSet({
            count: sql`denials.count + excluded.count`,
            last_at: sql`excluded.last_at`,
            method: sql`excluded.method`,
            path: sql`excluded.path`,
          }),
        )
        .execute();
    }
    await pruneDenials(transaction, nowMs, bounds);
  });
}

async function pruneDenials(db: Kysely<Database>, nowMs: number, { maxGroups, maxAgeMs }: DenialBounds): Promise<void> {
  await db
    .deleteFrom('denials')
    .where('last_at', '<', nowMs - maxAgeMs)
    .execute();
  const { count } = await db
    .selectFrom('denials')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (count <= maxGroups) return;
  await db
    .deleteFrom('denials')
    .where('seq', 'in', (oldest) =>
      oldest
        .selectFrom('denials')
        .select('seq')
        .orderBy('last_at')
        .orderBy('seq')
        .limit(count - maxGroups),
    )
    .execute();
}

export async function listDenials(
  db: Kysely<Database>,
  { apiId, orgId, keyId, environment, reason, sinceMs, limit, cursor }: DenialQuery,
): Promise<DenialPage> {
  let query = db
    .selectFrom('denials')
    .selectAll()
    .orderBy('last_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit + 1);
  if (apiId !== undefined) query = query.where('api_id', '=', apiId);
  if (orgId !== undefined) query = query.where('org_id', '=', orgId ?? '');
  if (keyId !== undefined) query = query.where('key_id', '=', keyId);
  if (reason !== undefined) query = query.where('reason', '=', reason);
  if (sinceMs !== undefined) query = query.where('last_at', '>=', sinceMs);
  if (environment !== undefined) {
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('api_keys')
          .select('api_keys.seq')
          .whereRef('api_keys.id', '=', 'denials.key_id')
          .where('api_keys.environment', '=', environment),
      ),
    );
  }
  if (cursor !== undefined) {
    const [lastAt, seq] = parseCursor(cursor, 2) as [number, number];
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('last_at', 'seq'), '<', tuple(lastAt, seq)));
  }
  const rows = await query.execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(readDenial),
    nextCursor: last === undefined ? null : formatCursor(last.last_at, last.seq),
  };
}

export async function findDenial(db: Kysely<Database>, id: string): Promise<StoredDenial | undefined> {
  if (!/^[1-9]\d{0,14}$/.test(id)) return undefined;
  const row = await db.selectFrom('denials').selectAll().where('seq', '=', Number(id)).executeTakeFirst();
  return row && readDenial(row);
}

function toRow(group: DenialGroup) {
  return {
    hour: group.hourMs,
    api_id: group.apiId,
    org_id: group.orgId ?? '',
    key_id: group.keyId ?? '',
    reason: group.reason,
    client_address: group.clientAddress ?? '',
    count: group.count,
    first_at: group.firstAtMs,
    last_at: group.lastAtMs,
    method: group.method.slice(0, 20),
    path: group.path.replace(/\?.*$/s, '').slice(0, 200),
  };
}

/** What no two rows have the same. */
function nameOf(row: ReturnType<typeof toRow>): string {
  const { hour, api_id, org_id, key_id, reason, client_address } = row;
  return [hour, api_id, org_id, key_id, reason, client_address].join(' ');
}

function readDenial(row: { readonly [Column in keyof Database['denials']]: unknown }): StoredDenial {
  return readRecord('denial', String(row.seq), () => ({
    id: String(readInteger(row.seq)),
    apiId: readText(row.api_id),
    orgId: readText(row.org_id) || null,
    keyId: readText(row.key_id) || null,
    reason: readOneOf(row.reason, reasons),
    clientAddress: readText(row.client_address) || null,
    hourMs: readInteger(row.hour),
    count: readInteger(row.count),
    firstAtMs: readInteger(row.first_at),
    lastAtMs: readInteger(row.last_at),
    method: readText(row.method),
    path: readText(row.path),
  }));
}
