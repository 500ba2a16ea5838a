// The writer thread. It owns the connection that writes, so the event loop never waits for a lock, an fsync or a
// checkpoint.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { SqliteConnection } from './connection.ts';
import { toStorageError } from './errors.ts';
import { openWriteConnection } from './open.ts';
import type { BatchCommand, WriterCommand, WriterOptions, WriterReply, WriterRequest } from './writer-protocol.ts';

const port = parentPort as MessagePort;
const options = workerData as WriterOptions;

/** A checkpoint runs after this many commands, or when this much time has passed since the first of them. */
const commandsPerCheckpoint = 1000;
const checkpointDelayMs = 2000;

function start(connection: SqliteConnection): void {
  let batches: Promise<(command: BatchCommand) => Promise<unknown>> | undefined;
  let commandsSinceCheckpoint = 0;
  let checkpointTimer: NodeJS.Timeout | undefined;

  function carryOut(command: WriterCommand): unknown {
    switch (command.kind) {
      case 'execute':
        return connection.execute(command.sql, command.parameters);
      case 'begin':
        return connection.begin();
      case 'commit':
        return connection.commit();
      case 'rollback':
        return connection.rollback();
      case 'flushUsage':
      case 'flushDenials':
      case 'prune':
        return carryOutBatch(command);
      case 'ping':
        return undefined;
      case 'close':
        clearTimeout(checkpointTimer);
        // Closing the last connection copies the log into the database and removes it.
        return connection.close();
    }
  }

  /** The first one loads what they need. The main thread sends one command after the other, so none overtakes it. */
  async function carryOutBatch(command: BatchCommand): Promise<unknown> {
    batches ??= import('./writer-batches.ts').then(({ createBatches }) => createBatches(connection, options));
    return (await batches)(command);
  }

  /**
   * Only this connection writes and checkpoints, never both at once. SQLite's WAL-reset bug (3.7.0 to 3.51.2,
   * https://sqlite.org/wal.html#walresetbug) needs two connections that do so at the same time. PASSIVE waits for no
   * reader.
   */
  function checkpoint(): void {
    clearTimeout(checkpointTimer);
    checkpointTimer = undefined;
    commandsSinceCheckpoint = 0;
    try {
      connection.run('PRAGMA wal_checkpoint(PASSIVE)');
    } catch {
      // Nothing is lost: committed changes are in the log, and the next checkpoint copies them.
      scheduleCheckpoint();
    }
  }

  function scheduleCheckpoint(): void {
    checkpointTimer ??= setTimeout(() => {
      checkpointTimer = undefined;
      if (connection.isInTransaction) scheduleCheckpoint();
      else checkpoint();
    }, checkpointDelayMs);
  }

  port.on('message', async ({ id, command }: WriterRequest) => {
    try {
      send({ id, result: await carryOut(command) });
    } catch (error) {
      send({ id, error: toStorageError(error).toMessage() });
    }
    if (command.kind === 'close') return port.close();
    if (command.kind === 'ping') return;
    commandsSinceCheckpoint++;
    if (commandsSinceCheckpoint >= commandsPerCheckpoint && !connection.isInTransaction) checkpoint();
    else scheduleCheckpoint();
  });
}

function send(reply: WriterReply): void {
  port.postMessage(reply);
}

try {
  start(await openWriteConnection(options));
  send({ id: 0 });
} catch (error) {
  send({ id: 0, error: toStorageError(error).toMessage() });
}
