// The period of a usage query. Usage is counted by the hour, so a period is made of whole hours.
import { oneDayMs, oneHourMs } from '../../domain/durations.ts';
import { parseInstant } from '../../management/instant.ts';
import { invalidInput } from '../../management/management-error.ts';

/** The longest period that one query answers. */
export const maxUsageDays = 92;

/** Epoch milliseconds at which hours begin: from the first, included, to the last, excluded. */
export interface UsagePeriod {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The hours that the asked time touches: from 11:30 to 12:30 is 11:00 to 13:00. By default the 24 hours up to `to`, or up to the end of the
 * current hour. Throws a `ManagementError` that names the field.
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
