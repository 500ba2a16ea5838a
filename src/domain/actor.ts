// Who gives a command, and by which way in.
import type { Environment } from './api-key.ts';
import type { AuditActor, AuditEntry } from './audit-record.ts';
import type { Role } from './role.ts';

/** The way in that a command came by. */
export interface Origin {
  /** `admin_api`, `console`, `import`, `library`, or what a vendor's own routes are called: `DialectManagement.via`. */
  readonly via: string;
  readonly address: string | null;
  readonly requestId: string | null;
}

/** May do everything. */
export interface OperatorActor extends Origin {
  readonly kind: 'operator';
  /** The person, when it is one and not the operator's token. */
  readonly personId?: string | undefined;
  readonly label?: string | undefined;
  /** The session that the person acts in; `null`: none. */
  readonly sessionId?: string | null | undefined;
}

/** A person acting in one of their organizations. */
export interface MemberActor extends Origin {
  readonly kind: 'member';
  readonly personId: string;
  /** Their e-mail address. */
  readonly label: string;
  readonly orgId: string;
  /** When the request came; the change goes by the role of its own moment. */
  readonly role: Role;
  /** The session that they act in, which must live at the moment of the change; `null`: none, as in a library. */
  readonly sessionId: string | null;
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
