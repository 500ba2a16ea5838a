// What a member may do in an organization.

export const roles = ['owner', 'admin', 'developer', 'viewer'] as const;

/** Each role may do what those after it may. */
export type Role = (typeof roles)[number];

/** Whether `role` is `least` or more. */
export function isAtLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) <= roles.indexOf(least);
}
