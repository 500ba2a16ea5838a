// The interfaces that coordination between nodes needs: a store that all nodes share, its notifications, a cache, a
// clock and a timer.
import type { Position } from '../domain/position.ts';

export type { Position } from '../domain/position.ts';

/** How long a lease lasts. The same on all nodes of a database, whichever versions they run. */
export const leaseMs = 1_000;

/** A committed change, with the cached records that it makes stale: secrets by their digests, and organizations. */
export interface Change {
  readonly revision: number;
  readonly digests: readonly string[];
  readonly orgIds: readonly string[];
}

/** One renewal of a node's lease. */
export interface Renewal {
  /** New in every process. */
  readonly nodeId: string;
  /** The node's name for people. */
  readonly nodeName: string;
  /**
   * 1 for the node's first renewal, then rising. It tells a newer renewal from a late one, and shows when two processes
   * use one id.
   */
  readonly number: number;
  /** The node's cache holds nothing older than this. `undefined`: the node has no answer yet. */
  readonly acknowledged: Position | undefined;
  /** How long the node may serve from its cache without a lease while it can't reach the store. 0: not at all. */
  readonly serveCachedMs: number;
  readonly report?: NodeReport | undefined;
}

/** What a node says of its configuration with each renewal. Leases do not depend on it. */
export interface NodeReport {
  /** The digest of the configuration in use. */
  readonly configuration: string;
  /** The answer to the open reload, as JSON. `undefined`: it has none. */
  readonly reload: string | undefined;
}

/** The store's answer to a renewal. */
export type RenewalAnswer =
  | {
      readonly kind: 'renewed';
      /** The newest change. */
      readonly head: Position;
      /**
       * All changes after `acknowledged`. `undefined` when the store can't list them: they are of another epoch, too
       * many, or no longer kept.
       */
      readonly changes: readonly Change[] | undefined;
      /** The open reload, as JSON. `undefined`: there is none. */
      readonly reload?: string | undefined;
    }
  /** The store has this id with this number or a greater one: another process uses the id. */
  | { readonly kind: 'id_taken' };

/** A node's record in the store. */
export interface NodeRecord {
  readonly nodeId: string;
  readonly nodeName: string;
  /** The number of the newest renewal. */
  readonly number: number;
  readonly acknowledged: Position | undefined;
  readonly serveCachedMs: number;
}

/** The nodes, and the epoch in which they were read. */
export interface NodeList {
  readonly epoch: string;
  readonly nodes: readonly NodeRecord[];
}

/**
 * The store through which nodes see each other. Every read sees the last commit, never an older state. Every write is
 * as durable as a change, so a failover that loses no change loses no node. A call rejects when the store can't answer.
 * A call that its caller has given up may still take effect.
 */
export interface LeaseStore {
  /**
   * Records the node (a new record, or the next number of its own), commits, and only then reads the newest position
   * and the changes. Barriers rely on this order: a change that the read misses was committed after the record. So a
   * list of nodes that is read after that commit shows this node. The commit matters too: a primary that is cut off
   * from its synchronous standby can't renew a lease.
   */
  renew(renewal: Renewal): Promise<RenewalAnswer>;
  /** All nodes on record. */
  listNodes(): Promise<NodeList>;
  /** Removes the node's record if `number` is still its newest renewal. Idempotent. */
  removeNode(nodeId: string, number: number): Promise<void>;
}

/** A node on record, and the answer to a reload that it has reported. */
export interface ReportingNode extends Pick<NodeReport, 'reload'> {
  readonly nodeId: string;
  readonly nodeName: string;
}

/**
 * The reload that is open in the store. Nodes see it with their renewals, and answer with their reports. A call rejects
 * when the store can't answer.
 */
export interface ReloadStore {
  /**
   * Opens a reload, and resolves to `true`. `false`: another one is open. One that no `replace` has touched for 30 s
   * does not count, because the node that ran it is gone.
   */
  open(id: string, request: string): Promise<boolean>;
  /** Replaces the request of an open reload. `false`: it is not open any more. */
  replace(id: string, request: string): Promise<boolean>;
  /** Closes the reload, unless another one is open. */
  close(id: string): Promise<void>;
  listReports(): Promise<readonly ReportingNode[]>;
}

/**
 * Hints that it is worth looking at the store. They only make nodes faster, and correctness does not depend on them.
 * They may be lost, repeated, delayed or reordered.
 */
export interface Notifications {
  /** Calls `run` after each commit of a change. The returned function stops that. */
  onChanged(run: () => void): () => void;
  /** Calls `run` after a node acknowledged a change. The returned function stops that. */
  onAcknowledged(run: () => void): () => void;
}

/**
 * A cache that drops stale records on demand. Each call has taken effect when it returns, also for fills that are under
 * way. Must not throw.
 */
export interface ForgetfulCache {
  forget(change: Pick<Change, 'digests' | 'orgIds'>): void;
  forgetAll(): void;
}

/** Elapsed time from any origin. Its readings compare only with each other. */
export interface MonotonicClock {
  nowMs(): number;
}

/** One-shot timers. */
export interface Timer {
  /** Calls `run` once after `delayMs` or later, unless the returned function was called before. */
  start(delayMs: number, run: () => void): () => void;
}
