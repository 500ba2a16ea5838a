// The CSV reader gives the same records, wherever the chunks of the file are cut.
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CsvRecord, readCsv } from './read-csv.ts';

async function collect(chunks: AsyncIterable<string>): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const record of readCsv(chunks)) records.push(record);
  return records;
}

async function read(...chunks: readonly string[]): Promise<CsvRecord[]> {
  async function* give(): AsyncGenerator<string> {
    yield* chunks;
  }
  return collect(give());
}

test('reads back what a CSV writer wrote, cut anywhere', async () => {
  const cell = fc.oneof(fc.string({ maxLength: 6 }), fc.stringMatching(/^[",\r\n a]{0,6}$/));
  const row = fc.array(cell, { minLength: 2, maxLength: 4 });
  const cuts = fc.array(fc.nat(200), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 5 }), cuts, fc.constantFrom('\n', '\r\n'), async (rows, at, ending) => {
      const text = stringify(rows, { record_delimiter: ending, quoted_match: /[\r\n]/ });
      const places = [0, ...at.filter((place) => place < text.length).sort((a, b) => a - b), text.length];
      const chunks = places.slice(1).map((place, index) => text.slice(places[index], place));
      const written = rows.filter((cells) => cells.some((each) => /["\r\n]|\S/.test(each)));
      expect((await read(...chunks)).map(({ cells }) => cells)).toEqual(written);
    }),
    { numRuns: 500 },
  );
});

test('counts lines as an editor does, and skips empty ones', async () => {
  expect(await read('a,b\n\n"x\ny",2\r\n\r\n3,4\n,\n , \r\n5,')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 3, cells: ['x\ny', '2'] },
    { line: 6, cells: ['3', '4'] },
    { line: 9, cells: ['5', ''] },
  ]);
});

test.for([
  ['semicolons', 'a;b\r\n"x;y";2\r\n;\r\n3;4,5'],
  ['tabs', 'a\tb\nx;y\t2\n\t\n3\t4,5'],
  ['a separator that the first line names', 'sep=;\r\na;b\r\n"x;y";2\r\n3;4,5\r\n'],
  ['another one', 'SEP=|\na|b\nx;y|2\n3|4,5'],
])('reads cells between %s', async ([, text = '']) => {
  const cells = [
    ['a', 'b'],
    ['x;y', '2'],
    ['3', '4,5'],
  ];
  expect((await read(text)).map((record) => record.cells)).toEqual(cells);
  expect((await read(...text)).map((record) => record.cells)).toEqual(cells);
});

test('takes no separator from a quoted cell of the first line', async () => {
  expect((await read('"a;b",c\n1,2')).map((record) => record.cells)).toEqual([
    ['a;b', 'c'],
    ['1', '2'],
  ]);
});

test.for(['a,"b"c', 'a,b"c', 'a,"b', '"a" ,b'])('a misplaced quotation mark leaves no cells: %s', async (text) => {
  expect(await read(text)).toEqual([{ line: 1, cells: undefined }]);
});

test('stops at a quotation mark that is never closed, and does not hold the whole file', async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<string> {
    yield 'a,b\n"open,';
    for (; given < 100; given++) yield 'x'.repeat(100_000);
  }
  const records = await collect(endless());
  expect(records.map(({ cells }) => cells)).toEqual([['a', 'b'], undefined]);
  expect(given).toBeLessThan(20);
});
