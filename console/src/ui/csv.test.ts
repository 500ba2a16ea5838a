// Quoting, the byte order mark, and cells that a spreadsheet would run.
import { expect, test } from 'vitest';
import { toCsv } from './csv.ts';

test('begins with a byte order mark and ends every row as RFC 4180 says', () => {
  expect(toCsv(['name', 'count'], [['Production', 3]])).toBe('\ufeffname,count\r\nProduction,3\r\n');
});

test('quotes what would break a row', () => {
  expect(toCsv(['a'], [['one,two'], ['say "hi"'], ['two\nlines']])).toBe(
    '\ufeffa\r\n"one,two"\r\n"say ""hi"""\r\n"two\nlines"\r\n',
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\r=1'])('leaves %j no formula', (text) => {
  expect(toCsv(['a'], [[text]])).toMatch(/^\ufeffa\r\n"?'/);
});

test('leaves numbers as they are, also negative ones', () => {
  expect(toCsv(['a'], [[-1]])).toBe('\ufeffa\r\n-1\r\n');
});
