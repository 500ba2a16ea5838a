// What was opened, closed in reverse: at the end, or when a later step of the opening fails.

export interface Closers {
  /** Returns `opened`; `close` is called once, after all that was added later. */
  add<Opened>(opened: Opened, close: (opened: Opened) => unknown): Opened;
  /** Closes one after the other, the rest also when one fails; then rejects with the first failure. Idempotent. */
  close(): Promise<void>;
}

/** Node.js 22 has no `AsyncDisposableStack`. */
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

/** Runs `open`. When it rejects, all that it added is closed before this rejects with the same error. */
export async function openAll<Opened>(open: (closers: Closers) => Promise<Opened>): Promise<Opened> {
  const closers = createClosers();
  try {
    return await open(closers);
  } catch (error) {
    // Why the opening failed says more than what its end met.
    await closers.close().catch(() => undefined);
    throw error;
  }
}
