// The result of a run: counts, the first broken promise, and on request a trace.
import type { EventQueue } from './event-queue.ts';

export interface Counts {
  requests: number;
  fromCache: number;
  /** Those of `fromCache` that were answered without a lease. */
  servedCached: number;
  /** Requests that required a revision. */
  bound: number;
  fromStore: number;
  unavailable: number;
  staleFills: number;
  returned: number;
  lapsed: number;
  bounded: number;
  epochChanged: number;
  removed: number;
}

export interface Outcome {
  /** The first broken promise, in a sentence. `undefined` if all were kept. */
  readonly violation: string | undefined;
  readonly counts: Counts;
  /** The events, line by line. Empty unless requested. */
  readonly trace: readonly string[];
}

export class Report {
  readonly counts: Counts = {
    requests: 0,
    fromCache: 0,
    servedCached: 0,
    bound: 0,
    fromStore: 0,
    unavailable: 0,
    staleFills: 0,
    returned: 0,
    lapsed: 0,
    bounded: 0,
    epochChanged: 0,
    removed: 0,
  };
  readonly #queue: EventQueue;
  readonly #isTraced: boolean;
  readonly #trace: string[] = [];
  #violation: string | undefined;

  constructor(queue: EventQueue, isTraced: boolean) {
    this.#queue = queue;
    this.#isTraced = isTraced;
  }

  get isBroken(): boolean {
    return this.#violation !== undefined;
  }

  get outcome(): Outcome {
    return { violation: this.#violation, counts: this.counts, trace: this.#trace };
  }

  log(who: string, what: string): void {
    if (this.#isTraced) this.#trace.push(`${this.#queue.nowMs.toFixed(1).padStart(7)} ms  ${who}  ${what}`);
  }

  fail(what: string): void {
    this.#violation ??= what;
    this.log('BROKEN', what);
  }
}
