// Finds when the next token expires, without making a scrape wait for the database.
import type { Clock } from '../../domain/clock.ts';
import type { ManagementOperations } from '../../management/ports.ts';

/** Tokens that are looked at, newest first. An installation has a few. */
const maxTokens = 1_000;
const pageSize = 200;
const oneMinuteMs = 60_000;

/**
 * Returns a function that gives the earliest end of a token in force, in epoch milliseconds. `undefined`: no token in
 * force has an end, or it is not read yet. Each call returns what is known and, at most once a minute, reads it again.
 * A value is forgotten after five minutes without a successful read.
 */
export function createTokenExpiry(
  store: Pick<ManagementOperations, 'listTokens'>,
  clock: Clock,
): () => number | undefined {
  let known: { readonly endMs: number | undefined; readonly readAtMs: number } | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;

  async function read(nowMs: number): Promise<void> {
    let endMs: number | undefined;
    let cursor: string | undefined;
    for (let seen = 0; seen < maxTokens; seen += pageSize) {
      const page = await store.listTokens({ limit: pageSize, ...(cursor !== undefined && { cursor }) });
      for (const { expiresAtMs, revokedAtMs } of page.items) {
        if (expiresAtMs === null || revokedAtMs !== null || expiresAtMs <= nowMs) continue;
        endMs = Math.min(endMs ?? expiresAtMs, expiresAtMs);
      }
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    known = { endMs, readAtMs: nowMs };
  }

  return () => {
    const nowMs = clock.nowMs();
    if (nowMs - askedAtMs >= oneMinuteMs) {
      askedAtMs = nowMs;
      read(nowMs).catch(() => undefined);
    }
    return known !== undefined && nowMs - known.readAtMs < 5 * oneMinuteMs ? known.endMs : undefined;
  };
}
