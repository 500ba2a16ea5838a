// One row of the audit log, and the hash that chains it to the row before.
import { hash } from 'node:crypto';

/**
 * Every action of the audit log, and who reads its rows: the organization's owners and admins, or the operator alone. The
 * console has words for the actions of organizations, and a test holds the two together.
 */
export const auditActions = {
  'key.created': 'organization',
  'key.updated': 'organization',
  'key.rotated': 'organization',
  'key.overlap_changed': 'organization',
  'key.disabled': 'organization',
  'key.enabled': 'organization',
  'key.transferred': 'organization',
  'key.revoked': 'organization',
  'org.created': 'organization',
  'org.updated': 'organization',
  'org.suspended': 'organization',
  'org.resumed': 'organization',
  'member.added': 'organization',
  'member.role_changed': 'organization',
  'member.removed': 'organization',
  'member.left': 'organization',
  'invitation.created': 'organization',
  'invitation.revoked': 'organization',
  'keys.imported': 'operator',
  'operator.added': 'operator',
  'mail.tested': 'operator',
  'person.signed_in': 'operator',
  'person.password_changed': 'operator',
  'person.password_reset': 'operator',
  'person.two_factor_enabled': 'operator',
  'person.two_factor_disabled': 'operator',
  'person.backup_codes_renewed': 'operator',
  'person.passkey_added': 'operator',
  'person.passkey_removed': 'operator',
  'database.backed_up': 'operator',
  'database.restored': 'operator',
  'database.caught_up': 'operator',
} as const satisfies Record<string, 'organization' | 'operator'>;

export type AuditAction = keyof typeof auditActions;

/** A change, as its author describes it. */
export interface AuditEntry {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly actor: AuditActor;
  /** The way in: `admin_api`, `console`, `import`, `restore`, `library`, or the name of a vendor's own routes. */
  readonly via: string;
  /** The caller's address; `null` where there was no connection. */
  readonly address: string | null;
  readonly requestId: string | null;
  readonly action: AuditAction;
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
  /** `null` for the operator token, which belongs to no person. */
  readonly id: string | null;
  /** What people know it by: an e-mail address, a key's name. */
  readonly label: string;
}

/** An entry read from the log. A newer version may have written an action that this one does not know. */
export type KeptEntry = Omit<AuditEntry, 'action'> & { readonly action: string };

/** An entry as it is kept. */
export interface AuditRecord extends KeptEntry {
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
export function hashAuditEntry(entry: KeptEntry, seq: number, previousHash: string): string {
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
