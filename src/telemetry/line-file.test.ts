// Lines reach their file in order and whole, and a disk that does not take them costs lines, never an error.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LineFile } from './line-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-lines-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function openLines(file: string, maxWaiting?: number) {
  const counts = { written: 0, dropped: 0 };
  const faults: unknown[] = [];
  const lines = new LineFile({
    output: { file },
    onFault: (error) => void faults.push(error),
    onLines: (number, result) => {
      counts[result] += number;
    },
    ...(maxWaiting !== undefined && { maxWaiting }),
  });
  return { lines, counts, faults };
}

describe('a file', () => {
  test('gets all lines in order, after what it had', async () => {
    const file = join(folder, 'access.log');
    const expected: string[] = [];
    for (const run of [1, 2]) {
      const { lines, counts } = openLines(file);
      for (let at = 0; at < 20_000; at++) {
        const line = `${run} ${at} ${'é'.repeat(at % 40)}\n`;
        expected.push(line);
        lines.append(line);
      }
      await lines.close();
      expect(counts).toEqual({ written: 20_000, dropped: 0 });
    }
    expect(readFileSync(file, 'utf8')).toBe(expected.join(''));
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  test('that was renamed is followed by a new one, and no line is lost', async () => {
    const file = join(folder, 'access.log');
    const { lines } = openLines(file);
    for (let turn = 0; turn < 20; turn++) {
      for (let at = 0; at < 2_000; at++) lines.append(`${turn} ${at}\n`);
      renameSync(file, `${file}.${turn}`);
      lines.reopen();
    }
    await lines.close();
    const parts = Array.from({ length: 20 }, (_, turn) => readFileSync(`${file}.${turn}`, 'utf8'));
    const all = [...parts, readFileSync(file, 'utf8')].join('').split('\n');
    expect(all.filter((line) => line !== '')).toHaveLength(40_000);
    expect(new Set(all).size).toBe(40_001);
  });

  test('that can’t be opened is an error that names it', () => {
    const file = join(folder, 'absent', 'access.log');
    expect(() => openLines(file)).toThrow(
      `Cannot open ${file} (ENOENT): give the server write access to it and its folder, or correct accessLog.output`,
    );
  });

  test('that can’t be opened again stays the one that was renamed', async () => {
    const inner = join(folder, 'logs');
    mkdirSync(inner);
    const { lines, faults } = openLines(join(inner, 'access.log'));
    renameSync(inner, join(folder, 'moved'));
    lines.reopen();
    lines.append('a\n');
    await lines.close();
    expect(faults).toMatchObject([{ code: 'access_log_unusable' }]);
    expect(readFileSync(join(folder, 'moved', 'access.log'), 'utf8')).toBe('a\n');
  });
});

test('a full disk costs lines, and is reported once', async () => {
  const { lines, counts, faults } = openLines('/dev/full');
  for (let at = 0; at < 100_000; at++) lines.append(`${at} ${'x'.repeat(60)}\n`);
  await lines.close();
  expect(counts).toEqual({ written: 0, dropped: 100_000 });
  expect(faults).toMatchObject([{ code: 'access_log_failed', message: expect.stringContaining('ENOSPC') }]);
});

describe('a named pipe', () => {
  const makePipe = () => {
    const file = join(folder, 'pipe');
    execFileSync('mkfifo', [file]);
    return file;
  };

  test('without a reader is an error, and does not stop the process', () => {
    expect(() => openLines(makePipe())).toThrow('(ENXIO)');
  });

  test('that no one reads costs the lines that have no room', async () => {
    const file = makePipe();
    const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const { lines, counts } = openLines(file, 200_000);
    const line = `${'x'.repeat(99)}\n`;
    for (let at = 0; at < 10_000; at++) lines.append(line);
    await lines.close();
    expect(counts.written + counts.dropped).toBe(10_000);
    expect(counts.dropped).toBeGreaterThan(5_000);
    closeSync(reader);
  });
});

test('lines after the end are dropped', async () => {
  const { lines, counts } = openLines(join(folder, 'access.log'));
  await Promise.all([lines.close(), lines.close()]);
  lines.append('late\n');
  expect(counts).toEqual({ written: 0, dropped: 1 });
});
