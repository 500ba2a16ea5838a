// What a member may do in an organization.

export const roles = ['owner', 'admin', 'developer', 'viewer'] as const;

/** Each role may do what those after it may. */
export type Role = (typeof roles)[number];

/** Whether `role` is `least` or more. A word that is no role is less than any: callers from JavaScript may bring one. */
export function isAtLeast(role: Role, least: Role): boolean {
  const rank = roles.indexOf(role);
  return rank >= 0 && rank <= roles.indexOf(least);
}
