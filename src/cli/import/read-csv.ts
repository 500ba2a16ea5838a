// Reads CSV (RFC 4180) record by record, however large the file.

export interface CsvRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  /** `undefined`: its quotation marks are not where they may be. */
  readonly cells: readonly string[] | undefined;
}

/** Far more than a row of keys needs: beyond it, a quotation mark was opened and never closed. */
const maxRecordLength = 1024 * 1024;

/** Empty lines are passed over. Lines may end with CRLF or LF; a quoted cell may hold line breaks. */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let rest = '';
  let line = 1;
  for await (const chunk of chunks) {
    rest += chunk;
    let start = 0;
    for (let end = endOfRecord(rest, start); end >= 0; end = endOfRecord(rest, start)) {
      const text = rest.slice(start, end);
      if (text !== '' && text !== '\r') yield { line, cells: parseRecord(text) };
      line += countLines(text);
      start = end + 1;
    }
    rest = rest.slice(start);
    if (rest.length > maxRecordLength) break;
  }
  if (rest !== '' && rest !== '\r') yield { line, cells: parseRecord(rest) };
}

/** Where the record that begins at `start` ends with a line feed; -1: not in this text. */
function endOfRecord(text: string, start: number): number {
  let at = start;
  for (;;) {
    const feed = text.indexOf('\n', at);
    const quote = text.indexOf('"', at);
    if (feed < 0 || quote < 0 || quote > feed) return feed;
    // Only at the beginning of a cell does a quotation mark open one.
    if (quote !== start && text[quote - 1] !== ',') {
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

function parseRecord(record: string): readonly string[] | undefined {
  const text = record.endsWith('\r') ? record.slice(0, -1) : record;
  if (!text.includes('"')) return text.split(',');
  const cells: string[] = [];
  for (let at = 0; ; ) {
    let end: number;
    if (text[at] === '"') {
      const close = closingQuote(text, at);
      end = close + 1;
      if (close < 0 || (end < text.length && text[end] !== ',')) return undefined;
      cells.push(text.slice(at + 1, close).replaceAll('""', '"'));
    } else {
      end = text.indexOf(',', at);
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
