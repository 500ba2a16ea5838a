// The roles of members.

/** From the highest role to the lowest. */
export const roles = ['owner', 'admin', 'developer', 'viewer'] as const;

/** Each role includes the permissions of the roles after it. */
export type Role = (typeof roles)[number];

/**
 * Whether `role` is `least` or higher. JavaScript callers can pass a word that is no role: it ranks below all roles.
 */
export function isAtLeast(role: Role, least: Role): boolean {
  const rank = roles.indexOf(role);
  return rank >= 0 && rank <= roles.indexOf(least);
}
