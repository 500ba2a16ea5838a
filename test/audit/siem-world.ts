// An HTTP receiver for the audit log as a program of its own, and what tests ask of a receiver.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';

export interface HttpReceiver {
  readonly port: number;
  /** What it has stored. */
  read(): Promise<string>;
  start(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts the receiver. It stores each body in a file of `folder` before it answers 204. */
export async function startHttpReceiver(folder: string): Promise<HttpReceiver> {
  const port = await freePort();
  const output = join(folder, 'received.jsonl');
  let child: ChildProcess | undefined;
  const start = async () => {
    child = fork(new URL('./http-receiver-child.ts', import.meta.url), [String(port), output], { stdio: 'inherit' });
    await once(child, 'message');
  };
  await start();
  return {
    port,
    read: () => readFile(output, 'utf8').catch(() => ''),
    start,
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
