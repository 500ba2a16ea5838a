// How often the store may be asked for secrets that turn out to be nobody's, by each client and by all together.
import { clientGroupOf } from '../domain/address.ts';
import type { Clock } from '../domain/clock.ts';
import { RecentMap } from './recent-map.ts';

export interface LookUpBudgetOptions {
  /** Must not run backwards. */
  readonly clock: Clock;
  /** Told at most once a minute, with the client that was just refused and how many were since the last time. Must not throw. */
  readonly onSpent: (client: string, refusals: number) => void;
}

/** Says that a look-up has ended. In vain: the store said that the secret is nobody's. */
export type EndLookUp = (wasInVain: boolean) => void;

/** Look-ups in vain, as the level of a bucket that leaks. */
interface Bucket {
  level: number;
  atMs: number;
  underWay: number;
}

/** In vain a second: what leaks from a bucket. */
const perClient = 100;
const perNode = 200;
/** What a bucket holds: so many in vain at once, by a client or by all. */
const capacity = 1_000;
/** Clients that are told apart, some 200 bytes each. One that was not heard of for so long begins anew. */
const maxClients = 20_000;
const reportEveryMs = 60_000;

/**
 * Charges look-ups that found nothing, and no others: keys that exist never use it up, however many come from one address. A
 * client with nothing to its charge is never refused. One that has some may ask as long as its own bucket and the node's,
 * into which all charges go, have room, what is under way included.
 */
export class LookUpBudget {
  readonly #clients = new RecentMap<Bucket>(maxClients);
  readonly #node: Bucket = { level: 0, atMs: 0, underWay: 0 };
  readonly #clock: Clock;
  readonly #onSpent: LookUpBudgetOptions['onSpent'];
  #unreported = 0;
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  constructor({ clock, onSpent }: LookUpBudgetOptions) {
    this.#clock = clock;
    this.#onSpent = onSpent;
  }

  /** Begins a look-up for a client (an IPv4 address, an IPv6 /64, or all whose address is unknown), unless it may not ask now. */
  begin(clientAddress: string | undefined): EndLookUp | undefined {
    const client = clientAddress === undefined ? 'unknown' : clientGroupOf(clientAddress);
    const nowMs = this.#clock.nowMs();
    const node = leak(this.#node, perNode, nowMs);
    let own = this.#clients.get(client);
    if (own === undefined) {
      own = { level: 0, atMs: nowMs, underWay: 0 };
      this.#clients.set(client, own);
    }
    const bucket = leak(own, perClient, nowMs);
    if (bucket.level > 0 && !(hasRoom(bucket) && hasRoom(node))) {
      this.#report(client, nowMs);
      return undefined;
    }
    bucket.underWay += 1;
    node.underWay += 1;
    return (wasInVain) => {
      bucket.underWay -= 1;
      node.underWay -= 1;
      if (!wasInVain) return;
      bucket.level += 1;
      // Clients that are new each time are not held back, so what they cost must not be held against the others for long.
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

function hasRoom({ level, underWay }: Bucket): boolean {
  return level + underWay < capacity;
}
