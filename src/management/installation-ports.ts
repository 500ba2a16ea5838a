// The operator's view of the installation: backups, and the nodes that share the database.

/** A checked copy of the database. Read `body` to its end or cancel it, so that its disk space is freed. */
export interface BackupCopy {
  readonly bytes: number;
  /** SHA-256 of the whole copy, in hex. */
  readonly sha256: string;
  readonly body: ReadableStream<Uint8Array>;
}

/** One of the nodes that share the database. */
export interface NodeDescription {
  readonly id: string;
  readonly name: string;
  /** Whether it is this process. */
  readonly isThis: boolean;
  /** The newest change that it knows. `null`: there is only one node, which knows all changes. */
  readonly revision: number | null;
  /** Milliseconds since its last renewal of the lease, by the database's clock. */
  readonly seenMsAgo: number;
  /**
   * By the same clock, for people. `leased`: it decides from its cache. `may_serve_cached`: the database knows no lease
   * of it, but the node may continue without one (`onStoreOutage`). `stale`: it can do neither until it renews, or it
   * is gone.
   */
  readonly state: NodeState;
}

/** See `NodeDescription.state`. */
export const nodeStates = ['leased', 'may_serve_cached', 'stale'] as const;

export type NodeState = (typeof nodeStates)[number];
