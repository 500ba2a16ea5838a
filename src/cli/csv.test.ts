// CSV for spreadsheets: formulas are escaped, everything else follows RFC 4180.
import { expect, test } from 'vitest';
import { formatCsv } from './csv.ts';

test.for([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['\r=1', `"'\r=1"`],
  ['=a,"b"', `"'=a,""b"""`],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['plain', 'plain'],
  ['', ''],
  [null, ''],
  [-1, '-1'],
] as const)('%j becomes %j', ([cell, text]) => {
  expect(formatCsv([[cell, 'x']])).toBe(`${text},x\r\n`);
});
