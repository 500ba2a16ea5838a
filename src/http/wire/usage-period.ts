// The period of a usage query. Usage is counted by the hour, so a period has whole hours.
import { instantOf, type TimeZone } from '../../domain/calendar.ts';
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

/** The longest period of a report, in days: three years. */
const maxReportDays = 1100;

/** The period of a report: the whole hours, and what was asked. */
export interface ReportPeriod extends UsagePeriod {
  readonly askedFromMs: number;
  readonly askedToMs: number;
  /** Whether the hours are what was asked. */
  readonly isExact: boolean;
}

/**
 * As `readUsagePeriod`, for at most three years. With a zone, both ends may be local times: a month, a day, or a minute.
 */
export function readReportPeriod(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  zone: TimeZone | undefined,
  nowMs: number,
): ReportPeriod {
  // Without an end, no request comes after now, so the whole hour of now is exact.
  const askedToMs = to === undefined ? startOfHour(nowMs) + oneHourMs : readEnd('to', to, zone);
  const askedFromMs = from === undefined ? askedToMs - oneDayMs : readEnd('from', from, zone);
  if (askedFromMs >= askedToMs) throw invalidInput('from', 'must be before to');
  if (askedToMs - askedFromMs > maxReportDays * oneDayMs) {
    throw invalidInput('from', `at most ${maxReportDays} days before to`);
  }
  const fromMs = startOfHour(askedFromMs);
  const toMs = startOfHour(askedToMs + oneHourMs - 1);
  return { fromMs, toMs, askedFromMs, askedToMs, isExact: fromMs === askedFromMs && toMs === askedToMs };
}

const local = /^(\d{4}-\d\d)(-\d\d)?(?:T(\d\d:\d\d))?$/;

/** An instant, or with a zone the local start of a month, a day or a minute. */
function readEnd(field: string, text: string, zone: TimeZone | undefined): number {
  const [, month, day = '-01', time = '00:00'] = (zone && local.exec(text)) ?? [];
  if (zone === undefined || month === undefined) return parseInstant(field, text);
  return instantOf(zone, parseInstant(field, `${month}${day}T${time}:00Z`));
}

function startOfHour(ms: number): number {
  return Math.floor(ms / oneHourMs) * oneHourMs;
}
