// The keys that came near a limit, from what usage keeps: requests by hour.
import type { ApiKey, Organization } from '../../domain/api-key.ts';
import { oneDayMs, oneHourMs } from '../../domain/durations.ts';
import { grantOf } from '../../domain/granted-limits.ts';
import type { Policy } from '../../domain/protected-api.ts';
import { type LimitWindows, type RateLimit, tightest } from '../../domain/rate-limit.ts';
import type { UsageReportRow } from '../../metering/ports.ts';
import { refusedOf } from './overview-periods.ts';

/** A limit that a key came near. */
export interface NearLimit {
  readonly limit: RateLimit;
  /** The most allowed requests that one of its windows had. */
  readonly most: number;
  /** The start of that window, in epoch milliseconds. */
  readonly atMs: number;
}

/** Allowed requests of one hour. */
interface Hour {
  readonly hourMs: number;
  readonly count: number;
}

/** From this part of a limit on, a key is near it. */
const nearPart = 0.8;

/**
 * Where the key came near one of its limits in these hours: the limit of which it used the largest part. Windows that
 * are no whole hours, or longer than a week, are not checked: hours don't show them. In sliding windows the true most
 * may be higher, by the parts of hours. `undefined`: it came near none.
 */
export function findNearLimit(
  rows: readonly UsageReportRow[],
  key: ApiKey,
  org: Pick<Organization, 'grantedLimits'>,
  policy: Pick<Policy, 'rateLimits' | 'limitWindows'>,
): NearLimit | undefined {
  const hours = rows.map((row) => ({ hourMs: row.hourMs ?? 0, count: row.count - refusedOf(row) }));
  return tightest(grantOf(key, org, policy), key.rateLimits)
    .filter(({ windowSeconds }) => windowSeconds % 3600 === 0 && windowSeconds * 1000 <= 7 * oneDayMs)
    .map((limit) => ({ limit, ...mostIn(hours, limit.windowSeconds * 1000, policy.limitWindows) }))
    .filter(({ limit, most }) => most >= nearPart * limit.limit)
    .toSorted((a, b) => b.most / b.limit.limit - a.most / a.limit.limit)[0];
}

/** The window of this length with the most requests. */
function mostIn(hours: readonly Hour[], windowMs: number, windows: LimitWindows): { most: number; atMs: number } {
  const startsOf = (hourMs: number) =>
    windows === 'fixed'
      ? [Math.floor(hourMs / windowMs) * windowMs]
      : Array.from({ length: windowMs / oneHourMs }, (_, at) => hourMs - at * oneHourMs);
  const sums = new Map<number, number>();
  for (const { hourMs, count } of hours)
    for (const start of startsOf(hourMs)) sums.set(start, (sums.get(start) ?? 0) + count);
  let found = { most: 0, atMs: 0 };
  for (const [atMs, most] of sums) if (most > found.most) found = { most, atMs };
  return found;
}
