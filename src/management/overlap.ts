// The overlap: how long the old secret of a rotated key still works.
import { oneDayMs, oneHourMs } from '../domain/durations.ts';
import { invalidInput } from './management-error.ts';

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: oneHourMs, d: oneDayMs };
const maxMs = 30 * oneDayMs;

/** The overlap of a rotation that states none. */
export const defaultOverlap = '24h';

/**
 * The milliseconds of `0` or `now` (both end the old secret at once), or of a duration such as `90m`, `24h` or `7d`, at
 * most 30 days. Infinite for `until_ended`. Throws `invalid_input` for `field`.
 */
export function parseOverlap(text: string, field = 'overlap'): number {
  if (text === '0' || text === 'now') return 0;
  if (text === 'until_ended') return Number.POSITIVE_INFINITY;
  const parts = /^(0|[1-9]\d{0,6})([smhd])$/.exec(text);
  const ms = parts === null ? Number.NaN : Number(parts[1]) * (unitMs[parts[2] as string] as number);
  if (!(ms <= maxMs)) {
    throw invalidInput(
      field,
      'must be "now", a duration of at most 30 days such as "1h", "24h", "7d" or "30d", or "until_ended"',
    );
  }
  return ms;
}
