// Reads the audit log of a database file, with or without a server that uses the file.
import { type AuditRecord, chainStart } from '../../domain/audit-record.ts';
import type { ChainPlace } from '../../retention/ports.ts';
import { readAudit } from '../queries/audit.ts';
import { readInteger, readText } from '../queries/records.ts';
import { SqliteConnection } from './connection.ts';
import { createSqliteKysely, openLocalSession } from './dialect.ts';

/** A database file, open for reading its audit log. */
export interface AuditFile {
  /**
   * Up to `limit` records after `afterSeq`, oldest first. Rejects with `record_corrupt` if one of them can't be read.
   */
  readAudit(afterSeq: number, limit: number): Promise<readonly AuditRecord[]>;
  /** The last record that was removed, or will be. A database of an older version has removed none: 0 and 64 zeros. */
  readAnchor(): ChainPlace;
  close(): void;
}

/** Opens a database read-only. A server that has it open is not disturbed. Throws a `StorageError`. */
export function openAuditFile(file: string): AuditFile {
  const connection = new SqliteConnection(file, { isReadOnly: true, busyTimeoutMs: 2000 });
  const db = createSqliteKysely(() => openLocalSession(connection));
  return {
    readAudit: (afterSeq, limit) => readAudit(db, afterSeq, limit),
    readAnchor() {
      const none = { seq: 0, hash: chainStart };
      if (connection.readValue("SELECT 1 FROM sqlite_schema WHERE name = 'retention'") === undefined) return none;
      const [row] = connection.execute('SELECT audit_seq, audit_hash FROM retention', []).rows;
      return row === undefined ? none : { seq: readInteger(row.audit_seq), hash: readText(row.audit_hash) };
    },
    close: () => connection.close(),
  };
}
