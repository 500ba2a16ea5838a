// The simulated protocols.

/** The protocol itself, and wrong variants of it. */
export type Variant =
  | 'correct'
  /** A fill that raced a change is kept. */
  | 'no_generation'
  /** The cache serves as long as the process lives. */
  | 'no_lease'
  /** Nodes publish the end of their lease by their wall clock, and waiting nodes compare that with their own. */
  | 'wall_clock'
  /** A lease counts from the arrival of its answer. */
  | 'lease_from_answer'
  /** Nodes learn changes only from notifications. */
  | 'notification_trusted'
  /** A renewal reads the changes before it registers the node. */
  | 'read_before_record'
  /** Without a lease, a request shares a read that began before it. */
  | 'joins_without_lease'
  /** A command that finds nothing to do does not wait. */
  | 'no_op_returns_at_once'
  /** A command returns when it is committed. */
  | 'no_barrier'
  /** The answer to an abandoned renewal counts as that to the next one. */
  | 'late_answer_taken'
  /** A command that could not reach a node reports that it holds everywhere. */
  | 'bound_not_stated'
  /** A node that can't reach the store serves its cache for the whole period after its last attempt. */
  | 'bound_begins_anew'
  /** A request that requires a revision is answered like any other. */
  | 'revision_not_asked_for';
