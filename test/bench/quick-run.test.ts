// The benchmarks' own code: a quick run prints a ratio. `npm run bench -- --quick` runs those that need other programs.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ratioOf } from '../../bench/measure.ts';

const execute = promisify(execFile);
const run = join(import.meta.dirname, '..', '..', 'bench', 'run.ts');

test('a quick run of the first benchmark prints its table and the machine', async () => {
  const { stdout } = await execute(process.execPath, [run, '--quick', '1']);
  expect(stdout).toMatch(
    /^ {2}authorize\(\) over one hash and one look-up, 1,000 keys +\d+\.\d\d \(\d+\.\d\d–\d+\.\d\d\)/m,
  );
  expect(stdout).toMatch(/^\| 1\. In process \| authorize\(\)/m);
  expect(stdout).toContain(`Node.js ${process.version}`);
});

test('a quick run of growth removes usage while it measures', async () => {
  const { stdout } = await execute(process.execPath, [run, '--quick', '10']);
  expect(stdout).toMatch(/while usage is removed over without, 1,000 keys, 20 days +\d+\.\d+ \(/);
  expect(stdout).toMatch(/a day \(24,000 rows\) leaves in [\d,]+ s/);
  expect(stdout).toMatch(/480,000 rows of usage are \d+ MB, \d+ bytes each/);
});

test('an unknown benchmark is a usage error', async () => {
  await expect(execute(process.execPath, [run, '12'])).rejects.toMatchObject({ code: 2 });
});

test('a ratio is the median over the rounds, each divided by its own baseline, with the quartiles', () => {
  expect(ratioOf([10, 20, 30, 80, 50], [10, 10, 10, 10, 10])).toEqual({ median: 3, low: 2, high: 5 });
});
