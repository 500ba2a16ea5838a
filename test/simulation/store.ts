// The simulated store: committed changes and registered nodes. It never errs, but may be down, slow, or fail over.
import type { Change, NodeList, NodeRecord, Position } from '../../src/coordination/ports.ts';
import { nameOf } from './promises.ts';
import type { Report } from './report.ts';

export interface StoredNode extends NodeRecord {
  /** Used by the variant that trusts wall clocks. */
  readonly wallLeaseEndMs: number;
}

export interface Committed {
  readonly position: Position;
  readonly version: number;
  /** The change of the command. `undefined` if there was nothing to do. */
  readonly change: Change | undefined;
}

export class Store {
  outUntilMs = 0;
  slowUntilMs = 0;
  slowByMs = 0;
  /** Number of failovers. Calls in progress before one are lost. */
  life = 0;
  readonly #report: Report;
  readonly #versions: number[];
  readonly #changes: Change[] = [];
  readonly #nodes = new Map<string, StoredNode>();
  #epoch = 1;

  constructor(keys: number, report: Report) {
    this.#report = report;
    this.#versions = Array.from({ length: keys }, () => 0);
  }

  get head(): Position {
    return { epoch: String(this.#epoch), revision: this.#changes.length };
  }

  versionOf(key: number): number {
    return this.#versions[key] as number;
  }

  switch(key: number, isOn: boolean): Committed {
    const isNew = (this.versionOf(key) % 2 === 1) !== isOn;
    const change = isNew ? this.#commit(key) : undefined;
    return { position: this.head, version: this.versionOf(key), change };
  }

  #commit(key: number): Change {
    const version = this.versionOf(key) + 1;
    this.#versions[key] = version;
    const change: Change = { revision: this.#changes.length + 1, digests: [String(key)], orgIds: [] };
    this.#changes.push(change);
    this.log(`commits revision ${change.revision}: key ${key} version ${version} (${nameOf(version)})`);
    return change;
  }

  /** All changes since `position`. `undefined` if the store can't know them. */
  changesSince(position: Position | undefined): readonly Change[] | undefined {
    return position?.epoch === this.head.epoch ? this.#changes.slice(position.revision) : undefined;
  }

  nodeOf(nodeId: string): StoredNode | undefined {
    return this.#nodes.get(nodeId);
  }

  list(): NodeList {
    return { epoch: this.head.epoch, nodes: [...this.#nodes.values()] };
  }

  /** Registers a renewal, unless it or a later one is registered already. Returns the earlier record. */
  put(node: StoredNode): { readonly isTaken: boolean; readonly before: StoredNode | undefined } {
    const before = this.#nodes.get(node.nodeId);
    const isTaken = before !== undefined && before.number >= node.number;
    if (!isTaken) this.#nodes.set(node.nodeId, node);
    return { isTaken, before };
  }

  /** Removes a node's record, unless the node has renewed its lease since. */
  remove(nodeId: string, number: number): void {
    if (this.#nodes.get(nodeId)?.number !== number) return;
    this.#nodes.delete(nodeId);
    this.#report.counts.removed++;
    this.log(`removes node ${nodeId}`);
  }

  failOver(): void {
    this.life++;
    this.#epoch++;
    this.log(`fails over to epoch ${this.#epoch}`);
  }

  log(what: string): void {
    this.#report.log('store ', what);
  }
}
