import { expect, test } from 'vitest';
import type { ApiKey } from '../../domain/api-key.ts';
import { createManualClock } from '../../domain/clock.ts';
import { createTokenExpiry } from './token-expiry.ts';

type Token = Pick<ApiKey, 'expiresAtMs' | 'revokedAtMs'>;

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('is the earliest end of a token in force, from all pages, and is forgotten when it can’t be read', async () => {
  const clock = createManualClock(1_000_000);
  const pages: readonly (readonly Token[])[] = [
    [
      { expiresAtMs: null, revokedAtMs: null },
      { expiresAtMs: 9_000_000, revokedAtMs: null },
      { expiresAtMs: 2_000_000, revokedAtMs: 5 },
      { expiresAtMs: 999_999, revokedAtMs: null },
    ],
    [{ expiresAtMs: 8_000_000, revokedAtMs: null }],
  ];
  let isDown = false;
  const read = createTokenExpiry(
    {
      async listTokens({ cursor }) {
        if (isDown) throw new Error('down');
        const at = Number(cursor ?? 0);
        return { items: pages[at] as ApiKey[], nextCursor: at + 1 < pages.length ? String(at + 1) : null };
      },
    },
    clock,
  );
  expect(read()).toBeUndefined();
  await settle();
  expect(read()).toBe(8_000_000);
  isDown = true;
  clock.advance(4 * 60_000);
  read();
  await settle();
  expect(read()).toBe(8_000_000);
  clock.advance(60_000);
  expect(read()).toBeUndefined();
});
