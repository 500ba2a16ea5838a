// `miftah audit verify` on a database that someone changed without Miftah.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AuditEntry, type AuditRecord, hashAuditEntry } from '../../src/domain/audit-record.ts';
import { openAuditFile } from '../../src/storage/sqlite/audit-file.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import { runCli } from '../cli/cli-process.ts';

const count = 12;
let folder: string;
let original: string;
let records: readonly AuditRecord[];

function entry(number: number): AuditEntry {
  return {
    atMs: Date.UTC(2026, 0, 1) + number,
    actor: { kind: 'operator', id: null, label: 'operator token' },
    via: 'admin_api',
    address: number % 2 === 0 ? '127.0.0.1' : null,
    requestId: `req-${number}`,
    action: 'key.updated',
    target: { kind: 'key', id: `key_${number}` },
    orgId: number % 3 === 0 ? null : 'org_1',
    before: { name: 'Server', 7: 'seven', limits: [1.5, null] },
    after: number % 4 === 0 ? null : { name: `=cmd|'/c calc'!A${number} "ä\n`, ok: true },
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-audit-'));
  original = join(folder, 'original.db');
  const { management, close } = await openSqlite({ file: original });
  for (let number = 1; number <= count; number++) {
    await management.transaction((operations) => operations.appendAudit(entry(number)));
  }
  await close();
  const log = openAuditFile(original);
  records = await log.readAudit(0, 100);
  log.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

let copies = 0;

/** A copy of the database, changed by `tamper`. */
function tampered(tamper: (db: DatabaseSync) => void): string {
  const file = join(folder, `copy-${++copies}.db`);
  copyFileSync(original, file);
  const db = new DatabaseSync(file);
  db.exec('DROP TRIGGER audit_log_keeps_rows; DROP TRIGGER audit_log_loses_no_row');
  tamper(db);
  db.close();
  return file;
}

async function verify(file: string, ...more: readonly string[]) {
  const { code, stdout, stderr } = await runCli(['audit', 'verify', '--file', file, '--json', ...more], {
    cwd: folder,
  });
  expect(stderr).toBe('');
  return { code, ...JSON.parse(stdout) };
}

const headOf = (seq: number): string => `${seq}:${records[seq - 1]?.hash}`;

/** Rebuilds the chain, as someone who knows how it is made could. */
function chainAnew(db: DatabaseSync, from: number, to: number): void {
  let previousHash = records[from - 2]?.hash as string;
  for (let seq = from; seq <= to; seq++) {
    const forged = { ...(records[seq - 1] as AuditRecord), ...(seq === from && { orgId: 'org_other' }) };
    const hash = hashAuditEntry(forged, seq, previousHash, forged.seals);
    db.prepare('UPDATE audit_log SET org_id = ?, previous_hash = ?, hash = ? WHERE seq = ?').run(
      forged.orgId,
      previousHash,
      hash,
      seq,
    );
    previousHash = hash;
  }
}

test('an unchanged log is intact, and its head is printed', async () => {
  expect(await verify(original)).toEqual({ code: 0, ok: true, records: count, firstSeq: 1, head: headOf(count) });
  expect(await verify(original, '--head', headOf(5))).toMatchObject({ code: 0, ok: true });
  expect(await verify(original, '--head', records[0]?.hash.toUpperCase() as string)).toMatchObject({ code: 0 });
});

test('people get the count, the head, and a hint to keep it', async () => {
  const { stdout, code } = await runCli(['audit', 'verify', '--file', original], { cwd: folder });
  expect({ stdout, code }).toEqual({
    code: 0,
    stdout: `intact: ${count} records
head   ${headOf(count)}
Keep the head in another place: with --head, a later verify also detects a log that was truncated or rewritten.
`,
  });
});

describe('finds', () => {
  const columns = columnNames();
  const swap = (db: DatabaseSync, a: number, b: number): void => {
    db.exec(`UPDATE audit_log SET seq = -1 WHERE seq = ${a}; UPDATE audit_log SET seq = ${a} WHERE seq = ${b};
      UPDATE audit_log SET seq = ${b} WHERE seq = -1`);
  };
  test.for<[what: string, sql: string | ((db: DatabaseSync) => void), kind: string, seq: number]>([
    ['a changed actor', `UPDATE audit_log SET actor_label = 'someone else' WHERE seq = 3`, 'changed', 3],
    ['a changed time', 'UPDATE audit_log SET at = at + 1 WHERE seq = 12', 'changed', 12],
    ['a changed new state', `UPDATE audit_log SET after = '{}' WHERE seq = 5`, 'changed', 5],
    ['a changed record with a new hash', (db) => chainAnew(db, 3, 3), 'not_chained', 4],
    ['a removed record', 'DELETE FROM audit_log WHERE seq = 3', 'missing', 4],
    ['several removed records', 'DELETE FROM audit_log WHERE seq <= 3', 'missing', 4],
    [
      'a removed record whose gap was closed',
      'DELETE FROM audit_log WHERE seq = 3; UPDATE audit_log SET seq = seq - 1 WHERE seq > 3',
      'not_chained',
      3,
    ],
    [
      'an inserted record',
      `UPDATE audit_log SET seq = -seq - 1 WHERE seq > 3; UPDATE audit_log SET seq = -seq WHERE seq < 0;
       INSERT INTO audit_log (${columns}, seq) SELECT ${columns}, 4 FROM audit_log WHERE seq = 2`,
      'not_chained',
      4,
    ],
    [
      'a record put before the first',
      `INSERT INTO audit_log (${columns}, seq) SELECT ${columns}, -7 FROM audit_log WHERE seq = 2`,
      'out_of_place',
      -7,
    ],
    ['two exchanged records', (db) => swap(db, 5, 6), 'not_chained', 5],
    [
      'a record that no Miftah could have written',
      `UPDATE audit_log SET actor_kind = 'root' WHERE seq = 9`,
      'unreadable',
      9,
    ],
  ])('%s', async ([, sql, kind, seq]) => {
    const file = tampered((db) => (typeof sql === 'string' ? db.exec(sql) : sql(db)));
    const { code, ok, fault } = await verify(file);
    expect({ code, ok, kind: fault.kind, seq: fault.seq }).toEqual({ code: 1, ok: false, kind, seq });
  });

  test('an earlier head reveals a log that was truncated or rewritten', async () => {
    const cut = tampered((db) => db.exec(`DELETE FROM audit_log WHERE seq > ${count - 2}`));
    expect(await verify(cut)).toMatchObject({ code: 0, records: count - 2 });
    expect(await verify(cut, '--head', headOf(count))).toMatchObject({
      code: 1,
      fault: { kind: 'head_missing', seq: count },
    });
    expect(await verify(cut, '--head', records.at(-1)?.hash as string)).toMatchObject({ code: 1 });

    const anew = tampered((db) => chainAnew(db, 3, count));
    expect(await verify(anew)).toMatchObject({ code: 0, records: count });
    expect(await verify(anew, '--head', headOf(8))).toMatchObject({ code: 1, fault: { kind: 'head_missing', seq: 8 } });

    const empty = tampered((db) => db.exec('DELETE FROM audit_log'));
    expect(await verify(empty)).toMatchObject({ code: 0, records: 0, firstSeq: null });
    expect(await verify(empty, '--head', headOf(1))).toMatchObject({ code: 1, fault: { kind: 'head_missing' } });
  });
});

describe('a log whose first records were removed', () => {
  let pruned: string;
  beforeAll(async () => {
    pruned = join(folder, 'pruned.db');
    copyFileSync(original, pruned);
    const { retention, close } = await openSqlite({ file: pruned });
    const nowMs = Date.UTC(2027, 0, 1);
    const place = { seq: 5, hash: records[4]?.hash as string };
    await retention.noteArchived(place, { ...entry(13), action: 'audit.archived' });
    const step = { kind: 'audit', beforeMs: nowMs, removesUnarchived: false, nowMs } as const;
    expect(await retention.prune(step)).toMatchObject({ removed: 0 });
    expect(await retention.prune(step)).toMatchObject({ removed: 5 });
    await close();
  });

  /** A copy of the pruned log, changed by a person who can write the file. */
  function changed(sql: string): string {
    const file = join(folder, `copy-${++copies}.db`);
    copyFileSync(pruned, file);
    const db = new DatabaseSync(file);
    db.exec('DROP TRIGGER audit_log_keeps_rows; DROP TRIGGER audit_log_loses_no_row');
    db.exec(sql);
    db.close();
    return file;
  }

  test('is intact from the anchor on', async () => {
    const report = await verify(pruned);
    // Seven records of before, one of the archive and one of the removal.
    expect(report).toMatchObject({ code: 0, ok: true, records: 9, firstSeq: 6 });
    expect(await verify(pruned, '--head', headOf(9))).toMatchObject({ code: 0 });
    expect(await verify(pruned, '--head', headOf(5))).toMatchObject({ code: 0 });
    expect(await verify(pruned, '--head', headOf(4))).toMatchObject({
      code: 1,
      fault: {
        kind: 'head_missing',
        seq: 4,
        detail:
          'record 4 of the given head is not here: the records begin with 6, so give the archive of the earlier ones too',
      },
    });
    const { stdout } = await runCli(['audit', 'verify', '--file', pruned], { cwd: folder });
    expect(stdout).toContain('intact: 9 records, from record 6; earlier records are not here\n');
  });

  test('is intact while the removal is under way', async () => {
    const file = join(folder, `copy-${++copies}.db`);
    copyFileSync(original, file);
    const { retention, close } = await openSqlite({ file });
    await retention.prune({ kind: 'audit', beforeMs: entry(9).atMs, removesUnarchived: true, nowMs: entry(20).atMs });
    await close();
    expect(await verify(file)).toMatchObject({ code: 0, records: 13, firstSeq: 1 });
    const db = new DatabaseSync(file);
    db.exec('DELETE FROM audit_log WHERE seq <= 3');
    db.close();
    expect(await verify(file)).toMatchObject({ code: 0, records: 10, firstSeq: 4 });
  });

  test.for<[what: string, sql: string, kind: string, seq: number]>([
    ['a removed record after the anchor', 'DELETE FROM audit_log WHERE seq = 6', 'missing', 7],
    [
      'more removed records, with the anchor moved',
      `UPDATE retention SET audit_seq = 7, audit_hash = (SELECT hash FROM audit_log WHERE seq = 7);
       DELETE FROM audit_log WHERE seq <= 7`,
      'not_announced',
      7,
    ],
    ['an anchor with another hash', `UPDATE retention SET audit_hash = '${'f'.repeat(64)}'`, 'not_chained', 6],
    ['a lost anchor', 'DELETE FROM retention', 'missing', 6],
    ['an anchor that was moved back', 'UPDATE retention SET audit_seq = 4', 'missing', 6],
    ['an anchor before its record', 'UPDATE retention SET audit_seq = 8', 'anchor_differs', 8],
    ['a changed announcement', `UPDATE audit_log SET after = '{}' WHERE seq = 14`, 'changed', 14],
    ['a removed announcement', 'DELETE FROM audit_log WHERE seq = 14', 'not_announced', 5],
  ])('finds %s', async ([, sql, kind, seq]) => {
    const { code, ok, fault } = await verify(changed(sql));
    expect({ code, ok, kind: fault.kind, seq: fault.seq }).toEqual({ code: 1, ok: false, kind, seq });
  });
});

test('verifies more records than one batch, and finds the first wrong one among them', async () => {
  const many = 2_500;
  const file = tampered((db) => {
    const insert = db.prepare(`INSERT INTO audit_log (${columnNames()}, seq) VALUES (${'?, '.repeat(15)}?)`);
    let previousHash = records.at(-1)?.hash as string;
    db.exec('BEGIN');
    for (let seq = count + 1; seq <= many; seq++) {
      const { atMs, actor, via, address, requestId, action, target, orgId, before, after } = entry(seq);
      const hash = hashAuditEntry(entry(seq), seq, previousHash, null);
      const json = (state: unknown) => (state === null ? null : JSON.stringify(state));
      insert.run(
        ...[atMs, actor.kind, actor.id, actor.label, via, address, requestId, action, target.kind, target.id, orgId],
        ...[json(before), json(after), previousHash, hash, seq],
      );
      previousHash = hash;
    }
    db.exec('COMMIT');
  });
  expect(await verify(file)).toMatchObject({ code: 0, records: many });
  const db = new DatabaseSync(file);
  db.exec('UPDATE audit_log SET via = "console" WHERE seq = 2100'.replaceAll('"', "'"));
  db.close();
  expect(await verify(file)).toMatchObject({ code: 1, records: 2099, fault: { kind: 'changed', seq: 2100 } });
});

test('a missing file, another kind of file and a wrong head are errors without a stack', async () => {
  const text = join(folder, 'letter.db');
  writeFileSync(text, 'Dear reader, this is not a database, and long enough to be sure of it.'.repeat(100));
  const rows = [
    [['--file', text], 1, 'storage_not_a_database'],
    [['--data', join(folder, 'nowhere')], 1, 'file_unreadable'],
    [['--file', join(folder, 'nowhere.jsonl')], 1, 'file_unreadable'],
    [['--head', 'abc'], 2, 'usage'],
  ] as const;
  for (const [args, exitCode, errorCode] of rows) {
    const { code, stdout, stderr } = await runCli(['audit', 'verify', '--json', ...args], { cwd: folder });
    expect({ args, code, stdout, errorCode: JSON.parse(stderr).error.code }).toEqual({
      args,
      code: exitCode,
      stdout: '',
      errorCode,
    });
  }
});

function columnNames(): string {
  return `at, actor_kind, actor_id, actor_label, via, address, request_id, action, target_kind, target_id, org_id,
    before, after, previous_hash, hash`;
}
