// The period of a usage query. Usage is counted by the hour, so a period has whole hours.
import { oneDayMs, oneHourMs } from '../../domain/durations.ts';
import { parseInstant } from '../../management/instant.ts';
import { invalidInput } from '../../management/management-error.ts';

/** The longest period of one query, in days. */
export const maxUsageDays = 92;

/** From `fromMs` (inclusive) to `toMs` (exclusive), in epoch milliseconds. Both are the start of a UTC hour. */
export interface UsagePeriod {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The whole hours that contain the requested time: 11:30 to 12:30 becomes 11:00 to 13:00. Default of `from`: 24 hours
 * before the end. Default of `to`: the end of the current hour. Throws a `ManagementError` that names the field if an
 * instant is unreadable, `from` is not before `to`, or the period exceeds `maxUsageDays`.
 */
export function readUsagePeriod(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  nowMs: number,
): UsagePeriod {
  const endMs = to === undefined ? nowMs + 1 : parseInstant('to', to);
  const toMs = startOfHour(endMs + oneHourMs - 1);
  if (from === undefined) return { fromMs: toMs - oneDayMs, toMs };
  const startMs = parseInstant('from', from);
  if (startMs >= endMs) throw invalidInput('from', 'must be before to');
  if (endMs - startMs > maxUsageDays * oneDayMs) throw invalidInput('from', `at most ${maxUsageDays} days before to`);
  return { fromMs: startOfHour(startMs), toMs };
}

function startOfHour(ms: number): number {
  return Math.floor(ms / oneHourMs) * oneHourMs;
}
