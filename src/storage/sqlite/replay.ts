// Applies the revocation log to a database that may be older than it.
import type { Revocation } from '../../management/ports.ts';
import { appendAudit } from '../queries/audit.ts';
import { merge, type ReplayAudit, type Replayed } from '../revocations.ts';
import type { SqliteConnection } from './connection.ts';
import { createSqliteKysely, openLocalSession } from './dialect.ts';

/**
 * Applies `entries`, oldest first, and skips keys and secrets that the database does not know. The first entry of a key
 * counts, and the last one of a secret, because an overlap may be prolonged. But a secret never works longer than the
 * database says.
 * Calls `describe` with the counts, and writes the entry that it returns to the audit log in the same transaction.
 * Rejects with a `StorageError`, and changes nothing then.
 */
export function applyRevocations(
  connection: SqliteConnection,
  entries: readonly Revocation[],
  describe: (replayed: Replayed) => ReplayAudit | undefined,
): Promise<Replayed> {
  const db = createSqliteKysely(() => openLocalSession(connection));
  return db.transaction().execute(async (transaction) => {
    const replayed = replay(connection, entries);
    const audit = describe(replayed);
    if (audit !== undefined) {
      await appendAudit(transaction, {
        ...audit,
        via: 'restore',
        address: null,
        requestId: null,
        target: { kind: 'database', id: 'database' },
        orgId: null,
        before: null,
      });
    }
    return replayed;
  });
}

function replay(connection: SqliteConnection, entries: readonly Revocation[]): Replayed {
  const { revokedAt, endsAt } = merge(entries);
  let keysRevoked = 0;
  for (const [id, at] of revokedAt) {
    keysRevoked += change(
      connection,
      `UPDATE api_keys SET revoked_at = ?, updated_at = max(updated_at, ?), revision = revision + 1
         WHERE id = ? AND revoked_at IS NULL`,
      [at, at, id],
    );
  }
  let secretsEnded = 0;
  for (const [digest, at] of endsAt) {
    secretsEnded += change(
      connection,
      'UPDATE secrets SET ends_at = ? WHERE digest = ? AND (ends_at IS NULL OR ends_at > ?)',
      [at, digest, at],
    );
  }
  return { keysRevoked, secretsEnded };
}

function change(connection: SqliteConnection, sql: string, parameters: readonly unknown[]): number {
  return Number(connection.execute(sql, parameters).changes);
}

/**
 * The revocations and ended secrets of the database, as entries of a log. Throws a `StorageError` if it can't be read.
 */
export function collectRevocations(connection: SqliteConnection): readonly Revocation[] {
  const keys = connection.execute('SELECT id, revoked_at FROM api_keys WHERE revoked_at IS NOT NULL', []);
  const secrets = connection.execute('SELECT digest, ends_at FROM secrets WHERE ends_at IS NOT NULL', []);
  return [
    ...keys.rows.map(({ id, revoked_at: at }) => ({ at: Number(at), key: String(id) })),
    ...secrets.rows.map(({ digest, ends_at: at }) => ({ at: 0, secret: String(digest), endsAt: Number(at) })),
  ];
}
