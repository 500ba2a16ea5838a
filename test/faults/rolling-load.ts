// A load at a fixed rate through balancers, without retries, and its outcome.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface RollingLoadOptions {
  /** Port of the balancer in front of the public listeners. */
  readonly publicPort: number;
  /** Port of the balancer in front of the internal listeners. */
  readonly internalPort: number;
  readonly token: string;
  readonly org: string;
  /** Valid secrets, used in turn. */
  readonly secrets: readonly string[];
  /** Calls with a key and verifications, in turn. */
  readonly perSecond: number;
  /** Keys that are created, verified, revoked and verified again: four requests each. */
  readonly changesPerSecond: number;
}

/** Counts since the last report. */
export interface RollingReport {
  readonly sent: number;
  readonly changes: number;
  /** Each request with a wrong answer. */
  readonly failures: readonly string[];
  /**
   * Answered in order, as `unavailable` or as a change to repeat: a look-up took 250 ms, a change 5 s, as on a machine
   * that has no processor to spare.
   */
  readonly undecided: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface RollingLoad {
  report(): Promise<RollingReport>;
  /** Waits for requests in progress, then ends the load. Call it once. */
  stop(): Promise<RollingReport>;
}

const program = fileURLToPath(new URL('./rolling-load-child.ts', import.meta.url));

/** Resolves when the load has begun. */
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
