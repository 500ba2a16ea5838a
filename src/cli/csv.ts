// CSV for people who open it in a spreadsheet.
import { stringify } from 'csv-stringify/sync';

/**
 * Rows by RFC 4180. A quotation mark goes before a cell that a spreadsheet would take for a formula: one that begins
 * with `=`, `+`, `-`, `@`, a tab or a carriage return (https://owasp.org/www-community/attacks/CSV_Injection).
 */
export function formatCsv(rows: readonly (readonly (string | number | null)[])[]): string {
  return stringify(rows as (string | number | null)[][], {
    escape_formulas: true,
    record_delimiter: '\r\n',
    quoted_match: /[\r\n]/,
  });
}
