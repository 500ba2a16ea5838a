// The writer thread's commands that build their statements here: usage, denials and retention. They are a file of their
// own because the thread starts in half of the time without Kysely.
import { flushDenials } from '../queries/denials.ts';
import { prune } from '../queries/retention.ts';
import { flushUsage, rowsOfParameters } from '../queries/usage.ts';
import type { SqliteConnection } from './connection.ts';
import { createSqliteKysely, openLocalSession } from './dialect.ts';
import type { BatchCommand, WriterOptions } from './writer-protocol.ts';

/** Returns what carries out a batch on `connection`. */
export function createBatches(connection: SqliteConnection, { denialBounds }: Pick<WriterOptions, 'denialBounds'>) {
  const db = createSqliteKysely(() => openLocalSession(connection));
  return (command: BatchCommand): Promise<unknown> => {
    switch (command.kind) {
      case 'flushUsage':
        return flushUsage(db, command.batch, rowsOfParameters);
      case 'flushDenials':
        return flushDenials(db, command.groups, command.nowMs, denialBounds);
      case 'prune':
        return prune({ writer: db, chained: db }, command.step);
    }
  };
}
