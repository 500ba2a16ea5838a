// Queries on the replies that are kept for commands that may be sent again.
import type { Kysely } from 'kysely';
import type { KeptReply } from '../../management/ports.ts';
import type { Database } from '../schema.ts';

/** A reply whose time is over is not found, swept or not. */
export async function findReply(db: Kysely<Database>, name: string, nowMs: number): Promise<KeptReply | undefined> {
  const row = await db
    .selectFrom('kept_replies')
    .selectAll()
    .where('name', '=', name)
    .where('kept_until', '>', nowMs)
    .executeTakeFirst();
  return (
    row && {
      name: row.name,
      fingerprint: row.fingerprint,
      sealed: row.sealed_until > nowMs ? row.sealed : null,
      sealedUntilMs: row.sealed_until,
      keptUntilMs: row.kept_until,
    }
  );
}

/** Call it in the transaction of the change: there is a reply if and only if there is a change. */
export async function keepReply(db: Kysely<Database>, reply: KeptReply, nowMs: number): Promise<void> {
  // What is over makes room first: also for a reply of the same name.
  await sweepReplies(db, nowMs);
  await db
    .insertInto('kept_replies')
    .values({
      name: reply.name,
      fingerprint: reply.fingerprint,
      sealed: reply.sealed,
      sealed_until: reply.sealedUntilMs,
      kept_until: reply.keptUntilMs,
    })
    .execute();
}

export async function sweepReplies(db: Kysely<Database>, nowMs: number): Promise<void> {
  await db.deleteFrom('kept_replies').where('kept_until', '<=', nowMs).execute();
  await db
    .updateTable('kept_replies')
    .set({ sealed: null })
    .where('sealed', 'is not', null)
    .where('sealed_until', '<=', nowMs)
    .execute();
}
