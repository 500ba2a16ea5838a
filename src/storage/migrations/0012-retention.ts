// What was removed from the database and what is archived. Audit entries before the anchor can be deleted.
import { chainStart } from '../../domain/audit-record.ts';
import type { Migration } from './migration.ts';

/**
 * One row. `audit_seq` and `audit_hash` are the anchor: the last audit entry that may be deleted. The trigger lets no
 * later one go, also if the row is missing.
 */
export const sqliteRetention: Migration = {
  number: 12,
  name: 'retention',
  statements: [
    `CREATE TABLE retention (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      usage_from INTEGER NOT NULL,
      audit_seq INTEGER NOT NULL,
      audit_hash TEXT NOT NULL,
      archived_seq INTEGER NOT NULL,
      archived_hash TEXT NOT NULL,
      pruner TEXT,
      pruner_until INTEGER NOT NULL
    ) STRICT`,
    `INSERT INTO retention VALUES (1, 0, 0, '${chainStart}', 0, '${chainStart}', NULL, 0)`,
    'DROP TRIGGER audit_log_loses_no_row',
    `CREATE TRIGGER audit_log_loses_no_row BEFORE DELETE ON audit_log
       WHEN OLD.seq > coalesce((SELECT audit_seq FROM retention), 0)
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  ],
};

export const postgresRetention: Migration = {
  number: 12,
  name: 'retention',
  statements: [
    `CREATE TABLE retention (
      id BIGINT PRIMARY KEY CHECK (id = 1),
      usage_from BIGINT NOT NULL,
      audit_seq BIGINT NOT NULL,
      audit_hash TEXT COLLATE "C" NOT NULL,
      archived_seq BIGINT NOT NULL,
      archived_hash TEXT COLLATE "C" NOT NULL,
      pruner TEXT COLLATE "C",
      pruner_until BIGINT NOT NULL
    )`,
    `INSERT INTO retention VALUES (1, 0, 0, '${chainStart}', 0, '${chainStart}', NULL, 0)`,
    'DROP TRIGGER audit_log_is_append_only ON audit_log',
    `CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR TRUNCATE ON audit_log
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,
    `CREATE FUNCTION refuse_audit_loss() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF OLD.seq > coalesce((SELECT audit_seq FROM retention), 0) THEN
         RAISE EXCEPTION 'the audit log is append-only';
       END IF;
       RETURN OLD;
     END $$`,
    `CREATE TRIGGER audit_log_loses_no_row BEFORE DELETE ON audit_log
       FOR EACH ROW EXECUTE FUNCTION refuse_audit_loss()`,
  ],
};
