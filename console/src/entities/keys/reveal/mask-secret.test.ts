import { expect, test } from 'vitest';
import { maskSecret, shortenSecret } from './mask-secret.ts';

const prefixes = { live: 'sk_live_', test: 'AKIA' };
const secret = 'sk_live_AbCdEfGhIjKl';

test.each([
  [{ start: 4, mark: '…', end: 4 }, 'sk_live_AbCd••••IjKl', 'sk_live_AbCd…IjKl'],
  [{ start: 0, mark: '****', end: 2 }, 'sk_live_••••••••••Kl', 'sk_live_****Kl'],
  [{ start: 1, mark: '...', end: 0 }, 'sk_live_A•••••••••••', 'sk_live_A...'],
])('a secret with the mask %j', (mask, long, short) => {
  expect(maskSecret(secret, { prefixes, mask })).toBe(long);
  expect(shortenSecret(secret, { prefixes, mask })).toBe(short);
});

test('a text that is too short to hide anything keeps its length', () => {
  expect(maskSecret('AKIA12', { prefixes, mask: { start: 4, mark: '…', end: 4 } })).toBe('AKIA12');
});
