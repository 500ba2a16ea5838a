// Transactions that run again when the database asks for it.
import type { Kysely, Transaction } from 'kysely';
import { StorageError } from './errors.ts';
import type { Database } from './schema.ts';

const maxAttempts = 5;

/** serialization_failure and deadlock_detected: nothing was done, and the same may succeed now (SQL:2016, class 40). */
const repeatable = new Set<unknown>(['40001', '40P01']);

/**
 * Runs `work` in a transaction: all of it takes effect, or nothing. If the database undoes it in favour of another
 * transaction, `work` runs again, up to 5 times in all. So `work` must have no effects outside its handle. It does not
 * run again when the outcome is unknown.
 */
export async function transact<Result>(
  db: Kysely<Database>,
  work: (transaction: Transaction<Database>) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === maxAttempts || !isRepeatable(error)) throw error;
    }
  }
}

function isRepeatable(error: unknown): boolean {
  const cause = error instanceof StorageError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && repeatable.has(cause.code);
}
