// What the operator sees of the installation: backups, and the nodes that share the database.

/** A checked copy of the database. Whoever gets one reads `body` to its end or cancels it, which gives its space back. */
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
  /** The newest change that it knows of; `null` where there is one node, which knows all. */
  readonly revision: number | null;
  /** Since it last renewed its lease, by the database's clock. */
  readonly seenMsAgo: number;
  /**
   * By the same clock, for people. `leased`: it decides by its cache; `may_serve_cached`: it has no lease that the database knows of
   * and may go on without one (`onStoreOutage`); `stale`: it can do neither until it renews, or is gone.
   */
  readonly state: NodeState;
}

export const nodeStates = ['leased', 'may_serve_cached', 'stale'] as const;

export type NodeState = (typeof nodeStates)[number];
