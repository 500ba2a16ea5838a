// What a database holds, but not what works in the background: senders, the evaluator of alerts.
import type { DatabaseSync } from 'node:sqlite';

/** The columns of each table that change by requests alone. Empty: the table changes in the background. */
const lasting: Readonly<Record<string, string>> = {
  alert_evaluator: '',
  notifications: 'id, read_at, timing, due_at',
  // The last numbers of all tables, those of the background included.
  sqlite_sequence: '',
  webhook_attempts: '',
  webhook_deliveries: 'event_seq, endpoint_seq, round',
  webhook_sender: '',
};

/** All that requests change, as text. The connection may be another one than the server's. */
export function readContent(database: DatabaseSync): string {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  const rows = tables.flatMap(({ name }) => {
    const columns = lasting[String(name)] ?? '*';
    return columns === '' ? [] : [[name, database.prepare(`SELECT ${columns} FROM "${name}"`).all()]];
  });
  return JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
