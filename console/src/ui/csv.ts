// Writes rows as CSV for spreadsheets, which run nothing of it.

const byteOrderMark = '\ufeff';

/**
 * Follows RFC 4180, with a UTF-8 byte order mark: without it, Excel reads Arabic as Latin. An apostrophe disarms a
 * formula (OWASP, CSV injection), because anyone can name a key.
 */
export function toCsv(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return byteOrderMark + [head, ...rows].map((row) => `${row.map(toCell).join(',')}\r\n`).join('');
}

function toCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
