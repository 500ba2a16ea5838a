// Reads what a database file keeps, with or without a server that uses the file.
import type { Kept } from '../../retention/ports.ts';
import { describeKept } from '../queries/retention.ts';
import { SqliteConnection } from './connection.ts';
import { createSqliteKysely, openLocalSession } from './dialect.ts';

/** What the file keeps. `undefined`: an older Miftah used it last. Rejects with a `StorageError`. */
export async function readKept(file: string): Promise<Kept | undefined> {
  const connection = new SqliteConnection(file, { isReadOnly: true, busyTimeoutMs: 2000 });
  try {
    const hasTable = connection.readValue("SELECT 1 FROM sqlite_schema WHERE name = 'retention'") !== undefined;
    return hasTable ? await describeKept(createSqliteKysely(() => openLocalSession(connection))) : undefined;
  } finally {
    connection.close();
  }
}
