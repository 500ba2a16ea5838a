// A bounded map that keeps recently used entries, without a write on a hit.

/**
 * Holds at most `capacity` entries. New entries go to a young half. When it is full it becomes the old half, and the
 * former old half is dropped. A read from the old half moves the entry to the young one, so entries in use survive. A
 * strict LRU would write on every hit, which at a million entries costs more than the look-up itself.
 */
export class RecentMap<Value> {
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  readonly #half: number;

  /** `capacity`: an integer, at least 2. */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 2) throw new TypeError('capacity must be an integer of at least 2');
    this.#half = Math.floor(capacity / 2);
  }

  get(key: string): Value | undefined {
    const value = this.#young.get(key);
    if (value !== undefined || this.#old.size === 0) return value;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: Value): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Removes every entry for whose value `isUnwanted` returns `true`. Linear in the size. */
  deleteWhere(isUnwanted: (value: Value) => boolean): void {
    for (const half of [this.#young, this.#old]) {
      for (const [key, value] of half) {
        if (isUnwanted(value)) half.delete(key);
      }
    }
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  /** The number of entries. An entry that moved from the old half counts twice until the old half is dropped. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
