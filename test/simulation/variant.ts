// Which protocol is simulated.

/** The protocol as it is, and as it would be wrong. */
export type Variant =
  | 'correct'
  /** A fill that raced a change is kept. */
  | 'no_generation'
  /** The cache serves as long as the process lives. */
  | 'no_lease'
  /** Nodes write when their lease ends by their wall clock, and who waits compares that with its own. */
  | 'wall_clock'
  /** A lease counts from when its answer came. */
  | 'lease_from_answer'
  /** What changed is learnt from notifications alone. */
  | 'notification_trusted'
  /** A renewal reads the changes, and then the node goes on record. */
  | 'read_before_record'
  /** Without a lease, a request shares a read that began before it. */
  | 'joins_without_lease'
  /** A command that finds nothing to do does not wait. */
  | 'no_op_returns_at_once'
  /** A command returns when it is committed. */
  | 'no_barrier'
  /** The answer to a renewal that was given up is taken for the next one's. */
  | 'late_answer_taken'
  /** A command that could not reach a node says that it holds everywhere. */
  | 'bound_not_stated'
  /** Who can't reach the store serves cached for the whole time from its last attempt on. */
  | 'bound_begins_anew'
  /** A request that must know of a revision is answered as any other. */
  | 'revision_not_asked_for';
