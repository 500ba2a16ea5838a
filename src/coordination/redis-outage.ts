// Decides where each window is counted during and after an outage of Redis.
import { blockMs } from './sliding-log.ts';

/**
 * `shared`: in Redis. `local`: on this node, up to its share. `both`: on this node up to its share, and in Redis too.
 * `closed`: nowhere, because Redis has a part of the count and can't be asked.
 */
export type CountingPlace = 'shared' | 'local' | 'both' | 'closed';

/** An outage. `recoveredAtMs` is its last instant, `Infinity` while it lasts. */
export interface Outage {
  readonly failedAtMs: number;
  readonly recoveredAtMs: number;
}

/** The outages of Redis so far. Times are Redis' clock, in epoch milliseconds. */
export interface OutageLedger {
  readonly isOut: boolean;
  /** Redis did not answer at `nowMs`. Returns whether that starts an outage. */
  fail(nowMs: number): boolean;
  /** Redis answered at `nowMs`. Returns whether that ends an outage. */
  recover(nowMs: number): boolean;
  /** The latest outage that `holds`. */
  findLast(holds: (outage: Outage) => boolean): Outage | undefined;
}

/** Where the windows of one kind are counted. */
export interface WindowPlaces {
  /** Where to count the window of this length that runs at `nowMs`. */
  placeOf(windowSeconds: number, nowMs: number): CountingPlace;
  /** Whether the window began in the latest outage, so that Redis has no older count of it that could be lost. */
  isNew(windowSeconds: number, nowMs: number): boolean;
  /** When the window of this length that runs at `nowMs` ends, if its count is unknown. */
  endsAtMs(windowSeconds: number, nowMs: number): number;
}

/** The most outages to remember. Redis counts windows that started in an older one. */
const maxOutages = 1_000;

/**
 * Remembers the outages.
 *
 * @param startsOut whether Redis is out at the start
 */
export function createOutageLedger(startsOut: boolean, startMs: number): OutageLedger {
  const stillOut = Number.POSITIVE_INFINITY;
  /** The oldest first. */
  const outages: (Outage & { recoveredAtMs: number })[] = [];
  if (startsOut) outages.push({ failedAtMs: startMs, recoveredAtMs: stillOut });
  const isOut = (): boolean => outages.at(-1)?.recoveredAtMs === stillOut;

  return {
    get isOut() {
      return isOut();
    },
    fail(nowMs) {
      if (isOut()) return false;
      outages.push({ failedAtMs: nowMs, recoveredAtMs: stillOut });
      if (outages.length > maxOutages) outages.shift();
      return true;
    },
    recover(nowMs) {
      const last = outages.at(-1);
      if (last === undefined || !isOut()) return false;
      last.recoveredAtMs = nowMs;
      return true;
    },
    findLast: (holds) => outages.findLast(holds),
  };
}

/**
 * Each fixed window is counted in one place from its start to its end. A window that starts during an outage is shared
 * out among the nodes, also after Redis is back. A window that started before the outage waits for Redis. So nodes that
 * lose Redis together never admit more than the limit in a window, even if Redis loses its counts.
 */
export function createFixedPlaces(ledger: OutageLedger): WindowPlaces {
  return {
    placeOf(windowSeconds, nowMs) {
      const lengthMs = windowSeconds * 1000;
      const beganAtMs = Math.floor(nowMs / lengthMs) * lengthMs;
      const before = ledger.findLast(({ failedAtMs }) => failedAtMs < beganAtMs);
      if (before !== undefined && beganAtMs <= before.recoveredAtMs) return 'local';
      return ledger.isOut ? 'closed' : 'shared';
    },
    isNew: () => false,
    endsAtMs(windowSeconds, nowMs) {
      const lengthMs = windowSeconds * 1000;
      return (Math.floor(nowMs / lengthMs) + 1) * lengthMs;
    },
  };
}

/** Nodes that lose Redis together learn within this time that it is back. */
const recoversWithinMs = 5_000;

/**
 * A sliding window reaches back for its length. While that includes the time before an outage, it waits for Redis. Then
 * it is shared out among the nodes. Once Redis is back, both count, until all nodes have counted in Redis for a whole
 * window. So here too, nodes that lose Redis together never admit more than the limit in a window.
 */
export function createSlidingPlaces(ledger: OutageLedger): WindowPlaces {
  /** When the window of an outage has no more requests from before it, nor from blocks that were taken before it. */
  const sharedOutAtMs = ({ failedAtMs }: Outage, windowSeconds: number): number =>
    failedAtMs + windowSeconds * 1000 + blockMs(windowSeconds);
  const latest = (): Outage | undefined => ledger.findLast(() => true);
  /** The outage in which nodes counted their shares, if requests of that time may be in the window. */
  const sharedOutIn = (windowSeconds: number, nowMs: number): Outage | undefined => {
    const outage = ledger.findLast((each) => sharedOutAtMs(each, windowSeconds) <= Math.min(nowMs, each.recoveredAtMs));
    const untilMs = outage && outage.recoveredAtMs + windowSeconds * 1000 + recoversWithinMs;
    return untilMs !== undefined && nowMs <= untilMs ? outage : undefined;
  };
  return {
    placeOf(windowSeconds, nowMs) {
      const outage = sharedOutIn(windowSeconds, nowMs);
      if (ledger.isOut) return outage !== undefined && outage === latest() ? 'local' : 'closed';
      return outage === undefined ? 'shared' : 'both';
    },
    isNew(windowSeconds, nowMs) {
      const outage = sharedOutIn(windowSeconds, nowMs);
      return outage !== undefined && outage === latest();
    },
    endsAtMs(windowSeconds, nowMs) {
      const outage = latest();
      const lengthMs = windowSeconds * 1000;
      return Math.max(nowMs + 1, outage === undefined ? nowMs + lengthMs : sharedOutAtMs(outage, windowSeconds));
    },
  };
}
