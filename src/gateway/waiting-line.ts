// The requests that wait for a connection to one origin: limited in number and served in turn.
import { type Holder, type Holding, Shares } from './shares.ts';

/**
 * Organizations take turns, and so do the keys of each. The requests of one key are served in order of arrival. Keys
 * share the places (`Shares`), so that one key's requests leave room for others.
 */
export class WaitingLine<Waiter extends Holder> {
  readonly #places: Shares;
  readonly #held = new Map<Waiter, Holding>();
  readonly #orgs = new Map<string, Map<string, Set<Waiter>>>();

  /** With a `capacity` of 0, no request may wait. */
  constructor(capacity: number) {
    this.#places = new Shares(capacity);
  }

  get size(): number {
    return this.#held.size;
  }

  /** All waiting requests, in order of arrival. */
  waiters(): IterableIterator<Waiter> {
    return this.#held.keys();
  }

  hasRoomFor(holder: Holder): boolean {
    return this.#places.mayTake(this.#places.holdingOf(holder));
  }

  /** Appends a request. Check `hasRoomFor` first. */
  add(waiter: Waiter): void {
    const holding = this.#places.holdingOf(waiter);
    this.#places.take(holding);
    this.#held.set(waiter, holding);
    const { keyId, orgId } = waiter;
    const keys = this.#orgs.get(orgId) ?? new Map<string, Set<Waiter>>();
    if (keys.size === 0) this.#orgs.set(orgId, keys);
    const queue = keys.get(keyId);
    if (queue === undefined) keys.set(keyId, new Set([waiter]));
    else queue.add(waiter);
  }

  /** Removes a request. Returns `false` if it does not wait. */
  delete(waiter: Waiter): boolean {
    const holding = this.#held.get(waiter);
    if (holding === undefined) return false;
    this.#held.delete(waiter);
    this.#places.give(holding);
    const keys = this.#orgs.get(waiter.orgId);
    const queue = keys?.get(waiter.keyId);
    queue?.delete(waiter);
    if (queue?.size === 0) keys?.delete(waiter.keyId);
    if (keys?.size === 0) this.#orgs.delete(waiter.orgId);
    return true;
  }

  /** Removes and returns the next request that may take one of `shares`, or `undefined` if none may. */
  next(shares: Shares): Waiter | undefined {
    for (const [orgId, keys] of this.#orgs) {
      if (!shares.mayOrgTake(orgId)) continue;
      for (const [keyId, queue] of keys) {
        const [waiter] = queue;
        if (waiter === undefined || !shares.mayTake(shares.holdingOf(waiter))) continue;
        // The organization and the key that were served move to the end.
        keys.delete(keyId);
        keys.set(keyId, queue);
        this.#orgs.delete(orgId);
        this.#orgs.set(orgId, keys);
        this.delete(waiter);
        return waiter;
      }
    }
    return undefined;
  }
}
