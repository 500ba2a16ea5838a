// The condition of a change: the revision that its sender read.
import { ManagementError } from '../../management/management-error.ts';

/**
 * The revision in `If-Match` (RFC 9110 §13.1.1): `"3"` or `3`. `undefined`: the header is absent or `*`, so every
 * revision matches. Throws a `ManagementError` for anything else.
 */
export function readIfMatch(value: string | undefined): number | undefined {
  if (value === undefined || value === '*') return undefined;
  const revision = /^(?:"(\d{1,9})"|(\d{1,9}))$/.exec(value);
  if (revision !== null) return Number(revision[1] ?? revision[2]);
  throw new ManagementError('invalid_input', 'If-Match: must be the revision that you read, such as "3"', 'If-Match');
}
