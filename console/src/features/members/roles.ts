// Roles from the lowest to the highest, and which of them somebody may give.
import type { Role } from '../../api/session.ts';
import type { Scope } from '../../entities/scope.ts';

export const roles = ['viewer', 'developer', 'admin', 'owner'] as const satisfies readonly Role[];

/** Nobody gives, changes or takes a role above their own; an operator gives all of them. */
export function mayGrant({ role, session }: Pick<Scope, 'role' | 'session'>, wanted: Role): boolean {
  if (session.person.isOperator) return true;
  return (role === 'owner' || role === 'admin') && roles.indexOf(wanted) <= roles.indexOf(role);
}
