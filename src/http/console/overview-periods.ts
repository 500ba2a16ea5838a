// The periods of an overview: today, 7 days and 30 days, each with the same time before it.
import { instantOf, type TimeZone } from '../../domain/calendar.ts';
import { oneDayMs, oneHourMs } from '../../domain/durations.ts';
import { statusClasses } from '../../domain/use.ts';
import type { UsageReportQuery, UsageReportRow, UsageStore } from '../../metering/ports.ts';

/** The lengths of the periods, in local days. Today is the last day of each. */
export const periodDays = [1, 7, 30] as const;

/** A period up to now, and as much time before. All are starts of hours, in epoch milliseconds; ends are exclusive. */
export interface OverviewPeriod {
  readonly days: (typeof periodDays)[number];
  readonly fromMs: number;
  readonly toMs: number;
  readonly beforeFromMs: number;
  readonly beforeToMs: number;
}

/** The numbers of a period. `refused`: by a rule; `errors`: 5xx replies and failures of the upstream. */
export interface PeriodCounts {
  readonly count: number;
  readonly billed: number;
  readonly refused: number;
  readonly errors: number;
}

/** A period with its numbers. */
export interface CountedPeriod extends OverviewPeriod, PeriodCounts {
  readonly before: PeriodCounts;
}

/**
 * The periods at `nowMs`. The period before ends at the same local time as now, so that a morning is compared with a
 * morning: today until 10:00 with yesterday until 10:00.
 */
export function overviewPeriods(zone: TimeZone, nowMs: number): readonly OverviewPeriod[] {
  const toMs = Math.floor(nowMs / oneHourMs) * oneHourMs + oneHourMs;
  const local = nowMs + zone.offsetMsAt(nowMs);
  const today = Math.floor(local / oneDayMs) * oneDayMs;
  const startOf = (daysAgo: number) => Math.ceil(instantOf(zone, today - daysAgo * oneDayMs) / oneHourMs) * oneHourMs;
  return periodDays.map((days) => {
    const fromMs = startOf(days - 1);
    const beforeFromMs = startOf(2 * days - 1);
    return { days, fromMs, toMs, beforeFromMs, beforeToMs: Math.min(fromMs, beforeFromMs + (toMs - fromMs)) };
  });
}

/** Counts all periods with one question, whose steps are the times between their ends. */
export async function countPeriods(
  usageStore: Pick<UsageStore, 'reportUsage'>,
  filter: Pick<UsageReportQuery, 'orgId' | 'apiId' | 'environment'>,
  periods: readonly OverviewPeriod[],
): Promise<readonly CountedPeriod[]> {
  const ends = periods.flatMap(({ fromMs, beforeFromMs, beforeToMs }) => [fromMs, beforeFromMs, beforeToMs]);
  const starts = [...new Set(ends)].toSorted((a, b) => a - b);
  const [fromMs = 0] = starts;
  const toMs = Math.max(...periods.map((period) => period.toMs));
  const groupBy = ['hourMs', 'outcome'] as const;
  const { items } = await usageStore.reportUsage({ ...filter, fromMs, toMs, starts, groupBy, limit: 1000 });
  return periods.map((period) => ({
    ...period,
    ...addUp(items, period.fromMs, period.toMs),
    before: addUp(items, period.beforeFromMs, period.beforeToMs),
  }));
}

/** The requests of a sum that a rule refused: those without a status class. */
export function refusedOf({ count, statuses }: Pick<UsageReportRow, 'count' | 'statuses'>): number {
  return statusClasses.reduce((left, each) => left - statuses[each], count);
}

function addUp(rows: readonly UsageReportRow[], fromMs: number, toMs: number): PeriodCounts {
  const within = rows.filter(({ hourMs = 0 }) => hourMs >= fromMs && hourMs < toMs);
  const sum = (read: (row: UsageReportRow) => number) => within.reduce((all, row) => all + read(row), 0);
  return {
    count: sum(({ count }) => count),
    billed: sum(({ billed }) => billed),
    refused: sum(refusedOf),
    errors: sum(({ outcome, count, statuses }) => statuses['5xx'] + (outcome === 'upstream_failed' ? count : 0)),
  };
}
