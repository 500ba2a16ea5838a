// Who gives a command, and the way in that the command used.
import type { Environment } from './api-key.ts';
import type { AuditActor, AuditEntry } from './audit-record.ts';
import type { TokenGrant } from './grant.ts';
import type { Role } from './role.ts';

/** The way in that a command used. */
export interface Origin {
  /** `admin_api`, `console`, `import`, `library`, or the name of a vendor's own routes (`DialectManagement.shape`). */
  readonly via: string;
  readonly address: string | null;
  readonly requestId: string | null;
}

/** The operator has every permission, unless they act with a token that allows less. */
export interface OperatorActor extends Origin {
  readonly kind: 'operator';
  /** The token with which they act. `undefined`: the operator token, or a session. */
  readonly token?: TokenGrant | undefined;
  /** The id of the person. `undefined`: a token, which belongs to no person. */
  readonly personId?: string | undefined;
  readonly label?: string | undefined;
  /** The person's session. `null`: they act without one. */
  readonly sessionId?: string | null | undefined;
}

/** A person acting in one of their organizations. */
export interface MemberActor extends Origin {
  readonly kind: 'member';
  readonly personId: string;
  /** Their e-mail address. */
  readonly label: string;
  readonly orgId: string;
  /** The role when the request arrived. The change itself reads the role again. */
  readonly role: Role;
  /** The member's session. It must be alive at the moment of the change. `null`: none, as in a library. */
  readonly sessionId: string | null;
}

/** An API key that acts for itself, where its profile allows that (`Policy.selfService`). */
export interface KeyActor extends Origin {
  readonly kind: 'key';
  readonly keyId: string;
  /** The key's masked secret. */
  readonly label: string;
  readonly apiId: string;
  readonly orgId: string;
  readonly environment: Environment;
}

/** Who gives a command. A key acts only where its policy allows self-service. */
export type Actor = OperatorActor | MemberActor | KeyActor;

/** The audit entry for a change by `actor` at `atMs`. */
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
      if (actor.token !== undefined) {
        return { kind: 'operator', id: actor.token.id, label: `token ${actor.token.name}` };
      }
      return { kind: 'operator', id: actor.personId ?? null, label: actor.label ?? 'operator token' };
    case 'member':
      return { kind: 'member', id: actor.personId, label: actor.label };
    case 'key':
      return { kind: 'key', id: actor.keyId, label: actor.label };
  }
}
