// Reads the version and settings of a PostgreSQL database without changing it.

import type { Kysely } from 'kysely';
import type { Client } from 'pg';
import type { ExportState } from '../../audit/ports.ts';
import type { Kept } from '../../retention/ports.ts';
import { newerSchema, newestSchema } from '../migrate.ts';
import { describeExports } from '../queries/audit-exports.ts';
import { describeKept } from '../queries/retention.ts';
import type { Database } from '../schema.ts';
import { createPostgresKysely } from './dialect.ts';
import { toPostgresError } from './errors.ts';
import { connectToPrimary, parsePostgresHosts } from './hosts.ts';
import { connectionConfig, createPostgresPool } from './pool.ts';
import { areSessions } from './sessions.ts';

/** What `inspectPostgres` finds. */
export interface PostgresFacts {
  /** Host, port and database, without user and password. */
  readonly name: string;
  readonly serverVersion: string;
  /** The database's last migration; 0: none yet. */
  readonly schema: number;
  /** The instant on PostgreSQL's clock, in epoch milliseconds. */
  readonly nowMs: number;
  /** PostgreSQL's `server_version_num`, such as 170002. */
  readonly versionNumber: number;
  /** PostgreSQL's setting. `off`: a crash may lose acknowledged changes. */
  readonly synchronousCommit: string;
  /** Whether each connection keeps one session. Through a pooler in transaction mode, it does not. */
  readonly hasSessions: boolean;
  /** The duration of a commit to disk, the median of five. `undefined`: the user may not try one. */
  readonly commitMs: number | undefined;
}

const newest = 'SELECT max(number) AS n FROM schema_migrations';

/**
 * Rejects with a `StorageError` when no server that takes writes accepts us, or a newer Miftah has used the database.
 */
export async function inspectPostgres(url: string): Promise<PostgresFacts> {
  const hosts = parsePostgresHosts(url);
  const limits = {
    hosts,
    maxConnections: 1,
    connectTimeoutMs: 3000,
    statementTimeoutMs: 3000,
    transactionTimeoutMs: 3000,
  };
  try {
    const client = await connectToPrimary(hosts, connectionConfig(limits));
    try {
      const { rows } = await client.query<{
        version: string;
        number: number;
        sync: string;
        now: number;
        ledger: string | null;
      }>(
        `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
           current_setting('synchronous_commit') AS sync, to_regclass('schema_migrations')::text AS ledger,
           (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now`,
      );
      const [{ version, number, sync, now, ledger } = { version: '', number: 0, sync: '', now: 0, ledger: null }] =
        rows;
      const applied = ledger === null ? [] : (await client.query<{ n: number }>(newest)).rows;
      const schema = applied[0]?.n ?? 0;
      if (schema > newestSchema) throw newerSchema(schema, newestSchema);
      const other = await connectToPrimary(hosts, connectionConfig(limits));
      try {
        const hasSessions = await areSessions(client, other);
        const commitMs = await measureCommit(client);
        return {
          name: hosts.name,
          serverVersion: version,
          versionNumber: number,
          synchronousCommit: sync,
          schema,
          nowMs: now,
          hasSessions,
          commitMs,
        };
      } finally {
        await other.end();
      }
    } finally {
      await client.end();
    }
  } catch (error) {
    throw toPostgresError(error, hosts.name);
  }
}

/** What the database keeps. `undefined`: an older Miftah used it last. Rejects with a `StorageError`. */
export async function readPostgresKept(url: string): Promise<Kept | undefined> {
  return readTable(url, 'retention', describeKept);
}

/** How far destinations of the audit log are. `undefined`: an older Miftah used it last. */
export async function readPostgresExports(
  url: string,
  destinations: readonly string[],
): Promise<readonly ExportState[] | undefined> {
  return readTable(url, 'audit_exports', (db) => describeExports(db, destinations));
}

/** `undefined`: the database has no such table. */
async function readTable<Result>(
  url: string,
  table: 'retention' | 'audit_exports',
  read: (db: Kysely<Database>) => Promise<Result>,
): Promise<Result | undefined> {
  const limits = { connectTimeoutMs: 3000, statementTimeoutMs: 3000, transactionTimeoutMs: 3000 };
  const pool = createPostgresPool({ hosts: parsePostgresHosts(url), maxConnections: 1, ...limits });
  try {
    const session = await pool.acquire();
    const { rows } = await Promise.resolve(session.execute('SELECT to_regclass($1) AS found', [table])).finally(() =>
      session.release(),
    );
    return rows[0]?.found === null ? undefined : await read(createPostgresKysely(pool));
  } finally {
    await pool.close();
  }
}

/** Commits empty messages to PostgreSQL's log (WAL). They take as long as a change's commit, and leave no trace. */
async function measureCommit(client: Client): Promise<number | undefined> {
  const tookMs: number[] = [];
  for (let round = 0; round < 5; round++) {
    const startedMs = performance.now();
    try {
      await client.query("SELECT pg_logical_emit_message(true, 'miftah', '')");
    } catch {
      return undefined;
    }
    tookMs.push(performance.now() - startedMs);
  }
  return tookMs.toSorted((a, b) => a - b)[2];
}
