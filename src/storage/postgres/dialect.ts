// Runs Kysely on the sessions of a PostgreSQL pool.
import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { Database } from '../schema.ts';
import { SessionDriver } from '../session-driver.ts';
import type { PostgresPool, TransactionRules } from './pool.ts';

/** A Kysely whose transactions follow `rules`. */
export function createPostgresKysely(pool: PostgresPool, rules: TransactionRules = {}): Kysely<Database> {
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new SessionDriver(() => pool.acquire(rules)),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}
