// The outcomes that a reader can choose. Apart from the search, so that a first visit loads no reasons.

import { allReasons } from '../../entities/denials/all-reasons.ts';
import type { Reason } from '../../entities/denials/denials-api.ts';

const limits: readonly Reason[] = ['rate_limited', 'quota_exceeded'];

/** The reasons that requests with a known key have. */
export const usageReasons = allReasons.filter(
  (reason) => reason !== 'key_unknown' && !reason.startsWith('credential_'),
);

/** The outcomes of a choice, as the API takes them. `undefined`: there is no such choice, so all are meant. */
export function outcomesOf(choice: string | undefined): string | undefined {
  switch (choice) {
    case 'accepted':
      return 'allowed';
    case 'failed':
      return 'upstream_failed';
    case 'limited':
      return limits.join();
    case 'refused':
      return allReasons.filter((reason) => !limits.includes(reason)).join();
    default:
      return allReasons.find((reason) => reason === choice);
  }
}
