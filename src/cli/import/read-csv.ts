// Reads CSV (RFC 4180) record by record, so that a file of any size fits into memory.

/** One record of a CSV file. */
export interface CsvRecord {
  /** The line where it begins, from 1. */
  readonly line: number;
  /** `undefined`: a quotation mark is misplaced. */
  readonly cells: readonly string[] | undefined;
}

/** In characters: far more than a row of keys needs. A longer record has a quotation mark that is never closed. */
const maxRecordLength = 1024 * 1024;

/**
 * Commas separate cells, or semicolons or tabs if the first line has those: spreadsheets follow their locale. A first
 * line `sep=;` names the separator, as in Excel. Skips rows without text. Lines may end with CRLF or LF, and a quoted cell
 * may hold line breaks.
 */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let rest = '';
  let line = 1;
  let separator: string | undefined;
  for await (const chunk of chunks) {
    rest += chunk;
    if (separator === undefined) {
      if (!rest.includes('\n') && rest.length <= maxRecordLength) continue;
      separator = separatorOf(rest);
    }
    let start = 0;
    for (let end = endOfRecord(rest, start, separator); end >= 0; end = endOfRecord(rest, start, separator)) {
      const text = rest.slice(start, end);
      if (!isSkipped(text, separator, line)) yield { line, cells: parseRecord(text, separator) };
      line += countLines(text);
      start = end + 1;
    }
    rest = rest.slice(start);
    if (rest.length > maxRecordLength) break;
  }
  separator ??= separatorOf(rest);
  if (!isSkipped(rest, separator, line)) yield { line, cells: parseRecord(rest, separator) };
}

const namedSeparator = /^sep=([^\r\n"])\r?$/i;

/** The separator that the first line names or uses. No column name has a comma, a semicolon or a tab in it. */
function separatorOf(text: string): string {
  const [first = ''] = text.split('\n', 1);
  const unquoted = first.replaceAll(/"(?:[^"]|"")*(?:"|$)/g, '');
  return namedSeparator.exec(first)?.[1] ?? [',', ';', '\t'].find((each) => unquoted.includes(each)) ?? ',';
}

/** Whether a record holds nothing to import: no text in any cell, or the line that names the separator. */
function isSkipped(record: string, separator: string, line: number): boolean {
  return record.replaceAll(separator, '').trim() === '' || (line === 1 && namedSeparator.test(record));
}

/** The index of the line feed that ends the record at `start`; -1 if it is not in this text. */
function endOfRecord(text: string, start: number, separator: string): number {
  let at = start;
  for (;;) {
    const feed = text.indexOf('\n', at);
    const quote = text.indexOf('"', at);
    if (feed < 0 || quote < 0 || quote > feed) return feed;
    // A quotation mark opens a cell only at its beginning.
    if (quote !== start && text[quote - 1] !== separator) {
      at = quote + 1;
      continue;
    }
    const close = closingQuote(text, quote);
    if (close < 0) return -1;
    at = close + 1;
  }
}

function closingQuote(text: string, open: number): number {
  for (let at = open + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0 || text[at + 1] !== '"') return at;
  }
}

function parseRecord(record: string, separator: string): readonly string[] | undefined {
  const text = record.endsWith('\r') ? record.slice(0, -1) : record;
  if (!text.includes('"')) return text.split(separator);
  const cells: string[] = [];
  for (let at = 0; ; ) {
    let end: number;
    if (text[at] === '"') {
      const close = closingQuote(text, at);
      end = close + 1;
      if (close < 0 || (end < text.length && text[end] !== separator)) return undefined;
      cells.push(text.slice(at + 1, close).replaceAll('""', '"'));
    } else {
      end = text.indexOf(separator, at);
      if (end < 0) end = text.length;
      const cell = text.slice(at, end);
      if (cell.includes('"')) return undefined;
      cells.push(cell);
    }
    if (end >= text.length) return cells;
    at = end + 1;
  }
}

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
