// Prints a list while it reads its pages: as a table, as words, or as one JSON document.
import type { PageOptions } from './options.ts';
import { note, type OutputOptions, paint, tableInParts, write } from './output.ts';

/** How a list shows its rows. */
export interface ListView<Row, Answer> {
  readonly head: readonly string[];
  readonly cells: (row: Row) => readonly string[];
  /** What `-q` prints of a row. */
  readonly word: (row: Row) => string;
  /** A sentence in place of a table without rows. */
  readonly empty: string;
  /** Lines after the last row of the list, from its last page. Empty: there are none. */
  readonly foot?: (answer: Answer) => string;
}

/** A page of a list, as the admin API returns it. Without `nextCursor`, or with `null`, it is the last page. */
export interface Page<Row> {
  readonly data: readonly Row[];
  readonly nextCursor?: string | null;
}

/** Which part of a list to ask the server for. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** The most rows that the server puts on a page. */
const rowsPerPage = 100;

interface Printer<Row, Answer> {
  rows(rows: readonly Row[]): Promise<void>;
  /** `last`: the last page that was read. */
  end(last: Answer): Promise<void>;
}

/**
 * Reads pages with `read` until the list ends or has `options.limit` rows (default: no limit), and prints each page
 * when it is there. Without `--json`, a note says how to get the rows that are left out. The JSON document has their
 * `nextCursor`.
 */
export async function printList<Row, Answer extends Page<Row>>(
  options: OutputOptions & PageOptions,
  read: (page: PageRequest) => Promise<Answer>,
  view: ListView<Row, Answer>,
): Promise<void> {
  const printer = createPrinter(options, view);
  const { all, limit = Number.POSITIVE_INFINITY } = options;
  let left = all === true ? Number.POSITIVE_INFINITY : limit;
  let { cursor } = options;
  for (;;) {
    const page = await read({ limit: Math.min(left, rowsPerPage), ...(cursor !== undefined && { cursor }) });
    await printer.rows(page.data);
    left -= page.data.length;
    cursor = page.nextCursor ?? undefined;
    if (cursor === undefined || left <= 0) {
      await printer.end(page);
      return;
    }
  }
}

function createPrinter<Row, Answer extends Page<Row>>(
  { json, quiet }: OutputOptions,
  view: ListView<Row, Answer>,
): Printer<Row, Answer> {
  if (json === true) return createJsonPrinter();
  return quiet === true ? createWordPrinter(view) : createTablePrinter(view);
}

/** Prints the same bytes for one page as `JSON.stringify`. */
function createJsonPrinter<Row, Answer extends Page<Row>>(): Printer<Row, Answer> {
  let before = '{"data":[';
  return {
    async rows(rows) {
      for (const row of rows) {
        await write(before + JSON.stringify(row));
        before = ',';
      }
    },
    async end({ data: _, ...rest }) {
      const others = JSON.stringify(rest).slice(1);
      await write(`${before === ',' ? '' : before}]${others === '}' ? '' : ','}${others}\n`);
    },
  };
}

function createWordPrinter<Row, Answer extends Page<Row>>({
  word,
}: Pick<ListView<Row, Answer>, 'word'>): Printer<Row, Answer> {
  return {
    rows: (rows) => write(rows.map((row) => `${word(row)}\n`).join('')),
    async end({ nextCursor }) {
      if (typeof nextCursor === 'string') note(describeRest(nextCursor));
    },
  };
}

function createTablePrinter<Row, Answer extends Page<Row>>({
  head,
  cells,
  empty,
  foot,
}: ListView<Row, Answer>): Printer<Row, Answer> {
  const format = tableInParts(head);
  let isEmpty = true;
  return {
    async rows(rows) {
      if (rows.length > 0) await write(`${format(rows.map(cells))}\n`);
      isEmpty &&= rows.length === 0;
    },
    async end(last) {
      const { nextCursor } = last;
      const rest = typeof nextCursor === 'string' ? paint('dim', describeRest(nextCursor)) : (foot?.(last) ?? '');
      const lines = [isEmpty ? empty : '', rest].filter((text) => text !== '');
      await write(lines.map((text) => `${text}\n`).join(''));
    },
  };
}

function describeRest(nextCursor: string): string {
  return `There are more rows. Add --all for all of them, or --cursor ${nextCursor} for the next ones.`;
}
