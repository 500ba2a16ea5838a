// Erasure: sealed parts of the audit log, and tombstones of organizations and keys.
import type { Migration } from './migration.ts';

const kept = [
  ...['seq', 'at', 'actor_kind', 'actor_id', 'via', 'request_id', 'action', 'target_kind', 'target_id', 'org_id'],
  ...['previous_hash', 'hash', 'author_digest', 'state_digest'],
];

/** The condition under which an update of the audit log is refused. `same` is the operator of equality with NULL. */
function isRewrite(same: string): string {
  const unchanged = (...columns: readonly string[]) =>
    columns.map((column) => `NEW.${column} ${same} OLD.${column}`).join(' AND ');
  const erased = (part: string, emptied: string) =>
    `OLD.${part}_digest IS NOT NULL AND OLD.${part}_erased_by IS NULL AND ${emptied} AND NEW.${part}_salt IS NULL
       AND COALESCE(NEW.${part}_erased_by > NEW.seq, false)`;
  return `NOT (${unchanged(...kept)}
    AND ((${unchanged('actor_label', 'address', 'author_salt', 'author_erased_by')})
      OR (${erased('author', "NEW.actor_label = '' AND NEW.address IS NULL")}))
    AND ((${unchanged('before', 'after', 'state_salt', 'state_erased_by')})
      OR (${erased('state', 'NEW.before IS NULL AND NEW.after IS NULL')})))`;
}

const tombstones = (integer: string) => [
  `ALTER TABLE organizations ADD COLUMN deleted_at ${integer}`,
  `ALTER TABLE api_keys ADD COLUMN erased_at ${integer}`,
  'CREATE INDEX organizations_deleted ON organizations (deleted_at) WHERE deleted_at IS NOT NULL',
  'CREATE INDEX api_keys_erased ON api_keys (erased_at) WHERE erased_at IS NOT NULL',
  'CREATE INDEX audit_of_actor ON audit_log (actor_id, seq) WHERE actor_id IS NOT NULL',
];

const seals = (text: string, integer: string) =>
  ['author', 'state'].flatMap((part) => [
    `ALTER TABLE audit_log ADD COLUMN ${part}_salt ${text}`,
    `ALTER TABLE audit_log ADD COLUMN ${part}_digest ${text}`,
    `ALTER TABLE audit_log ADD COLUMN ${part}_erased_by ${integer}`,
  ]);

export const sqliteErasure: Migration = {
  number: 14,
  name: 'erasure',
  statements: [
    ...tombstones('INTEGER'),
    ...seals('TEXT', 'INTEGER'),
    'DROP TRIGGER audit_log_keeps_rows',
    `CREATE TRIGGER audit_log_keeps_rows BEFORE UPDATE ON audit_log WHEN ${isRewrite('IS')}
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END`,
  ],
};

export const postgresErasure: Migration = {
  number: 14,
  name: 'erasure',
  statements: [
    ...tombstones('BIGINT'),
    ...seals('TEXT COLLATE "C"', 'BIGINT'),
    // Step 12 refuses deletes by a trigger of its own, which stays.
    'DROP TRIGGER audit_log_is_append_only ON audit_log',
    `CREATE TRIGGER audit_log_is_append_only BEFORE TRUNCATE ON audit_log
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,
    `CREATE TRIGGER audit_log_keeps_rows BEFORE UPDATE ON audit_log
       FOR EACH ROW WHEN (${isRewrite('IS NOT DISTINCT FROM')}) EXECUTE FUNCTION refuse_audit_change()`,
  ],
};
