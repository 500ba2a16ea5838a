// The check of a PostgreSQL database, and of the two clocks.
import { newestSchema } from '../../storage/migrate.ts';
import { inspectPostgres } from '../../storage/postgres-inspect.ts';
import { type Finding, ok, warn } from './finding.ts';

const toleranceMs = 60_000;

/** `readNowMs` reads this machine's clock. Rejects with a `StorageError` when the database can't be used. */
export async function checkPostgres(url: string, readNowMs: () => number): Promise<readonly Finding[]> {
  const { name, serverVersion, schema, nowMs } = await inspectPostgres(url);
  const here = readNowMs();
  const age = schema === newestSchema ? '' : `, brought to ${newestSchema} by the next start`;
  const database = ok('database', `PostgreSQL ${serverVersion}, ${name}, schema ${schema}${age}`);
  const said = new Date(here).toISOString();
  if (Math.abs(here - nowMs) <= toleranceMs) return [database, ok('clock', said)];
  const apart = `the clock says ${said}, the one of PostgreSQL ${new Date(nowMs).toISOString()}`;
  return [database, warn('clock', apart, 'Set both and keep them right (NTP).')];
}
