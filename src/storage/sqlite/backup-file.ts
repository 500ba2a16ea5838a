// Inspects a database file without changing it: whether it is ours, whether it is intact, its schema and its age.
import { StorageError } from '../errors.ts';
import { newerSchema, newestSchema } from '../migrate.ts';
import { SqliteConnection } from './connection.ts';
import { applicationId } from './open.ts';

/** What `inspectDatabase` reads from an intact file. */
export interface DatabaseFacts {
  /** Number of the last migration that it has been through. */
  readonly schema: number;
  /** The newest instant in it, in epoch milliseconds. */
  readonly newestAtMs: number;
}

/** A query for the newest instant of each table. Each uses an index or the table's order. */
const newestOf: Readonly<Record<string, string>> = {
  schema_migrations: 'SELECT max(applied_at) FROM schema_migrations',
  organizations: 'SELECT created_at FROM organizations ORDER BY seq DESC LIMIT 1',
  api_keys: 'SELECT created_at FROM api_keys ORDER BY seq DESC LIMIT 1',
  denials: 'SELECT max(last_at) FROM denials',
  audit_log: 'SELECT at FROM audit_log ORDER BY seq DESC LIMIT 1',
};

/**
 * Reads the file, also while a server uses it. `whole` compares each index with its table, and takes several times as
 * long as `quick`. Throws a `StorageError` for a file that this version can't use: `storage_not_a_database`,
 * `storage_not_miftah`, `storage_corrupt` or `storage_newer`.
 */
export function inspectDatabase(file: string, extent: 'quick' | 'whole'): DatabaseFacts {
  const connection = new SqliteConnection(file, { isReadOnly: true, busyTimeoutMs: 2000 });
  try {
    return inspect(connection, extent);
  } catch (error) {
    // For some damage to the first page, SQLite has no result code of its own ("unsupported file format").
    if (error instanceof StorageError && error.code === 'storage_failed') throw corrupt(error.message, error);
    throw error;
  } finally {
    connection.close();
  }
}

function inspect(connection: SqliteConnection, extent: 'quick' | 'whole'): DatabaseFacts {
  const tables = new Set(
    connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'", []).rows.map(({ name }) => name),
  );
  if (connection.readValue('PRAGMA application_id') !== applicationId || !tables.has('schema_migrations')) {
    throw new StorageError('storage_not_miftah', 'the file is not a Miftah database', 'use another file');
  }
  const schema = Number(connection.readValue('SELECT max(number) FROM schema_migrations') ?? 0);
  if (schema > newestSchema) throw newerSchema(schema, newestSchema);
  const finding = connection.readValue(extent === 'quick' ? 'PRAGMA quick_check(1)' : 'PRAGMA integrity_check(1)');
  if (finding !== 'ok') throw corrupt(String(finding));
  const [orphan] = connection.execute('PRAGMA foreign_key_check', []).rows;
  if (orphan !== undefined) throw corrupt(`a row of ${orphan.table} refers to a missing row of ${orphan.parent}`);
  const instants = Object.entries(newestOf)
    .filter(([table]) => tables.has(table))
    .map(([, query]) => Number(connection.readValue(query) ?? 0));
  return { schema, newestAtMs: Math.max(...instants) };
}

function corrupt(finding: string, cause?: unknown): StorageError {
  return new StorageError(
    'storage_corrupt',
    `the database file is damaged (${finding.split('\n')[0]?.slice(0, 200)})`,
    'restore it from a backup with `miftah restore FILE`',
    { cause },
  );
}
