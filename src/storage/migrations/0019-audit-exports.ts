// Up to which record each destination has the audit log, and how its last delivery failed.
import type { Migration } from './migration.ts';

export const sqliteAuditExports: Migration = {
  number: 19,
  name: 'audit exports',
  statements: [
    `CREATE TABLE audit_exports (
      destination TEXT PRIMARY KEY,
      seq INTEGER NOT NULL,
      hash TEXT NOT NULL,
      confirmed_at INTEGER,
      failed_at INTEGER,
      failure TEXT,
      attempts INTEGER NOT NULL,
      retry_at INTEGER NOT NULL,
      sender TEXT,
      sender_until INTEGER NOT NULL
    ) STRICT`,
  ],
};

export const postgresAuditExports: Migration = {
  number: 19,
  name: 'audit exports',
  statements: [
    `CREATE TABLE audit_exports (
      destination TEXT COLLATE "C" PRIMARY KEY,
      seq BIGINT NOT NULL,
      hash TEXT COLLATE "C" NOT NULL,
      confirmed_at BIGINT,
      failed_at BIGINT,
      failure TEXT,
      attempts BIGINT NOT NULL,
      retry_at BIGINT NOT NULL,
      sender TEXT COLLATE "C",
      sender_until BIGINT NOT NULL
    )`,
  ],
};
