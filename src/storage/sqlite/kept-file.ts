// Reads what a database file keeps and sends, with or without a server that uses the file.

import type { Kysely } from 'kysely';
import type { ExportState } from '../../audit/ports.ts';
import type { Kept } from '../../retention/ports.ts';
import { describeExports } from '../queries/audit-exports.ts';
import { describeKept } from '../queries/retention.ts';
import type { Database } from '../schema.ts';
import { SqliteConnection } from './connection.ts';
import { createSqliteKysely, openLocalSession } from './dialect.ts';

/** What the file keeps. `undefined`: an older Miftah used it last. Rejects with a `StorageError`. */
export async function readKept(file: string): Promise<Kept | undefined> {
  return readTable(file, 'retention', describeKept);
}

/** How far destinations of the audit log are. `undefined`: an older Miftah used it last. */
export async function readExports(
  file: string,
  destinations: readonly string[],
): Promise<readonly ExportState[] | undefined> {
  return readTable(file, 'audit_exports', (db) => describeExports(db, destinations));
}

/** `undefined`: the file has no such table. */
async function readTable<Result>(
  file: string,
  table: 'retention' | 'audit_exports',
  read: (db: Kysely<Database>) => Promise<Result>,
): Promise<Result | undefined> {
  const connection = new SqliteConnection(file, { isReadOnly: true, busyTimeoutMs: 2000 });
  try {
    const hasTable = connection.readValue(`SELECT 1 FROM sqlite_schema WHERE name = '${table}'`) !== undefined;
    return hasTable ? await read(createSqliteKysely(() => openLocalSession(connection))) : undefined;
  } finally {
    connection.close();
  }
}
