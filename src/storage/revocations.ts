// How the revocation log applies to a database that may be older, and the audit entry of doing so.
import type { AuditEntry } from '../domain/audit-record.ts';
import type { Revocation } from '../management/ports.ts';

/** How much a replay changed. Both are 0 if the database had it all already. */
export interface Replayed {
  readonly keysRevoked: number;
  readonly secretsEnded: number;
}

/** The members of the audit entry that depend on why the log was replayed. */
export type ReplayAudit = Pick<AuditEntry, 'atMs' | 'actor' | 'action' | 'after'>;

/** The audit entry of a start that applied revocations. `undefined` if there were none to apply. */
export function describeCatchUp(counts: Replayed): ReplayAudit | undefined {
  if (counts.keysRevoked + counts.secretsEnded === 0) return undefined;
  const actor = { kind: 'system', id: null, label: 'start' } as const;
  return { atMs: Date.now(), actor, action: 'database.caught_up', after: { ...counts } };
}

/**
 * The state that `entries`, in their order, lead to. A key is revoked at its first entry. A secret ends as its last one
 * says. Instants are epoch milliseconds.
 */
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
