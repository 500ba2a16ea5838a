// Counts durations in buckets. An observation costs a few comparisons and two additions, and allocates nothing.

/** Counts of durations. Safe for the hot path. */
export class DurationHistogram {
  /** The upper bounds of all buckets but the last one, in milliseconds, ascending. */
  readonly #boundsMs: Float64Array;
  readonly #counts: Float64Array;
  #sumMs = 0;

  /** @param boundsMs in milliseconds, ascending */
  constructor(boundsMs: readonly number[]) {
    this.#boundsMs = Float64Array.from(boundsMs);
    this.#counts = new Float64Array(boundsMs.length + 1);
  }

  observe(durationMs: number): void {
    const bounds = this.#boundsMs;
    let at = 0;
    while (at < bounds.length && durationMs > (bounds[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sumMs += durationMs;
  }

  /** What was observed since the start. `buckets` count cumulatively, as Prometheus wants them. */
  read(): HistogramReading {
    let count = 0;
    const buckets = Array.from(this.#boundsMs, (boundMs, at) => {
      count += this.#counts[at] as number;
      return { upToMs: boundMs, count };
    });
    return { buckets, count: count + (this.#counts[buckets.length] as number), sumMs: this.#sumMs };
  }
}

export interface HistogramReading {
  readonly buckets: readonly { readonly upToMs: number; readonly count: number }[];
  readonly count: number;
  readonly sumMs: number;
}
