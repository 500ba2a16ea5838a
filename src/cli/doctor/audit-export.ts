// The check of whether the destinations of the audit log have it.
import type { ExportState } from '../../audit/ports.ts';
import { type Finding, ok, warn } from './finding.ts';

const toleranceMs = 15 * 60_000;

/**
 * Names what each destination does not have. Warns if a record has waited for more than 15 minutes.
 *
 * @param states `undefined`: an older Miftah used the database last, and sent nothing
 */
export function checkAuditExport(states: readonly ExportState[] | undefined, nowMs: number): Finding {
  const check = 'audit export';
  if (states === undefined) return ok(check, 'nothing was sent yet');
  const lines = states.map(({ destination, waiting, waitingSinceMs, failure }) => {
    if (waitingSinceMs === null) return `${destination}: has all records`;
    const since = new Date(waitingSinceMs).toISOString();
    const reason = failure === null ? '' : `: ${failure.message}`;
    return `${destination}: ${waiting} records wait since ${since}${reason}`;
  });
  const late = states.some(({ waitingSinceMs }) => waitingSinceMs !== null && waitingSinceMs < nowMs - toleranceMs);
  if (!late) return ok(check, lines.join('\n'));
  return warn(check, lines.join('\n'), 'Correct what the message names, or let the server run if it is stopped.');
}
