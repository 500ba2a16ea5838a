// Brings a database to this version's schema: numbered steps, forward only.
import { type Kysely, sql } from 'kysely';
import { StorageError } from './errors.ts';
import { initial } from './migrations/0001-initial.ts';
import { compactUsage } from './migrations/0002-compact-usage.ts';
import { management } from './migrations/0003-management.ts';
import { people } from './migrations/0004-people.ts';
import { idempotency } from './migrations/0005-idempotency.ts';
import { importing } from './migrations/0006-import.ts';
import type { Migration } from './migrations/migration.ts';
import type { Database } from './schema.ts';

const migrations: readonly Migration[] = [initial, compactUsage, management, people, idempotency, importing];

/** The schema that this version works with. */
export const newestSchema = migrations.length;

/**
 * Applies the steps that are missing, each wholly or not at all. Rejects with `storage_newer`, having changed nothing, when
 * the database was already used by a newer Miftah.
 */
export async function migrate(db: Kysely<Database>, nowMs: number): Promise<void> {
  await sql`CREATE TABLE IF NOT EXISTS schema_migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`.execute(db);
  const { applied } = await db
    .selectFrom('schema_migrations')
    .select(({ fn }) => fn.coalesce(fn.max('number'), sql<number>`0`).as('applied'))
    .executeTakeFirstOrThrow();
  if (applied > migrations.length) {
    throw new StorageError(
      'storage_newer',
      `the database has schema ${applied}, this Miftah knows ${migrations.length}`,
      'install the Miftah that was used last, or a newer one',
    );
  }
  for (const { number, name, statements } of migrations.slice(applied)) {
    await db.transaction().execute(async (transaction) => {
      for (const statement of statements) await sql.raw(statement).execute(transaction);
      await transaction.insertInto('schema_migrations').values({ number, name, applied_at: nowMs }).execute();
    });
  }
}
