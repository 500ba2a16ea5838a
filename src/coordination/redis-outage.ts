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

/**
 * Each window is counted in one place from its beginning to its end: a window that began during an outage is shared out
 * among the nodes and stays so when Redis is back, and one that began before waits for Redis. So nodes that lose Redis
 * together never admit more than the limit in any window, whatever became of Redis' counts.
 *
 * @param isOut whether there is no contact to begin with
 */
export function createOutageLedger(isOut: boolean, startMs: number): OutageLedger {
  let failedAtMs = isOut ? startMs : Number.POSITIVE_INFINITY;
  let recoveredAtMs = Number.NEGATIVE_INFINITY;
  /** By window length, the last window asked about: two outages may fall into one window. */
  const places = new Map<number, { readonly windowIndex: number; readonly place: 'shared' | 'local' }>();

  return {
    get isOut() {
      return isOut;
    },
    fail(nowMs) {
      if (isOut) return false;
      isOut = true;
      failedAtMs = nowMs;
      return true;
    },
    recover(nowMs) {
      if (!isOut) return false;
      isOut = false;
      recoveredAtMs = nowMs;
      return true;
    },
    placeOf(windowSeconds, nowMs) {
      const windowIndex = Math.floor(nowMs / (windowSeconds * 1000));
      let known = places.get(windowSeconds);
      if (known === undefined || known.windowIndex < windowIndex) {
        const beganAtMs = windowIndex * windowSeconds * 1000;
        const hasBegunInOutage = beganAtMs > failedAtMs && (isOut || beganAtMs <= recoveredAtMs);
        known = { windowIndex, place: hasBegunInOutage ? 'local' : 'shared' };
        places.set(windowSeconds, known);
      }
      return known.place === 'shared' && isOut ? 'closed' : known.place;
    },
  };
}
