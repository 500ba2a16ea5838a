// What people call a key, and what is shown of its secret.
import type { Formats } from '../../ui/formats.ts';
import type { Key } from './key-api.ts';

/** Its name, or what is shown of its secret. Characters that steer direction, which no honest name has, are left out. */
export function nameOfKey({ name, masked }: Pick<Key, 'name' | 'masked'>): string {
  return name.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').trim() || masked;
}

/** The last characters that a masked secret shows. */
export function tailOf({ masked }: Pick<Key, 'masked'>): string {
  return masked.slice(masked.indexOf('…') + 1);
}

/** When something was. The page's clock ticks slowly: what is newer than its last tick was just now, and is not to come. */
export function sayAgo(formats: Formats, at: string, nowMs: number): string {
  return formats.relative(at, Math.max(nowMs, Date.parse(at)));
}
