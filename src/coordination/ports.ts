// What coordination between nodes needs filled: a store that all nodes share, its notifications, a clock and a timer.
import type { Position } from '../domain/position.ts';

export type { Position } from '../domain/position.ts';

/** How long a lease holds; the same on all nodes of a database, whichever version they run. */
export const leaseMs = 1_000;

/** What a committed change makes wrong in memory. */
export interface Change {
  readonly revision: number;
  readonly digests: readonly string[];
  readonly orgIds: readonly string[];
}

/** One renewal of a node's lease: what it tells and what it asks. */
export interface Renewal {
  /** Of one process's life: never that of an earlier one. */
  readonly nodeId: string;
  /** For people. */
  readonly nodeName: string;
  /** 1 for the node's first renewal, then rising: tells a newer renewal from a late one, and two nodes from one. */
  readonly number: number;
  /** The node's cache holds nothing older than this. `undefined`: it has not yet been told anything. */
  readonly acknowledged: Position | undefined;
  /** How long the node goes on with its cache without a lease while it can't reach the store; 0 when it does not. */
  readonly serveCachedMs: number;
}

export type RenewalAnswer =
  | {
      readonly kind: 'renewed';
      /** The newest change. */
      readonly head: Position;
      /** All changes after `acknowledged`; `undefined` when they are not kept any more or are those of another epoch. */
      readonly changes: readonly Change[] | undefined;
    }
  /** The store knows a renewal of this id with this number or a greater one: another process uses the id. */
  | { readonly kind: 'id_taken' };

/** What the store knows of a node. */
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
 * The store as nodes see each other through it. All reads see what was committed last, never an older state; what a write
 * tells is as durable as a change, so that a failover that loses no change loses no node either. Every call rejects when it
 * can't tell; one that takes long is given up by the caller and may still take effect.
 */
export interface LeaseStore {
  /**
   * Records the node (a new record or the next number of its own), commits that, and only then reads the newest position and
   * the changes. The order is what a barrier relies on: a change that this read does not see is committed after the record,
   * so whoever lists the nodes after that commit sees the node. The commit counts too: a primary that is cut off from its
   * synchronous standby can't renew a lease.
   */
  renew(renewal: Renewal): Promise<RenewalAnswer>;
  /** All nodes on record. */
  listNodes(): Promise<NodeList>;
  /** Removes the node's record, if `number` still is its newest renewal. Idempotent. */
  removeNode(nodeId: string, number: number): Promise<void>;
}

/**
 * Tells that it is worth while to look. Nothing correct depends on it: it may lose, repeat, delay and reorder, and makes
 * things faster when it does not.
 */
export interface Notifications {
  /** Calls `run` after a change was committed. Returns how to stop. */
  onChanged(run: () => void): () => void;
  /** Calls `run` after a node acknowledged something. Returns how to stop. */
  onAcknowledged(run: () => void): () => void;
}

/** Told what is wrong in memory. Each call has taken effect when it returns, for fills that are under way too. Must not throw. */
export interface ForgetfulCache {
  forget(change: Pick<Change, 'digests' | 'orgIds'>): void;
  forgetAll(): void;
}

/** Time that passes, from any origin: compared with readings of the same clock and no others. */
export interface MonotonicClock {
  nowMs(): number;
}

/** One-shot timers. */
export interface Timer {
  /** Calls `run` once after `delayMs` or later, unless the returned function was called before. */
  start(delayMs: number, run: () => void): () => void;
}
