// For how long counts of requests are kept where no one has decided it.
import type { Kept } from './ports.ts';

/** 13 months: a month and the same month a year before. The console's calendar goes as far back. */
const defaultUsageDays = 400;

/**
 * For how many days usage is kept; `undefined`: forever. `setting` is `retention.usage`, or `unset`. Then a database
 * that is older than the removal of usage keeps all of it: an upgrade must not remove what someone may need.
 */
export function usageDaysOf(
  setting: number | 'unset' | undefined,
  { predatesRemoval }: Pick<Kept, 'predatesRemoval'>,
): number | undefined {
  if (setting !== 'unset') return setting;
  return predatesRemoval ? undefined : defaultUsageDays;
}
