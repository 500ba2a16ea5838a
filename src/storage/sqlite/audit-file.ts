// The audit log of a database file, read without a server and beside one.
import type { AuditRecord } from '../../domain/audit-record.ts';
import { readAudit } from '../queries/audit.ts';
import { SqliteConnection } from './connection.ts';
import { createSqliteKysely, openLocalSession } from './dialect.ts';

export interface AuditFile {
  /** Oldest first, from the record after `afterSeq`. Rejects with `record_corrupt` when one of them can't be read. */
  readAudit(afterSeq: number, limit: number): Promise<readonly AuditRecord[]>;
  close(): void;
}

/** Opens a database for reading alone: nothing in it changes, and a server that has it open is not hindered. Throws `StorageError`. */
export function openAuditFile(file: string): AuditFile {
  const connection = new SqliteConnection(file, { isReadOnly: true, busyTimeoutMs: 2000 });
  const db = createSqliteKysely(() => openLocalSession(connection));
  return {
    readAudit: (afterSeq, limit) => readAudit(db, afterSeq, limit),
    close: () => connection.close(),
  };
}
