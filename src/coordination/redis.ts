// The limiter of several machines: it counts windows in Redis or Valkey, exactly on any number of nodes.
import type { Clock } from '../domain/clock.ts';
import type { LimitWindows } from '../domain/rate-limit.ts';
import type { Limiter } from '../engine/ports.ts';
import type { RedisServers } from './redis-connection.ts';
import { openContact } from './redis-contact.ts';
import { createSharedLimiter, type LimiterOutagePolicy, type RedisLimiterCounts } from './redis-decide.ts';

export type { RedisServers } from './redis-connection.ts';
export { type LimiterOutagePolicy, LimiterOutError, type RedisLimiterCounts } from './redis-decide.ts';

export interface RedisLimiterOptions {
  readonly servers: RedisServers;
  /** The most nodes that run at the same time, at least 1. Too small a number admits too much during an outage. */
  readonly nodes: number;
  readonly onOutage: LimiterOutagePolicy;
  /** Called once for each change: with the cause when Redis is lost, with `undefined` when it is back. */
  readonly onChange: (cause: Error | undefined) => void;
  /** Redis is out after this long without an answer. Default 100. */
  readonly deadlineMs?: number;
  /** A node takes blocks if every limit of a request is at least this. `Infinity`: never. Default 1,000. */
  readonly blockFrom?: number;
  /** Replaces Redis' own clock in tests. */
  readonly clock?: Clock;
}

/** A limiter for each kind of windows. All nodes share its counts. */
export interface RedisLimiter extends Readonly<Record<LimitWindows, Limiter>> {
  readonly counts: Readonly<RedisLimiterCounts>;
  /** How often Redis was lost since the start. */
  readonly outages: number;
  /** Whether Redis is lost now. */
  readonly isOut: boolean;
  close(): void;
}

/**
 * Connects, and resolves within about 3 s whether or not Redis answers. Keeps the promise of `Limiter` for all nodes
 * together, by Redis' clock alone. While Redis is out, `onOutage` decides. Rejects with `redis_refused` when the
 * configuration is wrong, and with a `TypeError` when `nodes` is.
 *
 * Where limits are high, a node takes requests in blocks and admits from them at once. It gives the unused rest of a
 * block back to windows that continue; the window that ends with the block loses it. The loss is below a quarter of the
 * limit over all nodes, and not much more than a node has used.
 */
export async function openRedisLimiter(options: RedisLimiterOptions): Promise<RedisLimiter> {
  const { servers, nodes, onOutage, onChange, deadlineMs = 100, blockFrom = 1_000, clock } = options;
  if (!Number.isInteger(nodes) || nodes < 1) throw new TypeError('nodes must be a whole number, at least 1');
  const counts: RedisLimiterCounts = { roundTrip: 0, block: 0, usedUp: 0, outage: 0 };
  let outages = 0;
  const contact = await openContact({
    servers,
    deadlineMs,
    clock,
    onChange(cause) {
      if (cause !== undefined) outages++;
      onChange(cause);
    },
  });
  const shared = { contact, nodes, onOutage, blockFrom, counts };
  return {
    fixed: createSharedLimiter('fixed', shared),
    sliding: createSharedLimiter('sliding', shared),
    counts,
    get outages() {
      return outages;
    },
    get isOut() {
      return contact.ledger.isOut;
    },
    close: contact.close,
  };
}
