// Reads the audit log of a database file, with or without a server that uses the file.
import type { AuditRecord } from '../../domain/audit-record.ts';
import { readAudit } from '../queries/audit.ts';
import { SqliteConnection } from './connection.ts';
import { createSqliteKysely, openLocalSession } from './dialect.ts';

/** A database file, open for reading its audit log. */
export interface AuditFile {
  /**
   * Up to `limit` records after `afterSeq`, oldest first. Rejects with `record_corrupt` if one of them can't be read.
   */
  readAudit(afterSeq: number, limit: number): Promise<readonly AuditRecord[]>;
  close(): void;
}

/** Opens a database read-only. A server that has it open is not disturbed. Throws a `StorageError`. */
export function openAuditFile(file: string): AuditFile {
  const connection = new SqliteConnection(file, { isReadOnly: true, busyTimeoutMs: 2000 });
  const db = createSqliteKysely(() => openLocalSession(connection));
  return {
    readAudit: (afterSeq, limit) => readAudit(db, afterSeq, limit),
    close: () => connection.close(),
  };
}
