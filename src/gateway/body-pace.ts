// The slowest pace at which a client may send its request body. Until the body is complete, it holds an upstream
// connection.

/** How slow a request body may be. */
export interface BodyLimits {
  /** Longest pause of a client within its body, in milliseconds. 0 turns both rules off. */
  readonly requestBodyIdleTimeoutMs: number;
  /**
   * Lowest average rate. It counts after the first `requestBodyIdleTimeoutMs`, and stops a client that sends one byte
   * now and then to hold a connection.
   */
  readonly minBodyBytesPerSecond: number;
}

/** A body that is being received. */
export interface PacedBody {
  readonly receivedBytes: number;
  /** Whether the upstream accepts no more data at the moment. */
  readonly isPaused: boolean;
  /** Whether no more data can arrive. */
  readonly hasEnded: boolean;
  /** The counters that `BodyPace` keeps from tick to tick. */
  bytesAtLastTick: number;
  ticks: number;
  silentTicks: number;
  /** Called at most once, when the body is too slow. */
  refuseSlow(): void;
}

const ticksPerTimeout = 30;

/**
 * Checks all bodies on a shared timer, so that a chunk needs no clock and no timer of its own. Time in which the
 * upstream accepts no data does not count against the client.
 */
export class BodyPace {
  readonly #bodies = new Set<PacedBody>();
  readonly #tickMs: number;
  readonly #bytesPerTick: number;
  #timer: NodeJS.Timeout | undefined;

  constructor({ requestBodyIdleTimeoutMs, minBodyBytesPerSecond }: BodyLimits) {
    this.#tickMs = requestBodyIdleTimeoutMs / ticksPerTimeout;
    this.#bytesPerTick = (minBodyBytesPerSecond * this.#tickMs) / 1000;
  }

  add(body: PacedBody): void {
    if (this.#tickMs === 0) return;
    this.#bodies.add(body);
    this.#timer ??= setInterval(() => this.#look(), Math.max(1, this.#tickMs)).unref();
  }

  delete(body: PacedBody): void {
    this.#bodies.delete(body);
  }

  /** Called once per tick. */
  #look(): void {
    if (this.#bodies.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    for (const body of this.#bodies) {
      if (body.hasEnded) this.#bodies.delete(body);
      else if (!body.isPaused) this.#lookAt(body);
    }
  }

  #lookAt(body: PacedBody): void {
    body.ticks++;
    if (body.receivedBytes > body.bytesAtLastTick) body.silentTicks = 0;
    else body.silentTicks++;
    body.bytesAtLastTick = body.receivedBytes;
    const owedBytes = (body.ticks - ticksPerTimeout) * this.#bytesPerTick;
    if (body.silentTicks < ticksPerTimeout && body.receivedBytes >= owedBytes) return;
    this.#bodies.delete(body);
    body.refuseSlow();
  }
}
