// The simulated store: what is committed, and who is on record. It never errs; it may be out, slow, or fail over.
import type { Change, NodeList, NodeRecord, Position } from '../../src/coordination/ports.ts';
import { nameOf } from './promises.ts';
import type { Report } from './report.ts';

export interface StoredNode extends NodeRecord {
  /** For the variant that trusts wall clocks. */
  readonly wallLeaseEndMs: number;
}

export interface Committed {
  readonly position: Position;
  readonly version: number;
  /** What the command changed; `undefined` when there was nothing to do. */
  readonly change: Change | undefined;
}

export class Store {
  outUntilMs = 0;
  slowUntilMs = 0;
  slowByMs = 0;
  /** What was under way in an earlier life was lost with it. */
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
    this.tell(`commits revision ${change.revision}: key ${key} version ${version} (${nameOf(version)})`);
    return change;
  }

  /** All changes since; `undefined` when they can't be told. */
  changesSince(position: Position | undefined): readonly Change[] | undefined {
    return position?.epoch === this.head.epoch ? this.#changes.slice(position.revision) : undefined;
  }

  nodeOf(nodeId: string): StoredNode | undefined {
    return this.#nodes.get(nodeId);
  }

  list(): NodeList {
    return { epoch: this.head.epoch, nodes: [...this.#nodes.values()] };
  }

  /** Puts a node on record, unless that renewal or a later one is there already; tells what was there before. */
  put(node: StoredNode): { readonly isTaken: boolean; readonly before: StoredNode | undefined } {
    const before = this.#nodes.get(node.nodeId);
    const isTaken = before !== undefined && before.number >= node.number;
    if (!isTaken) this.#nodes.set(node.nodeId, node);
    return { isTaken, before };
  }

  /** Takes a node off the record, unless it has renewed its lease since. */
  remove(nodeId: string, number: number): void {
    if (this.#nodes.get(nodeId)?.number !== number) return;
    this.#nodes.delete(nodeId);
    this.#report.counts.removed++;
    this.tell(`removes node ${nodeId}`);
  }

  failOver(): void {
    this.life++;
    this.#epoch++;
    this.tell(`fails over to epoch ${this.#epoch}`);
  }

  tell(what: string): void {
    this.#report.tell('store ', what);
  }
}
