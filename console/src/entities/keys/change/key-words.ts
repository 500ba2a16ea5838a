// Short texts about a key.
import type { Formats } from '../../../ui/formats.ts';
import type { Key } from './key-api.ts';

/** Returns the name, or the masked secret. Removes characters that steer direction: no honest name has them. */
export function nameOfKey({ name, masked }: Pick<Key, 'name' | 'masked'>): string {
  return name.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').trim() || masked;
}

/** Says how long ago something was. The page's clock ticks slowly, so a newer instant counts as now. */
export function sayAgo(formats: Formats, at: string, nowMs: number): string {
  return formats.relative(at, Math.max(nowMs, Date.parse(at)));
}
