// Closes opened resources in reverse order: at the end, or when a later step of the opening fails.

/** Open resources, and how to close each. */
export interface Closers {
  /** Returns `opened`. `close` runs once, after the `close` of everything that was added later. */
  add<Opened>(opened: Opened, close: (opened: Opened) => unknown): Opened;
  /** Closes one resource after the other, also after a failure, then rejects with the first failure. Idempotent. */
  close(): Promise<void>;
}

/** Used in place of `AsyncDisposableStack`, which Node.js 22 does not have. */
export function createClosers(): Closers {
  const closers: (() => unknown)[] = [];
  let closing: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) {
      try {
        await next();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  return {
    add(opened, close) {
      closers.push(() => close(opened));
      return opened;
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

/** Runs `open`. If it rejects, everything that it added is closed; then this rejects with the same error. */
export async function openAll<Opened>(open: (closers: Closers) => Promise<Opened>): Promise<Opened> {
  const closers = createClosers();
  try {
    return await open(closers);
  } catch (error) {
    // The error of the opening says more than an error of the closing.
    await closers.close().catch(() => undefined);
    throw error;
  }
}
