// Instants as clients write them.
import { invalidInput } from './management-error.ts';

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Epoch milliseconds of an ISO 8601 instant with its offset, `2027-01-31T00:00:00Z`, at most in the year 9999. */
export function parseInstant(field: string, text: string): number {
  const parts = pattern.exec(text);
  const ms = parts === null ? Number.NaN : Date.parse(text);
  // Date.parse takes the 30th of February for the 2nd of March.
  const dayOfMonth = parts === null ? 0 : new Date(Date.UTC(Number(parts[1]), Number(parts[2]), 0)).getUTCDate();
  if (!(ms <= lastMs) || Number(parts?.[3]) > dayOfMonth) {
    throw invalidInput(field, 'must be an ISO 8601 instant with its offset, such as 2027-01-31T00:00:00Z');
  }
  return ms;
}
