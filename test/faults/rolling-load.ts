// A load at a fixed rate through balancers that repeats nothing, and what became of it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface RollingLoadOptions {
  /** The balancer in front of the public listeners. */
  readonly publicPort: number;
  /** The balancer in front of the internal ones. */
  readonly internalPort: number;
  readonly token: string;
  readonly org: string;
  /** Used in turn; all of them good. */
  readonly secrets: readonly string[];
  /** Calls with a key and verifications, in turn. */
  readonly perSecond: number;
  /** A key created, verified, revoked and verified again: four requests each. */
  readonly changesPerSecond: number;
}

/** Since the last report. */
export interface RollingReport {
  readonly sent: number;
  readonly changes: number;
  /** Each request that was not answered as it must be. */
  readonly failures: readonly string[];
  /** Answered in order, as `unavailable`: a look-up took 250 ms, which a machine that has no processor to spare brings about. */
  readonly undecided: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface RollingLoad {
  report(): Promise<RollingReport>;
  /** Lets what is under way finish. Once. */
  stop(): Promise<RollingReport>;
}

const program = fileURLToPath(new URL('./rolling-load-child.ts', import.meta.url));

/** Resolves when it has begun. */
export async function startRollingLoad(options: RollingLoadOptions): Promise<RollingLoad> {
  const child = fork(program, [JSON.stringify(options)], { execArgv: ['--no-warnings'] });
  await once(child, 'message');
  const ask = async (message: 'report' | 'stop'): Promise<RollingReport> => {
    const answered = once(child, 'message');
    child.send(message);
    return (await answered)[0] as RollingReport;
  };
  return { report: () => ask('report'), stop: () => ask('stop') };
}
