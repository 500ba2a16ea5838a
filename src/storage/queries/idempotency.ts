// Queries on kept replies, for commands that may be sent again.
import type { Kysely } from 'kysely';
import type { KeptReply } from '../../management/ports.ts';
import type { Database } from '../schema.ts';

/**
 * The reply, unless it has expired at `nowMs`. An expired one is not returned, even before `sweepReplies` removes it.
 */
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

/**
 * Keeps a reply. Call it in the transaction of the change, so that there is a reply if and only if there is a change.
 */
export async function keepReply(db: Kysely<Database>, reply: KeptReply, nowMs: number): Promise<void> {
  // Removes expired replies first: one of them may have the same name.
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

/** Removes the replies that have expired at `nowMs`, and the contents of those whose seal has. */
export async function sweepReplies(db: Kysely<Database>, nowMs: number): Promise<void> {
  await db.deleteFrom('kept_replies').where('kept_until', '<=', nowMs).execute();
  await db
    .updateTable('kept_replies')
    .set({ sealed: null })
    .where('sealed', 'is not', null)
    .where('sealed_until', '<=', nowMs)
    .execute();
}
