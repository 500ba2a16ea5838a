// The condition under which a process may take a right that ends by itself.
import { type SqlBool, sql } from 'kysely';
import { oneDayMs } from '../../domain/durations.ts';

/**
 * Whether `holder` may take, or prolong, the right that a row keeps in two columns: no one has it, `holder` has it, or
 * its end has passed at `nowMs`.
 */
export function isFreeFor(columns: { readonly holder: string; readonly until: string }, holder: string, nowMs: number) {
  const [of, until] = [sql.ref(columns.holder), sql.ref(columns.until)];
  // No right lasts a day: the clock was set back.
  const isSetBack = sql<SqlBool>`${until} > ${nowMs + oneDayMs}`;
  return sql<SqlBool>`(${of} IS NULL OR ${of} = ${holder} OR ${until} <= ${nowMs} OR ${isSetBack})`;
}
