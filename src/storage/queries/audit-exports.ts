// Queries on how far the audit log has reached its destinations.
import type { Kysely } from 'kysely';
import type { ChainPlace, ExportFailure, ExportState, ExportStore } from '../../audit/ports.ts';
import { chainStart } from '../../domain/audit-record.ts';
import { oneDayMs } from '../../domain/durations.ts';
import type { Database } from '../schema.ts';
import { isFreeFor } from './held-rights.ts';
import { readInteger, readNullable, readText } from './records.ts';

/** The port on two handles to one database. `reader` serves quick look-ups. */
export function createExportStore(reader: Kysely<Database>, writer: Kysely<Database>): ExportStore {
  return {
    describeExports: (destinations) => describeExports(reader, destinations),
    claimExport: (destination, holder, nowMs, untilMs) => claim(writer, destination, { holder, nowMs, untilMs }),
    confirmExport: (destination, place, nowMs) => confirm(writer, destination, place, nowMs),
    noteExportFailure: (destination, failure) => noteFailure(writer, destination, failure),
    releaseExport: (destination, holder) => release(writer, destination, holder),
  };
}

/** The states, as the port says. */
export async function describeExports(
  db: Kysely<Database>,
  destinations: readonly string[],
): Promise<readonly ExportState[]> {
  if (destinations.length === 0) return [];
  const rows = await db.selectFrom('audit_exports').selectAll().where('destination', 'in', destinations).execute();
  const newest = await db.selectFrom('audit_log').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  const newestSeq = newest === undefined ? 0 : readInteger(newest.seq);
  return Promise.all(
    destinations.map(async (destination) => {
      const row = rows.find((each) => each.destination === destination);
      const seq = row === undefined ? 0 : readInteger(row.seq);
      const oldest = await db
        .selectFrom('audit_log')
        .select(['seq', 'at'])
        .where('seq', '>', seq)
        .orderBy('seq')
        .limit(1)
        .executeTakeFirst();
      const state: ExportState = {
        destination,
        confirmed: { seq, hash: row === undefined ? chainStart : readText(row.hash) },
        confirmedAtMs: row === undefined ? null : readNullable(row.confirmed_at, readInteger),
        waiting: oldest === undefined ? 0 : newestSeq - readInteger(oldest.seq) + 1,
        waitingSinceMs: oldest === undefined ? null : readInteger(oldest.at),
        failure: row === undefined ? null : readFailure(row),
      };
      return state;
    }),
  );
}

function readFailure(row: Database['audit_exports']): ExportFailure | null {
  if (row.failed_at === null) return null;
  return {
    atMs: readInteger(row.failed_at),
    message: readText(row.failure),
    attempts: readInteger(row.attempts),
    retryAtMs: readInteger(row.retry_at),
  };
}

async function claim(
  db: Kysely<Database>,
  destination: string,
  { holder, nowMs, untilMs }: { readonly holder: string; readonly nowMs: number; readonly untilMs: number },
): Promise<ChainPlace | undefined> {
  await db
    .insertInto('audit_exports')
    .values({
      destination,
      ...{ seq: 0, hash: chainStart, confirmed_at: null, failed_at: null, failure: null },
      ...{ attempts: 0, retry_at: 0, sender: null, sender_until: 0 },
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db
    .updateTable('audit_exports')
    .set({ sender: holder, sender_until: untilMs })
    .where('destination', '=', destination)
    // No pause lasts a day: the clock was set back.
    .where(({ or, eb }) => or([eb('retry_at', '<=', nowMs), eb('retry_at', '>', nowMs + oneDayMs)]))
    .where(isFreeFor({ holder: 'sender', until: 'sender_until' }, holder, nowMs))
    .returning(['seq', 'hash'])
    .executeTakeFirst();
  return row && { seq: readInteger(row.seq), hash: readText(row.hash) };
}

async function confirm(db: Kysely<Database>, destination: string, place: ChainPlace, nowMs: number): Promise<void> {
  await db
    .updateTable('audit_exports')
    .set({
      ...{ seq: place.seq, hash: place.hash, confirmed_at: nowMs },
      ...{ failed_at: null, failure: null, attempts: 0, retry_at: 0 },
    })
    .where('destination', '=', destination)
    .where('seq', '<', place.seq)
    .execute();
}

async function noteFailure(
  db: Kysely<Database>,
  destination: string,
  { atMs, message, attempts, retryAtMs }: ExportFailure,
): Promise<void> {
  await db
    .updateTable('audit_exports')
    .set({ failed_at: atMs, failure: message, attempts, retry_at: retryAtMs })
    .where('destination', '=', destination)
    .execute();
}

async function release(db: Kysely<Database>, destination: string, holder: string): Promise<void> {
  await db
    .updateTable('audit_exports')
    .set({ sender: null, sender_until: 0 })
    .where('destination', '=', destination)
    .where('sender', '=', holder)
    .execute();
}

/** The last record that all these destinations have. Without destinations, there is no bound. */
export async function findExported(db: Kysely<Database>, destinations: readonly string[]): Promise<number> {
  if (destinations.length === 0) return Number.MAX_SAFE_INTEGER;
  const rows = await db.selectFrom('audit_exports').select('seq').where('destination', 'in', destinations).execute();
  return rows.length < destinations.length ? 0 : Math.min(...rows.map(({ seq }) => readInteger(seq)));
}
