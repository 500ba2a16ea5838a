// Applies the revocation log to a database that may be older than it.
import type { AuditEntry } from '../domain/audit-record.ts';
import type { Revocation } from '../management/ports.ts';
import { appendAudit } from './audit.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { createSqliteKysely, openLocalSession } from './sqlite-dialect.ts';

/** How much was taken back; 0 where the database knew it already. */
export interface Replayed {
  readonly keysRevoked: number;
  readonly secretsEnded: number;
}

/** What a replay says of itself in the audit log. */
export type ReplayAudit = Pick<AuditEntry, 'atMs' | 'actor' | 'action' | 'after'>;

/** The audit row of a start that found something to make up for. */
export function describeCatchUp(counts: Replayed): ReplayAudit | undefined {
  if (counts.keysRevoked + counts.secretsEnded === 0) return undefined;
  const actor = { kind: 'system', id: null, label: 'start' } as const;
  return { atMs: Date.now(), actor, action: 'database.caught_up', after: { ...counts } };
}

/**
 * Revokes and ends what `entries`, oldest first, say, unless it is already so; keys and secrets that the database does not
 * know are passed over. Of a key the first entry counts, of a secret the last, since an overlap may be prolonged; but no
 * secret ever works for longer than the database itself says. `describe` is told what was done, and what it returns becomes
 * an audit row of the same transaction. Rejects with a `StorageError`, nothing being changed then.
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

/** What is to be so: when each key was revoked by its first entry, and each secret ends by its last. */
export function merge(entries: readonly Revocation[]): {
  readonly revokedAt: ReadonlyMap<string, number>;
  readonly endsAt: ReadonlyMap<string, number>;
} {
  const revokedAt = new Map<string, number>();
  const endsAt = new Map<string, number>();
  for (const entry of entries) {
    if ('secret' in entry) endsAt.set(entry.secret, entry.endsAt);
    else if (!revokedAt.has(entry.key)) revokedAt.set(entry.key, entry.at);
  }
  return { revokedAt, endsAt };
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

/** What a database itself knows to be revoked or ended, as entries of a log. Throws a `StorageError` when it can't be read. */
export function collectRevocations(connection: SqliteConnection): readonly Revocation[] {
  const keys = connection.execute('SELECT id, revoked_at FROM api_keys WHERE revoked_at IS NOT NULL', []);
  const secrets = connection.execute('SELECT digest, ends_at FROM secrets WHERE ends_at IS NOT NULL', []);
  return [
    ...keys.rows.map(({ id, revoked_at: at }) => ({ at: Number(at), key: String(id) })),
    ...secrets.rows.map(({ digest, ends_at: at }) => ({ at: 0, secret: String(digest), endsAt: Number(at) })),
  ];
}
