// Hands over what was gathered in memory, batch by batch: soon after the first event, again after a failure, and on close.

/** One-shot timers; the system's in production, a hand-driven one in tests. */
export interface Timer {
  /** Calls `run` once after `delayMs`, unless the returned function was called before. */
  start(delayMs: number, run: () => void): () => void;
}

/** The system's timers. They don't keep the process alive: whoever stops it closes its flush loops. */
export const systemTimer: Timer = {
  start(delayMs, run) {
    const timeout = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timeout);
  },
};

export interface FlushLoopOptions<Batch> {
  /** Hands over all that has gathered since the last call, and forgets it; `undefined` when there is nothing. */
  readonly take: () => Batch | undefined;
  /** Writes a batch wholly or, when it rejects, not at all. */
  readonly write: (batch: Batch) => Promise<void>;
  /** Told of every failed write, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** From the first event to its write, at least. Default 1,000. */
  readonly intervalMs?: number;
  /** At most, unless writing fails. Default 10,000. */
  readonly maxIntervalMs?: number;
  readonly timer?: Timer;
}

/** Of all time, the part that writing may take: what is dear is done less often, and then costs less for each event. */
const maxShare = 0.1;

/**
 * Writes what `take` hands over at most once each interval, which grows with what writing costs. A batch that could not be written is kept as it is and tried
 * again before any other, so nothing is lost and nothing is counted twice; what arrives meanwhile waits with its sink, whose
 * own bound holds. One write runs at a time.
 */
export class FlushLoop<Batch> {
  readonly #options: FlushLoopOptions<Batch>;
  readonly #minIntervalMs: number;
  readonly #maxIntervalMs: number;
  #intervalMs: number;
  readonly #timer: Timer;
  #unwritten: Batch | undefined;
  #running: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  #isClosed = false;

  constructor(options: FlushLoopOptions<Batch>) {
    this.#options = options;
    this.#minIntervalMs = options.intervalMs ?? 1000;
    this.#maxIntervalMs = options.maxIntervalMs ?? 10_000;
    this.#intervalMs = this.#minIntervalMs;
    this.#timer = options.timer ?? systemTimer;
  }

  /** Sees to it that a flush comes within the interval. Cheap when one is due already. */
  wake(): void {
    if (this.#stopTimer !== undefined || this.#isClosed) return;
    this.#stopTimer = this.#timer.start(this.#intervalMs, () => {
      this.#stopTimer = undefined;
      this.flush().catch(() => this.wake());
    });
  }

  /** Resolves when everything recorded before the call is written; rejects when it can't be, and it is kept. */
  async flush(): Promise<void> {
    // What runs now may have taken its batch before the caller's last event.
    if (this.#running !== undefined) await this.#running.catch(() => undefined);
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** The last flush. Rejects when it fails: what was not written is then lost with the process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    await this.flush();
  }

  async #writeAll(): Promise<void> {
    if (this.#unwritten !== undefined) await this.#write(this.#unwritten);
    const batch = this.#options.take();
    if (batch !== undefined) await this.#write(batch);
  }

  async #write(batch: Batch): Promise<void> {
    this.#unwritten = batch;
    const startedMs = performance.now();
    try {
      await this.#options.write(batch);
    } catch (error) {
      this.#intervalMs = this.#minIntervalMs;
      this.#options.onFault(error);
      throw error;
    }
    this.#unwritten = undefined;
    const wantedMs = (performance.now() - startedMs) / maxShare;
    this.#intervalMs = Math.min(Math.max(wantedMs, this.#minIntervalMs), this.#maxIntervalMs);
  }
}
