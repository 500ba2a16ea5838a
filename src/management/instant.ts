// Instants in input.
import { invalidInput } from './management-error.ts';

const pattern = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;
/** A day, or a time without an offset: PHP, Python and databases print these. */
const withoutOffset = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})?)?$/;
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The epoch milliseconds of an ISO 8601 instant with its offset, up to the year 9999: `2027-01-31T00:00:00Z`. The
 * offset may be `+03:00` or `+0300`, and a space may replace the T. Throws `invalid_input` for `field`. Its message
 * corrects a day, a time without an offset, and a `+` that a query string lost.
 */
export function parseInstant(field: string, text: string): number {
  const ms = readInstant(text);
  if (ms !== undefined) return ms;
  throw invalidInput(field, `must be an ISO 8601 instant with its offset, such as ${adviseOn(text)}`);
}

function readInstant(text: string): number | undefined {
  const parts = pattern.exec(text);
  if (parts === null) return undefined;
  const ms = Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  // Date.parse reads the 30th of February as the 2nd of March.
  const daysInMonth = new Date(Date.UTC(Number(parts[1]), Number(parts[2]), 0)).getUTCDate();
  return ms <= lastMs && Number(parts[3]) <= daysInMonth ? ms : undefined;
}

function adviseOn(text: string): string {
  const local = withoutOffset.exec(text);
  const utc = local === null ? '' : `${local[1]}T${local[2] ?? '00:00:00'}Z`;
  if (readInstant(utc) !== undefined) return `${utc} for that time in UTC`;
  const withPlus = text.replace(' ', '+');
  return readInstant(withPlus) === undefined
    ? '2027-01-31T00:00:00Z'
    : `${withPlus.replace('+', '%2B')}: in a query, write + as %2B`;
}
