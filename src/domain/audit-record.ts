// One row of the audit log, and the hash that chains it to the row before.
import { hash } from 'node:crypto';

/** What happened, as whoever changed something states it. */
export interface AuditEntry {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly actor: AuditActor;
  /** The way in: `admin_api`, `console`, `panel`, `classic`, `import`, `restore`, `library`. */
  readonly via: string;
  /** The caller's address; `null` where there was no connection. */
  readonly address: string | null;
  readonly requestId: string | null;
  /** What was done: `key.created`, `org.suspended`. */
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string };
  /** The organization whose affair it is; `null`: the operator's alone. */
  readonly orgId: string | null;
  /** What changed, before and after; only members that differ. Never a secret. `null`: there was nothing, or is nothing any more. */
  readonly before: AuditState | null;
  readonly after: AuditState | null;
}

/** Plain JSON. */
export type AuditState = Readonly<Record<string, unknown>>;

export interface AuditActor {
  readonly kind: 'operator' | 'member' | 'key' | 'system';
  /** `null` for the operator's token, which is nobody's. */
  readonly id: string | null;
  /** What people know it by: an e-mail address, a key's name. */
  readonly label: string;
}

/** An entry as it is kept. */
export interface AuditRecord extends AuditEntry {
  /** From 1, without gaps. */
  readonly seq: number;
  /** Of the record before; of the first: 64 zeros. */
  readonly previousHash: string;
  readonly hash: string;
}

/** What the first record is chained to. */
export const chainStart = '0'.repeat(64);

/**
 * SHA-256 (hex) over the previous hash and all members in fixed order as one JSON array: who changes, removes, inserts or
 * reorders a row must change every later hash, and so the last, which can be kept elsewhere.
 */
export function hashAuditEntry(entry: AuditEntry, seq: number, previousHash: string): string {
  const { atMs, actor, via, address, requestId, action, target, orgId, before, after } = entry;
  return hash(
    'sha256',
    JSON.stringify([
      previousHash,
      seq,
      atMs,
      actor.kind,
      actor.id,
      actor.label,
      via,
      address,
      requestId,
      action,
      target.kind,
      target.id,
      orgId,
      before,
      after,
    ]),
    'hex',
  );
}
