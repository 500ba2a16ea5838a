// The advisory locks of a Miftah database
// (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).

/** The two integers that name a lock in PostgreSQL. */
export type AdvisoryLock = readonly [group: number, number: number];

/** "MFTH": separates our locks from those of other programs on the same database. */
const group = 0x4d465448;

/** Each lock keeps its number for ever, because an older Miftah may run beside this one. */
export const advisoryLocks = {
  /** Held during an upgrade of the schema. */
  migration: [group, 1],
  /**
   * Held by each change from its first read to its commit, so that what it read is still true when it writes: the
   * number of an organization's keys, or its last owner. It also puts the audit log's chain in the order of commits.
   */
  change: [group, 2],
  /** Held by the node that runs alone, or shared by several nodes. */
  node: [group, 3],
} as const satisfies Record<string, AdvisoryLock>;
