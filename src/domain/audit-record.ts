// One row of the audit log, and the hash that chains it to the previous row.
import { hash, randomBytes } from 'node:crypto';

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
  'org.deleted': 'operator',
  'member.added': 'organization',
  'member.role_changed': 'organization',
  'member.removed': 'organization',
  'member.left': 'organization',
  'invitation.created': 'organization',
  'invitation.revoked': 'organization',
  'webhook.created': 'organization',
  'webhook.updated': 'organization',
  'webhook.secret_rotated': 'organization',
  'webhook.disabled': 'organization',
  'webhook.deleted': 'organization',
  'alert.acknowledged': 'organization',
  'alert.muted': 'organization',
  'alert.rule_changed': 'operator',
  'keys.imported': 'operator',
  'token.created': 'operator',
  'token.rotated': 'operator',
  'token.revoked': 'operator',
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
  'person.deleted': 'operator',
  'database.backed_up': 'operator',
  'database.restored': 'operator',
  'database.caught_up': 'operator',
  'audit.archived': 'operator',
  'audit.pruned': 'operator',
  'config.reloaded': 'operator',
} as const satisfies Record<string, 'organization' | 'operator'>;

/** An action of this version. The database and the wire have the same text. */
export type AuditAction = keyof typeof auditActions;

/** A change, before it has a place in the log. */
export interface AuditEntry {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly actor: AuditActor;
  /** The way in: `admin_api`, `console`, `import`, `restore`, `signal`, `library`, or the name of a vendor's own routes. */
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
  /** Of a person, a key or a token. `null` for the operator token, which belongs to no person. */
  readonly id: string | null;
  /** The actor's name for people: an e-mail address, a masked secret, the name of a token. */
  readonly label: string;
}

/** An entry read from the log. Its action may be unknown to this version, because a newer one wrote it. */
export type KeptEntry = Omit<AuditEntry, 'action' | 'actor'> & {
  readonly action: string;
  /** `label` is `null` after its erasure. */
  readonly actor: Omit<AuditActor, 'label'> & { readonly label: string | null };
};

/**
 * The two parts of an entry that an erasure can empty. `author`: the actor's label and address. `state`: `before` and
 * `after`.
 */
export const auditParts = ['author', 'state'] as const;
export type AuditPart = (typeof auditParts)[number];

/**
 * How a part is bound to the entry's hash, which covers its digest only. The salt makes the digest useless for guesses:
 * after an erasure, no one can test whether an address was there.
 */
export type AuditSeal =
  /** The part is there. The salt is 32 hex characters. */
  | { readonly salt: string }
  /** The part was erased. `erasedBy` is the number of the record that says so. */
  | { readonly digest: string; readonly erasedBy: number };

export type AuditSeals = Readonly<Record<AuditPart, AuditSeal>>;

/** A stored entry, with its place in the chain. */
export interface AuditRecord extends KeptEntry {
  /** From 1, without gaps. */
  readonly seq: number;
  /** `null`: an entry of an older Miftah. Its hash covers both parts themselves, so they can't be erased. */
  readonly seals: AuditSeals | null;
  /** The hash of the previous record. For the first: 64 zeros. */
  readonly previousHash: string;
  readonly hash: string;
}

/** The previous hash of the first record. */
export const chainStart = '0'.repeat(64);

/** New seals, with new salts. */
export function newSeals(): Readonly<Record<AuditPart, { readonly salt: string }>> {
  return { author: { salt: newSalt() }, state: { salt: newSalt() } };
}

function newSalt(): string {
  return randomBytes(16).toString('hex');
}

/** SHA-256 (hex) of a part under its salt. Of an erased part, the digest that was stored. */
export function digestPart(entry: KeptEntry, part: AuditPart, seal: AuditSeal): string {
  if ('digest' in seal) return seal.digest;
  const { actor, address, before, after } = entry;
  return sha256([seal.salt, part, ...(part === 'author' ? [actor.label, address] : [before, after])]);
}

/** Whether an erased part of the record has content again, which no erasure leaves. */
export function isRefilled({ actor, address, before, after, seals }: AuditRecord): boolean {
  if (seals === null) return false;
  const isErased = (part: AuditPart) => 'digest' in seals[part];
  if (isErased('author') && (actor.label !== null || address !== null)) return true;
  return isErased('state') && (before !== null || after !== null);
}

/**
 * SHA-256 (hex) over the previous hash and all members in fixed order, as one JSON array. Digests stand for the sealed
 * parts. To change, remove, insert or reorder a row, an attacker must change every later hash. The last one can be
 * stored elsewhere.
 */
export function hashAuditEntry(
  entry: KeptEntry,
  seq: number,
  previousHash: string,
  seals: AuditRecord['seals'],
): string {
  const { atMs, actor, via, address, requestId, action, target, orgId, before, after } = entry;
  const { kind, id, label } = actor;
  if (seals === null) {
    return sha256([
      ...[previousHash, seq, atMs, kind, id, label, via, address, requestId],
      ...[action, target.kind, target.id, orgId, before, after],
    ]);
  }
  // Two members fewer than without seals, so that no row can pass as one of the other form.
  const digests = auditParts.map((part) => digestPart(entry, part, seals[part]));
  return sha256([
    ...[previousHash, seq, atMs, kind, id, via, requestId, action, target.kind, target.id, orgId],
    ...digests,
  ]);
}

function sha256(members: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(members), 'hex');
}
