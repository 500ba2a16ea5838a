// Decides where each window is counted during and after an outage of Redis.

/**
 * `shared`: in Redis. `local`: on this node, up to its share. `closed`: nowhere, because Redis has a part of the count
 * and can't be asked.
 */
export type CountingPlace = 'shared' | 'local' | 'closed';

/** The outages of Redis so far. Times are Redis' clock, in epoch milliseconds. */
export interface OutageLedger {
  readonly isOut: boolean;
  /** Redis did not answer at `nowMs`. Returns whether that starts an outage. */
  fail(nowMs: number): boolean;
  /** Redis answered at `nowMs`. Returns whether that ends an outage. */
  recover(nowMs: number): boolean;
  /** Where to count the window of this length that runs at `nowMs`. */
  placeOf(windowSeconds: number, nowMs: number): CountingPlace;
}

/** The most outages to remember. Redis counts windows that started in an older one. */
const maxOutages = 1_000;

/**
 * Each window is counted in one place from its start to its end. A window that starts during an outage is shared out
 * among the nodes, also after Redis is back. A window that started before the outage waits for Redis. So nodes that
 * lose Redis together never admit more than the limit in a window, even if Redis loses its counts.
 *
 * @param startsOut whether Redis is out at the start
 */
export function createOutageLedger(startsOut: boolean, startMs: number): OutageLedger {
  const stillOut = Number.POSITIVE_INFINITY;
  /** The oldest first. `recoveredAtMs` is the last instant of the outage. */
  const outages: { readonly failedAtMs: number; recoveredAtMs: number }[] = [];
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
    placeOf(windowSeconds, nowMs) {
      const lengthMs = windowSeconds * 1000;
      const beganAtMs = Math.floor(nowMs / lengthMs) * lengthMs;
      const before = outages.findLast(({ failedAtMs }) => failedAtMs < beganAtMs);
      if (before !== undefined && beganAtMs <= before.recoveredAtMs) return 'local';
      return isOut() ? 'closed' : 'shared';
    },
  };
}
