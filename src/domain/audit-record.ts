// One row of the audit log, and the hash that chains it to the previous row.
import { hash } from 'node:crypto';

/**
 * Every action of the audit log, and who may read its rows: the organization's owners and admins, or only the operator.
 * The console has words for the actions of organizations, and a test checks that none is missing.
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
  'audit.archived': 'operator',
  'audit.pruned': 'operator',
} as const satisfies Record<string, 'organization' | 'operator'>;

/** An action of this version. The database and the wire have the same text. */
export type AuditAction = keyof typeof auditActions;

/** A change, before it has a place in the log. */
export interface AuditEntry {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly actor: AuditActor;
  /** The way in: `admin_api`, `console`, `import`, `restore`, `library`, or the name of a vendor's own routes. */
  readonly via: string;
  /** The caller's address. `null`: the change came over no connection. */
  readonly address: string | null;
  readonly requestId: string | null;
  readonly action: AuditAction;
  readonly target: { readonly kind: string; readonly id: string };
  /** The organization that the change concerns. `null`: it concerns only the operator. */
  readonly orgId: string | null;
  /** The members that differ, before and after the change. Never a secret. `null`: no such state. */
  readonly before: AuditState | null;
  readonly after: AuditState | null;
}

/** Plain JSON. */
export type AuditState = Readonly<Record<string, unknown>>;

export interface AuditActor {
  readonly kind: 'operator' | 'member' | 'key' | 'system';
  /** `null` for the operator token, which belongs to no person. */
  readonly id: string | null;
  /** The actor's name for people: an e-mail address, a masked secret. */
  readonly label: string;
}

/** An entry read from the log. Its action may be unknown to this version, because a newer one wrote it. */
export type KeptEntry = Omit<AuditEntry, 'action'> & { readonly action: string };

/** A stored entry, with its place in the chain. */
export interface AuditRecord extends KeptEntry {
  /** From 1, without gaps. */
  readonly seq: number;
  /** The hash of the previous record. For the first: 64 zeros. */
  readonly previousHash: string;
  readonly hash: string;
}

/** The previous hash of the first record. */
export const chainStart = '0'.repeat(64);

/**
 * SHA-256 (hex) over the previous hash and all members in fixed order, as one JSON array. To change, remove, insert or
 * reorder a row, an attacker must change every later hash. The last one can be stored elsewhere.
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
