// How slowly a client may send its request body: a body holds a connection to the upstream until it is whole.

/** How slow a body may be. */
export interface BodyLimits {
  /** Longest silence of a client within its body. 0 turns both rules off. */
  readonly requestBodyIdleTimeoutMs: number;
  /** The least average after a first `requestBodyIdleTimeoutMs`: one byte now and then must hold no connection. */
  readonly minBodyBytesPerSecond: number;
}

/** A body under way. */
export interface PacedBody {
  readonly receivedBytes: number;
  /** Whether the upstream takes nothing more at the moment. */
  readonly isPaused: boolean;
  /** Whether nothing more can come. */
  readonly hasEnded: boolean;
  /** Kept here between two looks. */
  bytesAtLastTick: number;
  ticks: number;
  silentTicks: number;
  /** Called once at most. */
  refuseSlow(): void;
}

const ticksPerTimeout = 30;

/**
 * Looks at all bodies under way now and then, so that a chunk costs neither a clock nor a timer. Time in which the upstream takes nothing
 * more is not the client's, and not counted.
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

  /** Called once for each tick. */
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
