// Who gives a command, from where, and what each may do.
import type { Environment } from '../domain/api-key.ts';
import type { AuditActor, AuditEntry } from '../domain/audit-record.ts';
import { ManagementError, notFound } from './management-error.ts';

/** The way in that a command came by. */
export interface Origin {
  readonly via: 'admin_api' | 'console' | 'panel' | 'classic' | 'import' | 'library';
  readonly address: string | null;
  readonly requestId: string | null;
}

export const roles = ['owner', 'admin', 'developer', 'viewer'] as const;

/** What a member may do in an organization; each role may do what those after it may. */
export type Role = (typeof roles)[number];

/** May do everything. */
export interface OperatorActor extends Origin {
  readonly kind: 'operator';
  /** The person, when it is one and not the operator's token. */
  readonly personId?: string | undefined;
  readonly label?: string | undefined;
}

/** A person acting in one of their organizations. */
export interface MemberActor extends Origin {
  readonly kind: 'member';
  readonly personId: string;
  /** Their e-mail address. */
  readonly label: string;
  readonly orgId: string;
  readonly role: Role;
}

/** An API key speaking for itself, where its profile lets it (`Policy.selfService`). */
export interface KeyActor extends Origin {
  readonly kind: 'key';
  readonly keyId: string;
  /** The key's masked secret. */
  readonly label: string;
  readonly apiId: string;
  readonly orgId: string;
  readonly environment: Environment;
}

export type Actor = OperatorActor | MemberActor | KeyActor;

/** The operator when the engine is used as a library. */
export const libraryOperator: OperatorActor = { kind: 'operator', via: 'library', address: null, requestId: null };

/** The least role that may do something in its organization. */
const leastRole = {
  'org.read': 'viewer',
  'key.read': 'viewer',
  'key.write': 'developer',
  'member.read': 'viewer',
  'member.write': 'admin',
  'audit.read': 'admin',
} as const satisfies Record<string, Role>;

export type Action = keyof typeof leastRole;

/**
 * Passes when `actor` may do `action` in the organization. Throws `not_found` for a member or key of another one, as if
 * there were nothing, and `not_permitted` for a role that is too low. What keys may do is the policy's: see `assertKeyMay`.
 */
export function assertMayIn(actor: Actor, orgId: string, action: Action): void {
  if (actor.kind === 'operator') return;
  if (actor.orgId !== orgId) throw notFound();
  if (actor.kind === 'key') return;
  if (roles.indexOf(actor.role) > roles.indexOf(leastRole[action])) {
    throw new ManagementError(
      'not_permitted',
      `Your role here is ${actor.role}; this takes ${leastRole[action]}. Ask an owner or admin of the organization.`,
    );
  }
}

/** Passes for operators alone. */
export function assertOperator(actor: Actor): void {
  if (actor.kind === 'operator') return;
  throw new ManagementError('not_permitted', 'Only the operator may do this.');
}

/** An audit entry of what `actor` did. */
export function auditOf(
  actor: Actor,
  atMs: number,
  did: Pick<AuditEntry, 'action' | 'target' | 'orgId' | 'before' | 'after'>,
): AuditEntry {
  const { via, address, requestId } = actor;
  return { atMs, actor: describeActor(actor), via, address, requestId, ...did };
}

function describeActor(actor: Actor): AuditActor {
  switch (actor.kind) {
    case 'operator':
      return { kind: 'operator', id: actor.personId ?? null, label: actor.label ?? 'operator token' };
    case 'member':
      return { kind: 'member', id: actor.personId, label: actor.label };
    case 'key':
      return { kind: 'key', id: actor.keyId, label: actor.label };
  }
}
