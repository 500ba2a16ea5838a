// What the revocation log asks of a database that may be older than it, and what is said of having done so.
import type { AuditEntry } from '../domain/audit-record.ts';
import type { Revocation } from '../management/ports.ts';

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
