// The roles, lowest first, and who may give them.
import type { Role } from '../../api/session.ts';
import type { Scope } from '../../entities/scope.ts';

export const roles = ['viewer', 'developer', 'admin', 'owner'] as const satisfies readonly Role[];

/** A member gives and changes roles up to their own. An operator gives all. */
export function mayGrant({ role, session }: Pick<Scope, 'role' | 'session'>, wanted: Role): boolean {
  if (session.person.isOperator) return true;
  return (role === 'owner' || role === 'admin') && roles.indexOf(wanted) <= roles.indexOf(role);
}
