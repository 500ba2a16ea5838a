// The file of mails: none is lost before its time, and none stays for ever.
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { createManualClock } from '../domain/clock.ts';
import { oneDayMs } from '../domain/durations.ts';
import { createFileMailer } from './mail.ts';
import { rotateMailFile } from './mail-file.ts';

const startMs = Date.UTC(2027, 0, 1);
const keptMs = 10 * oneDayMs;
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-mail-'));
  file = join(folder, 'mail.log');
  return () => rmSync(folder, { recursive: true });
});

test('without a file there is nothing to do', async () => {
  await rotateMailFile(file, startMs, keptMs);
  expect(existsSync(file)).toBe(false);
});

test('a mail stays for its time at least, and leaves after twice that time', async () => {
  const clock = createManualClock(startMs);
  const mailer = createFileMailer('a@example.com', file, clock);
  const send = async (subject: string) => {
    await mailer.send({ to: 'b@example.com', subject, text: 'Date: Thu, 01 Jan 1970 00:00:00 GMT' });
    utimesSync(file, clock.nowMs() / 1000, clock.nowMs() / 1000);
  };
  const rotate = () => rotateMailFile(file, clock.nowMs(), keptMs);
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').match(/(?<=Subject: ).+/g) : null);
  await send('first');
  clock.advance(keptMs);
  await send('second');
  await rotate();
  expect(read(file)).toEqual(['first', 'second']);

  clock.advance(1000);
  await rotate();
  expect([read(file), read(`${file}.old`)]).toEqual([null, ['first', 'second']]);
  await send('third');
  clock.advance(keptMs - 2000);
  await rotate();
  expect([read(file), read(`${file}.old`)]).toEqual([['third'], ['first', 'second']]);

  // The first of this file is old now, and so is the last of the other.
  clock.advance(2001);
  await rotate();
  expect([read(file), read(`${file}.old`)]).toEqual([null, ['third']]);
  clock.advance(keptMs);
  await rotate();
  expect([read(file), read(`${file}.old`)]).toEqual([null, null]);
});

test('the mails to an address leave both files, and the older file still leaves in time', async () => {
  const clock = createManualClock(startMs);
  const mailer = createFileMailer('a@example.com', file, clock);
  const send = async (to: string, subject: string) => {
    await mailer.send({ to, subject, text: 'text' });
    utimesSync(file, clock.nowMs() / 1000, clock.nowMs() / 1000);
  };
  await send('Gone@example.com', 'first');
  clock.advance(oneDayMs);
  await send('b@example.com', 'second');
  clock.advance(keptMs - oneDayMs + 1);
  await rotateMailFile(file, clock.nowMs(), keptMs);
  await send('b@example.com', 'third');
  // In the same moment as a mail and a rotation, of which none may be lost.
  await Promise.all([
    mailer.send({ to: 'gone@example.com', subject: 'fourth', text: 'text' }),
    mailer.forget('gone@example.com'),
    rotateMailFile(file, clock.nowMs(), keptMs),
    mailer.send({ to: 'b@example.com', subject: 'fifth', text: 'text' }),
  ]);
  const texts = [file, `${file}.old`].map((path) => readFileSync(path, 'utf8'));
  expect(texts.map((text) => text.match(/(?<=Subject: ).+/g))).toEqual([['third', 'fifth'], ['second']]);
  expect(texts.join('').toLowerCase()).not.toContain('gone@');
  // A millisecond longer than the second mail may stay.
  await rotateMailFile(file, startMs + oneDayMs + keptMs + 1, keptMs);
  expect(existsSync(`${file}.old`)).toBe(false);
});
