// A thread that checks a whole database once, reports the problems, and then ends.
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteConnection } from './connection.ts';
import { toStorageError } from './errors.ts';

try {
  const connection = new SqliteConnection(workerData as string, { isReadOnly: true, busyTimeoutMs: 2000 });
  const { rows } = connection.execute('PRAGMA integrity_check(20)', []);
  const { rows: orphans } = connection.execute('PRAGMA foreign_key_check', []);
  connection.close();
  const problems = rows.map((row) => String(row.integrity_check)).filter((text) => text !== 'ok');
  parentPort?.postMessage([
    ...problems,
    ...orphans.slice(0, 20).map((row) => `a row of ${row.table} refers to a missing row of ${row.parent}`),
  ]);
} catch (error) {
  parentPort?.postMessage([toStorageError(error).message]);
}
