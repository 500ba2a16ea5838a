// Queries on the audit log.
import { type Kysely, sql } from 'kysely';
import type { AuditFilter, AuditStore } from '../../audit/ports.ts';
import {
  type AuditEntry,
  type AuditRecord,
  type AuditSeal,
  chainStart,
  digestPart,
  hashAuditEntry,
  newSeals,
} from '../../domain/audit-record.ts';
import { eventOf } from '../../domain/webhook-event.ts';
import type { Database } from '../schema.ts';
import { recordCaused } from './caused-events.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { bytesOf, countFitting } from './page-bytes.ts';
import { type Row, readInteger, readNullable, readOneOf, readRecord, readText } from './records.ts';
import { rowsPerInsert } from './usage.ts';

/**
 * Appends entries to the chain, in their order, and writes the events that follow from them, for webhooks and members.
 * Call it in the transaction of the change, so that the chain follows the order of commits.
 */
export async function appendAudit(db: Kysely<Database>, ...entries: readonly AuditEntry[]): Promise<void> {
  const last = await db
    .selectFrom('audit_log')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  let seq = last?.seq ?? 0;
  let previousHash = last?.hash ?? chainStart;
  const rows = entries.map((entry) => {
    const row = chain(entry, ++seq, previousHash);
    previousHash = row.hash;
    return row;
  });
  for (let at = 0; at < rows.length; at += rowsPerInsert) {
    await db
      .insertInto('audit_log')
      .values(rows.slice(at, at + rowsPerInsert))
      .execute();
  }
  await recordCaused(
    db,
    entries.flatMap((entry) => {
      const event = eventOf(entry);
      return event === undefined ? [] : { event, author: entry.actor };
    }),
  );
}

function chain(entry: AuditEntry, seq: number, previousHash: string): Database['audit_log'] {
  const { actor, target } = entry;
  const seals = newSeals();
  return {
    seq,
    at: entry.atMs,
    actor_kind: actor.kind,
    actor_id: actor.id,
    actor_label: actor.label,
    via: entry.via,
    address: entry.address,
    request_id: entry.requestId,
    action: entry.action,
    target_kind: target.kind,
    target_id: target.id,
    org_id: entry.orgId,
    before: writeState(entry.before),
    after: writeState(entry.after),
    previous_hash: previousHash,
    hash: hashAuditEntry(entry, seq, previousHash, seals),
    author_salt: seals.author.salt,
    author_digest: digestPart(entry, 'author', seals.author),
    author_erased_by: null,
    state_salt: seals.state.salt,
    state_digest: digestPart(entry, 'state', seals.state),
    state_erased_by: null,
  };
}

/**
 * A page of records, newest first, within `limit` and `maxBytes`. Rejects with `cursor_invalid` or `record_corrupt`.
 */
export async function listAudit(
  db: Kysely<Database>,
  { orgId, targetId, actorId, actorLabel, action, fromMs, toMs }: AuditFilter,
  { limit, cursor, maxBytes }: Parameters<AuditStore['listAudit']>[1],
): ReturnType<AuditStore['listAudit']> {
  let query = db
    .selectFrom('audit_log')
    .select(['seq', stateBytes().as('bytes')])
    .orderBy('seq', 'desc')
    .limit(limit + 1);
  if (orgId !== undefined) query = query.where('org_id', '=', orgId);
  if (targetId !== undefined) query = query.where('target_id', '=', targetId);
  if (actorId !== undefined) query = query.where('actor_id', '=', actorId);
  if (actorLabel !== undefined) query = query.where('actor_label', '=', actorLabel);
  if (fromMs !== undefined) query = query.where('at', '>=', fromMs);
  if (toMs !== undefined) query = query.where('at', '<', toMs);
  if (action !== undefined) {
    query = query.where(({ eb, or, and }) =>
      // "key" stands for all actions "key.…": "/" is the character after ".".
      or([eb('action', '=', action), and([eb('action', '>=', `${action}.`), eb('action', '<', `${action}/`)])]),
    );
  }
  if (cursor !== undefined) query = query.where('seq', '<', parseCursor(cursor, 1)[0] as number);
  const found = await query.execute();
  const count = countFitting(found.map(sizeOf), limit, maxBytes);
  const seqs = found.slice(0, count).map(({ seq }) => seq);
  const rows =
    count === 0
      ? []
      : await db.selectFrom('audit_log').selectAll().where('seq', 'in', seqs).orderBy('seq', 'desc').execute();
  return {
    items: rows.map(readAuditRow),
    nextCursor: found.length > count ? formatCursor(seqs.at(-1) as number) : null,
  };
}

function stateBytes() {
  return sql<number>`${bytesOf(sql.ref('before'))} + ${bytesOf(sql.ref('after'))}`;
}

function sizeOf({ bytes }: { readonly bytes: unknown }): number {
  return readInteger(bytes);
}

/** Up to `limit` records after `afterSeq`, oldest first, within `maxBytes`. Rejects with `record_corrupt`. */
export async function readAudit(
  db: Kysely<Database>,
  afterSeq: number,
  limit: number,
  maxBytes?: number,
): Promise<readonly AuditRecord[]> {
  const bounded = maxBytes === undefined ? limit : await countFrom(db, afterSeq, limit, maxBytes);
  const rows = await db
    .selectFrom('audit_log')
    .selectAll()
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(bounded)
    .execute();
  return rows.map(readAuditRow);
}

async function countFrom(db: Kysely<Database>, afterSeq: number, limit: number, maxBytes: number): Promise<number> {
  const sizes = await db
    .selectFrom('audit_log')
    .select(stateBytes().as('bytes'))
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return countFitting(sizes.map(sizeOf), limit, maxBytes);
}

function readAuditRow(row: Row<Database['audit_log']>): AuditRecord {
  return readRecord('audit entry', String(row.seq), () => {
    const author = readSeal(row.author_salt, row.author_digest, row.author_erased_by);
    const state = readSeal(row.state_salt, row.state_digest, row.state_erased_by);
    if ((author === null) !== (state === null)) throw new TypeError('half a seal');
    const label = readText(row.actor_label);
    return {
      seq: readInteger(row.seq),
      atMs: readInteger(row.at),
      actor: {
        kind: readOneOf(row.actor_kind, ['operator', 'member', 'key', 'system']),
        id: readNullable(row.actor_id, readText),
        label: label === '' && author !== null && 'digest' in author ? null : label,
      },
      via: readText(row.via),
      address: readNullable(row.address, readText),
      requestId: readNullable(row.request_id, readText),
      action: readText(row.action),
      target: { kind: readText(row.target_kind), id: readText(row.target_id) },
      orgId: readNullable(row.org_id, readText),
      before: readNullable(row.before, readState),
      after: readNullable(row.after, readState),
      seals: author === null || state === null ? null : { author, state },
      previousHash: readText(row.previous_hash),
      hash: readText(row.hash),
    };
  });
}

/** A database file that this version has not migrated lacks the columns. */
function readSeal(salt: unknown, digest: unknown, erasedBy: unknown): AuditSeal | null {
  if (digest === null || digest === undefined) return null;
  if (erasedBy === null) return { salt: readText(salt) };
  return { digest: readText(digest), erasedBy: readInteger(erasedBy) };
}

function writeState(state: AuditEntry['before']): string | null {
  return state === null ? null : JSON.stringify(state);
}

function readState(value: unknown): Record<string, unknown> {
  const state: unknown = JSON.parse(readText(value));
  if (typeof state !== 'object' || state === null) throw new TypeError('not an object');
  return state as Record<string, unknown>;
}
