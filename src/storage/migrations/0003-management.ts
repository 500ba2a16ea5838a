// Disabled keys, uses of superseded secrets, the audit log.
import type { Migration } from './migration.ts';

export const management: Migration = {
  number: 3,
  name: 'management',
  statements: [
    'ALTER TABLE api_keys ADD COLUMN disabled_at INTEGER',
    'ALTER TABLE secrets ADD COLUMN use_count INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE secrets ADD COLUMN last_used_at INTEGER',
    'ALTER TABLE secrets ADD COLUMN last_used_address TEXT',
    `CREATE TABLE audit_log (
      seq INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      actor_kind TEXT NOT NULL,
      actor_id TEXT,
      actor_label TEXT NOT NULL,
      via TEXT NOT NULL,
      address TEXT,
      request_id TEXT,
      action TEXT NOT NULL,
      target_kind TEXT NOT NULL,
      target_id TEXT NOT NULL,
      org_id TEXT,
      before TEXT,
      after TEXT,
      previous_hash TEXT NOT NULL,
      hash TEXT NOT NULL
    ) STRICT`,
    'CREATE INDEX audit_of_org ON audit_log (org_id, seq)',
    'CREATE INDEX audit_of_target ON audit_log (target_id, seq)',
    // Append-only: not even a defect of Miftah may rewrite history.
    `CREATE TRIGGER audit_log_keeps_rows BEFORE UPDATE ON audit_log
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
    `CREATE TRIGGER audit_log_loses_no_row BEFORE DELETE ON audit_log
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  ],
};
