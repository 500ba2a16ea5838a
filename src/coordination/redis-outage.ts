// Which windows may be counted where, when Redis can't be reached and after it could be again.

/**
 * `shared`: in Redis. `local`: by this node, its share. `closed`: nowhere, as part of the window was counted where it can't be
 * looked up now.
 */
export type CountingPlace = 'shared' | 'local' | 'closed';

export interface OutageLedger {
  readonly isOut: boolean;
  /** Redis could not be asked. True when that is news. */
  fail(nowMs: number): boolean;
  /** Redis answered. True when that is news. */
  recover(nowMs: number): boolean;
  placeOf(windowSeconds: number, nowMs: number): CountingPlace;
}

/** Maximum number of remembered outages; Redis counts windows that started in an older one. */
const maxOutages = 1_000;

/**
 * Each window is counted in one place from its beginning to its end: a window that began during an outage is shared out
 * among the nodes and stays so when Redis is back, and one that began before waits for Redis. So nodes that lose Redis
 * together never admit more than the limit in any window, whatever became of Redis' counts.
 *
 * @param startsOut whether there is no contact to begin with
 */
export function createOutageLedger(startsOut: boolean, startMs: number): OutageLedger {
  const stillOut = Number.POSITIVE_INFINITY;
  /** The oldest first; the end is the last instant of it. */
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
