// The access log: a line of JSON for each request, or for a share of them. The settings can change while it is open.

import type { Environment } from '../domain/api-key.ts';
import type { Clock } from '../domain/clock.ts';
import { checkOutput, LineFile, type LineOutput } from './line-file.ts';
import type { Carrier } from './traffic.ts';

export interface AccessLogSettings {
  readonly output: LineOutput;
  /** The share of allowed requests that are logged, from 0 to 1. */
  readonly allowedShare: number;
  /** The share of the others: refused ones, and those with a 5xx. */
  readonly refusedShare: number;
}

/** A request in the log. What is unknown is left out. No value holds a secret. */
export interface Access {
  readonly requestId: string;
  readonly api: string;
  readonly environment?: Environment | undefined;
  readonly carrier: Carrier;
  readonly method?: string | undefined;
  /** Without query, redacted. */
  readonly path?: string | undefined;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly key?: string | undefined;
  readonly org?: string | undefined;
  readonly client?: string | undefined;
  readonly durationMs: number;
  readonly upstreamMs?: number | undefined;
  /** Of the reply's body. */
  readonly bytes?: number | undefined;
  readonly traceId?: string | undefined;
}

export interface AccessLogParts {
  readonly clock: Clock;
  /** Called for faults of the output, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/** Puts checked settings to use. Never throws. */
export type UseSettings = () => void;

export class AccessLog {
  readonly #parts: AccessLogParts;
  #settings: AccessLogSettings | undefined;
  #file: LineFile | undefined;
  /** Lines since the start. Dropped ones could not be written in time, or at all. */
  readonly counts = { written: 0, dropped: 0 };

  /** It is off until `prepare` gives it settings. */
  constructor(parts: AccessLogParts) {
    this.#parts = parts;
  }

  /** Whether requests are logged. Ask first: what a line needs costs time. */
  get isOn(): boolean {
    return this.#file !== undefined;
  }

  /**
   * Checks other settings. Nothing changes until the result is called. `undefined`: off. Throws an `OperationalError`
   * (`access_log_unusable`) that names the fix.
   */
  prepare(settings: AccessLogSettings | undefined): UseSettings {
    if (settings !== undefined) checkOutput(settings.output);
    return () => {
      const isSame = JSON.stringify(settings?.output) === JSON.stringify(this.#settings?.output);
      this.#settings = settings;
      if (isSame) return;
      const former = this.#file;
      this.#file = settings && this.#open(settings.output);
      void former?.close();
    };
  }

  /** `undefined`: the output could be opened a moment ago, and can't be now. */
  #open(output: LineOutput): LineFile | undefined {
    const { onFault } = this.#parts;
    try {
      return new LineFile({
        output,
        onFault,
        onLines: (lines, result) => {
          this.counts[result] += lines;
        },
      });
    } catch (error) {
      onFault(error);
      return undefined;
    }
  }

  /** Whether to log this request. Draws by lot where the share is below 1. */
  draws(isAllowed: boolean): boolean {
    const share = this.#shareOf(isAllowed);
    return share >= 1 || Math.random() < share;
  }

  #shareOf(isAllowed: boolean): number {
    return (isAllowed ? this.#settings?.allowedShare : this.#settings?.refusedShare) ?? 0;
  }

  /** Writes a line later, in the background. Never throws. */
  write(access: Access, isAllowed: boolean): void {
    const share = this.#shareOf(isAllowed);
    const time = new Date(this.#parts.clock.nowMs()).toISOString();
    // A reader that counts requests divides by the share.
    this.#file?.append(`${JSON.stringify({ time, ...access, ...(share < 1 && { share }) })}\n`);
  }

  /** Opens the file again, after a program such as logrotate has renamed it. Never throws. */
  reopen(): void {
    this.#file?.reopen();
  }

  /** Writes what waits, for a second at most. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}
