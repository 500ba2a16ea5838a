// The advisory locks of a Miftah database (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).

export type AdvisoryLock = readonly [group: number, number: number];

/** "MFTH": tells our locks from those of other programs on the same database. */
const group = 0x4d465448;

/** Each by its own number, for ever: an older Miftah may run beside this one. */
export const advisoryLocks = {
  /** Held during an upgrade of the schema. */
  migration: [group, 1],
  /**
   * Held by each change from its first read to its commit: what it read is still true when it writes (how many keys an
   * organization has, who its last owner is), and the audit log's chain follows the order of commits.
   */
  change: [group, 2],
  /** Held by the node that runs alone, or shared by those that run together. */
  node: [group, 3],
} as const satisfies Record<string, AdvisoryLock>;
