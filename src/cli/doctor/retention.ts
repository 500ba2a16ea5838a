// The check of what the database keeps, and whether the removal of old records is behind.
import type { Config } from '../../config/config.ts';
import { oneDayMs } from '../../domain/durations.ts';
import type { DatedKind, Kept } from '../../retention/ports.ts';
import { usageDaysOf } from '../../retention/usage-days.ts';
import { type Finding, ok, warn } from './finding.ts';

/** A removal begins every hour and takes usage by whole days. */
const toleranceMs = 2 * oneDayMs;

/**
 * Names what is kept for how long, and the oldest of each. Warns if something is older than its setting allows.
 *
 * @param kept what the database has; `undefined`: an older Miftah used it last, and removed nothing
 * @param retention the settings; `undefined`: no configuration was given
 */
export function checkRetention(
  kept: Kept | undefined,
  retention: Config['retention'] | undefined,
  nowMs: number,
): Finding {
  const check = 'retention';
  if (kept === undefined) return ok(check, 'nothing was removed yet');
  const days: Readonly<Record<DatedKind, number | undefined>> = {
    usage: retention && usageDaysOf(retention.usageDays, kept),
    denials: retention?.denialDays,
    audit: retention?.auditDays,
  };
  const kinds = Object.keys(days) as DatedKind[];
  const lines = kinds.map((kind) => {
    const period = retention === undefined ? '' : ` (kept ${describeDays(days[kind])})`;
    const oldestMs = kept.oldestMs[kind];
    return `${kind}${period}: ${oldestMs === null ? 'none' : `oldest ${new Date(oldestMs).toISOString()}`}`;
  });
  const late = kinds.filter((kind) => {
    const [limit, oldestMs] = [days[kind], kept.oldestMs[kind]];
    return limit !== undefined && oldestMs !== null && oldestMs < nowMs - limit * oneDayMs - toleranceMs;
  });
  const message = lines.join('\n');
  if (retention?.usageDays === 'unset' && kept.predatesRemoval && late.length === 0) {
    return warn(
      check,
      `usage is kept forever, because an older version made this database\n${message}`,
      'Set retention.usage: to a number of days, such as 400, or to forever.',
    );
  }
  if (late.length === 0) return ok(check, message);
  return warn(
    check,
    `the removal of old records is behind: ${late.join(', ')}\n${message}`,
    'Let the server run: a first removal can take hours. If its log has "could not remove old records", fix what it names.',
  );
}

function describeDays(days: number | undefined): string {
  return days === undefined ? 'forever' : `${days} ${days === 1 ? 'day' : 'days'}`;
}
