// A load on nodes from a process of its own, which says what was answered and how soon.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface LoadOptions {
  /** Internal listeners. */
  readonly ports: readonly number[];
  readonly token: string;
  /** Asked about in turn; where there are none, another one each time, which is well-formed and nobody's. */
  readonly secrets: readonly string[];
  /** Requests under way at each node. */
  readonly connections: number;
}

export interface LoadReport {
  /** How often each was answered: `allowed`, a reason, `status N`, or `no answer`. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Load extends AsyncDisposable {
  /** Begins to count anew. */
  begin(): Promise<void>;
  /** What was counted since. */
  report(): Promise<LoadReport>;
}

const program = fileURLToPath(new URL('./load-child.ts', import.meta.url));

/** Resolves when the requests have begun. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const child = fork(program, [JSON.stringify(options)], {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  const ask = async (message: string): Promise<unknown> => {
    const answered = once(child, 'message');
    child.send(message);
    return (await answered)[0];
  };
  return {
    async begin() {
      await ask('begin');
    },
    report: () => ask('report') as Promise<LoadReport>,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}
