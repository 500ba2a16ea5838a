// Rows as CSV that spreadsheets open as they are meant: with a byte order mark, and nothing in a cell that runs.

const byteOrderMark = '\ufeff';

/**
 * RFC 4180 with a UTF-8 byte order mark, without which Excel reads Arabic as Latin. A text that a spreadsheet would take for a formula is
 * preceded by an apostrophe (OWASP, CSV injection): names of keys are whatever somebody typed.
 */
export function toCsv(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return byteOrderMark + [head, ...rows].map((row) => `${row.map(toCell).join(',')}\r\n`).join('');
}

function toCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
