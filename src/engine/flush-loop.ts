// Writes events from memory in batches: soon after the first event, again after a failure, and on close.

/** One-shot timers: the system's in production, a manual one in tests. */
export interface Timer {
  /** Calls `run` once after `delayMs`, unless the returned function is called first. */
  start(delayMs: number, run: () => void): () => void;
}

/** The system's timers. They don't keep the process alive, so close the flush loops before the process ends. */
export const systemTimer: Timer = {
  start(delayMs, run) {
    const timeout = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timeout);
  },
};

export interface FlushLoopOptions<Batch> {
  /** Returns all events since the last call, and forgets them. `undefined`: there are none. */
  readonly take: () => Batch | undefined;
  /** Writes a batch completely or, when it rejects, not at all. */
  readonly write: (batch: Batch) => Promise<void>;
  /** Called after every failed write, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** The shortest time from the first event to its write. Default 1,000. */
  readonly intervalMs?: number;
  /** The longest time, unless a write fails. Default 10,000. */
  readonly maxIntervalMs?: number;
  readonly timer?: Timer;
}

/** The share of time that writing may take. A slow write makes the next one later, so that it has more events. */
const maxShare = 0.1;

/**
 * Writes the batches of `take`, at most one in each interval. The interval grows with the duration of a write. A batch
 * that could not be written is kept unchanged and tried again before any other, so no event is lost or counted twice.
 * Later events stay with `take`, which must bound them. One write runs at a time.
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

  /** Schedules a flush after the interval. Cheap when one is scheduled already. */
  wake(): void {
    if (this.#stopTimer !== undefined || this.#isClosed) return;
    this.#stopTimer = this.#timer.start(this.#intervalMs, () => {
      this.#stopTimer = undefined;
      this.flush().catch(() => this.wake());
    });
  }

  /** Resolves when all events from before the call are written. Rejects when the write fails; the batch is kept. */
  async flush(): Promise<void> {
    // The running flush may have taken its batch before the caller's last event.
    if (this.#running !== undefined) await this.#running.catch(() => undefined);
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Flushes a last time. Rejects when that fails: the unwritten events are then lost with the process. */
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
