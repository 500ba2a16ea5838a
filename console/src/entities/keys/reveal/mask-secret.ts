// Masks a secret for a screen that others see: its prefix and what the API shows of it stay.
import type { ConsoleApi } from '../../../api/config.ts';

type KeyFormat = Pick<ConsoleApi['keyFormat'], 'prefixes' | 'mask'>;

/** Returns a text as long as the secret, so that nothing moves when it is revealed. */
export function maskSecret(secret: string, format: KeyFormat): string {
  return mask(secret, format, (hidden) => '•'.repeat(hidden));
}

/** Returns the masked secret as lists show it. */
export function shortenSecret(secret: string, format: KeyFormat): string {
  return mask(secret, format, () => format.mask.mark);
}

function mask(secret: string, { prefixes, mask: { start, end } }: KeyFormat, hide: (hidden: number) => string): string {
  const prefix = Object.values(prefixes).find((each) => secret.startsWith(each)) ?? '';
  const from = prefix.length + start;
  const to = Math.max(from, secret.length - end);
  return `${secret.slice(0, from)}${hide(to - from)}${secret.slice(to)}`;
}
