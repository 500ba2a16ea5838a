// Bounds look-ups of unknown secrets in the store, for each client and for all clients of a node.
import { clientGroupOf } from '../domain/address.ts';
import type { Clock } from '../domain/clock.ts';
import { RecentMap } from './recent-map.ts';

export interface LookUpBudgetOptions {
  /** Must not run backwards. */
  readonly clock: Clock;
  /**
   * Called at most once a minute, with the client just refused and the refusals since the last call. Must not throw.
   */
  readonly onSpent: (client: string, refusals: number) => void;
}

/** Call it when a look-up has ended. `foundNothing`: the store does not know the secret. */
export type EndLookUp = (foundNothing: boolean) => void;

/** Look-ups that found nothing, as the level of a leaky bucket. */
interface Bucket {
  level: number;
  atMs: number;
  /** Look-ups that have not ended yet. */
  running: number;
}

/** Charges that leak per second from the bucket of a client and from that of the node. */
const clientRate = 100;
const nodeRate = 200;
/** The most charges in a bucket. */
const capacity = 1_000;
/** The most clients to remember, some 200 bytes each. A client that was evicted begins anew. */
const maxClients = 20_000;
const reportEveryMs = 60_000;

/**
 * Charges only look-ups that found nothing: existing keys never use it up, however many one address sends. A client
 * without charges is never refused. A client with charges may ask while its own bucket and the node's have room. All
 * charges also go into the node's bucket, and running look-ups take room too.
 */
export class LookUpBudget {
  readonly #clients = new RecentMap<Bucket>(maxClients);
  readonly #node: Bucket = { level: 0, atMs: 0, running: 0 };
  readonly #clock: Clock;
  readonly #onSpent: LookUpBudgetOptions['onSpent'];
  #unreported = 0;
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  constructor({ clock, onSpent }: LookUpBudgetOptions) {
    this.#clock = clock;
    this.#onSpent = onSpent;
  }

  /**
   * Begins a look-up for a client: an IPv4 address, an IPv6 /64, or all clients with an unknown address. `undefined`:
   * the client may not ask now.
   */
  begin(clientAddress: string | undefined): EndLookUp | undefined {
    const client = clientAddress === undefined ? 'unknown' : clientGroupOf(clientAddress);
    const nowMs = this.#clock.nowMs();
    const node = leak(this.#node, nodeRate, nowMs);
    let own = this.#clients.get(client);
    if (own === undefined) {
      own = { level: 0, atMs: nowMs, running: 0 };
      this.#clients.set(client, own);
    }
    const bucket = leak(own, clientRate, nowMs);
    if (bucket.level > 0 && !(hasRoom(bucket) && hasRoom(node))) {
      this.#report(client, nowMs);
      return undefined;
    }
    bucket.running += 1;
    node.running += 1;
    return (foundNothing) => {
      bucket.running -= 1;
      node.running -= 1;
      if (!foundNothing) return;
      bucket.level += 1;
      // New clients are never refused, so the node's level has a limit: their charges must not block others for long.
      node.level = Math.min(capacity, node.level + 1);
    };
  }

  #report(client: string, nowMs: number): void {
    this.#unreported += 1;
    if (nowMs - this.#reportedAtMs < reportEveryMs) return;
    this.#reportedAtMs = nowMs;
    this.#onSpent(client, this.#unreported);
    this.#unreported = 0;
  }
}

function leak(bucket: Bucket, perSecond: number, nowMs: number): Bucket {
  bucket.level = Math.max(0, bucket.level - ((nowMs - bucket.atMs) / 1000) * perSecond);
  bucket.atMs = nowMs;
  return bucket;
}

function hasRoom({ level, running }: Bucket): boolean {
  return level + running < capacity;
}
