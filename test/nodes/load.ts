// A load on nodes from a process of its own, with its outcomes and latencies.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface LoadOptions {
  /** Ports of the internal listeners. */
  readonly ports: readonly number[];
  readonly token: string;
  /** Secrets to verify in turn. If empty, each request sends another well-formed secret of no key. */
  readonly secrets: readonly string[];
  /** Parallel requests to each node. */
  readonly connections: number;
}

export interface LoadReport {
  /** Number of each answer: `allowed`, a reason, `status N`, or `no answer`. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Load extends AsyncDisposable {
  /** Resets the counts. */
  begin(): Promise<void>;
  /** The counts since the last reset. */
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
