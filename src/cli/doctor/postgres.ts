// The checks of a PostgreSQL database, its sessions and its clock.

import { leaseMs } from '../../coordination/ports.ts';
import { newestSchema } from '../../storage/migrate.ts';
import { inspectPostgres, type PostgresFacts } from '../../storage/postgres/inspect.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const toleranceMs = 60_000;

/** The oldest version that our tests run on. */
const oldestVersion = 15;

/** What the checks need beside the database. */
export interface PostgresChecks {
  /** Whether several nodes use the database. */
  readonly isShared: boolean;
  /** Reads this machine's clock. */
  readonly readNowMs: () => number;
}

/**
 * Checks the database, its durability, its sessions, its commits where nodes share it, and the clock. Rejects with a
 * `StorageError` when the database can't be used.
 */
export async function checkPostgres(url: string, { isShared, readNowMs }: PostgresChecks): Promise<readonly Finding[]> {
  const facts = await inspectPostgres(url);
  const { name, serverVersion, versionNumber, schema, nowMs } = facts;
  const here = readNowMs();
  const age = schema === newestSchema ? '' : `, upgraded to ${newestSchema} at the next start`;
  const summary = `PostgreSQL ${serverVersion}, ${name}, schema ${schema}${age}`;
  const database =
    versionNumber >= oldestVersion * 10_000
      ? ok('database', summary)
      : warn('database', `${summary}; older than the versions we test`, `Use PostgreSQL ${oldestVersion} or newer.`);
  const said = new Date(here).toISOString();
  const apart = `the clock says ${said}, and the clock of PostgreSQL says ${new Date(nowMs).toISOString()}`;
  const clock =
    Math.abs(here - nowMs) <= toleranceMs
      ? ok('clock', said)
      : warn('clock', apart, 'Set both clocks and synchronize them with NTP.');
  return [
    database,
    ...checkDurability(facts),
    checkSessions(facts),
    ...(isShared ? [checkRenewals(facts)] : []),
    clock,
  ];
}

/** Fails when a crash could lose an acknowledged change. */
export function checkDurability({ synchronousCommit }: Pick<PostgresFacts, 'synchronousCommit'>): readonly Finding[] {
  if (synchronousCommit !== 'off') return [];
  const message = 'synchronous_commit is off: a crash can lose a revocation that was already confirmed';
  return [fail('database durability', message, 'Set it to on; check the settings of this database and its user too.')];
}

function checkSessions({ hasSessions }: Pick<PostgresFacts, 'hasSessions'>): Finding {
  if (hasSessions) return ok('database sessions', 'notifications arrive: each connection is one session');
  return fail(
    'database sessions',
    'connections do not keep their session: a pooler in transaction or statement mode is in between',
    'Point database at the server itself, or at a pooler in session mode.',
  );
}

/**
 * Checks that a commit is quick enough. A lease's renewal, which is a commit and some reads, has half a lease of time.
 */
export function checkRenewals({ commitMs }: Pick<PostgresFacts, 'commitMs'>): Finding {
  const check = 'leases';
  const limitMs = leaseMs / 2;
  if (commitMs === undefined) {
    return warn(
      check,
      'the duration of a commit could not be measured',
      'Allow its user to run pg_logical_emit_message, or make sure that a commit takes far less than 500 ms.',
    );
  }
  const took = `a commit takes ${commitMs < 10 ? commitMs.toFixed(1) : Math.round(commitMs)} ms`;
  const fix = 'Move the nodes closer to the database, or give the database faster disks.';
  if (commitMs >= limitMs / 2) {
    const message = `${took}: a node that needs over ${limitMs} ms for commit and reads loses its lease and asks the database for every request`;
    return commitMs >= limitMs ? fail(check, message, fix) : warn(check, message, fix);
  }
  return ok(check, `${took}, of the ${limitMs} ms allowed for a lease renewal`);
}
