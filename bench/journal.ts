// Measures the cost of making a use survive `kill -9`: the journal, for each request and for each turn of the loop,
// beside SQLite.
// `node bench/journal.ts [FOLDER]`: microseconds of CPU time a use, medians of interleaved rounds. FOLDER should be on
// the disk to measure.
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FrameWriter } from '../src/metering/journal-format.ts';
import { interleave, median } from './measure.ts';

const uses = 20_000;
const usesOfTurn = 16;
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'miftah-journal-'));
const closers: (() => void)[] = [];

function openFile(name: string): number {
  const fd = openSync(join(folder, name), 'w');
  closers.push(() => closeSync(fd));
  return fd;
}

/** WAL without an fsync for each transaction: as durable as the journal. */
function openDatabase(name: string, isExclusive: boolean): () => void {
  const db = new DatabaseSync(join(folder, name));
  if (isExclusive) db.exec('PRAGMA locking_mode = EXCLUSIVE');
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  db.exec(
    'CREATE TABLE uses (seq INTEGER PRIMARY KEY, key INTEGER, org INTEGER, outcome INTEGER, at REAL, address TEXT)',
  );
  const insert = db.prepare('INSERT INTO uses (key, org, outcome, at, address) VALUES (?, ?, ?, ?, ?)');
  closers.push(() => db.close());
  return () => insert.run(4711, 9, 0, Date.now(), '203.0.113.77');
}

function everyUse(work: () => void): () => number {
  return () => {
    const before = process.cpuUsage();
    for (let use = 0; use < uses; use++) work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / uses;
  };
}

const writer = new FrameWriter();
const note = (): void => writer.append(0, 0, 4711, 9, Date.now(), '203.0.113.77', undefined);
const [one, turn] = [openFile('one'), openFile('turn')];
let inTurn = 0;
const works = {
  'journal, one write for each use': everyUse(() => {
    note();
    writeSync(one, writer.finish());
  }),
  [`journal, one write for ${usesOfTurn} uses of a turn`]: everyUse(() => {
    note();
    inTurn = (inTurn + 1) % usesOfTurn;
    if (inTurn === 0) writeSync(turn, writer.finish());
  }),
  'SQLite, one transaction for each use': everyUse(openDatabase('shared.db', false)),
  'SQLite, the same, its file locked once for all': everyUse(openDatabase('exclusive.db', true)),
};
try {
  const results = await interleave(Object.values(works), 9);
  for (const [at, name] of Object.keys(works).entries()) {
    console.log(
      `${median(results[at] as number[])
        .toFixed(2)
        .padStart(7)} µs  ${name}`,
    );
  }
} finally {
  for (const close of closers) close();
  rmSync(folder, { recursive: true });
}
