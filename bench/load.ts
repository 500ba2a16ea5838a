// The load: wrk against servers in turn, with each server's rate and CPU time.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cpuSecondsOf, type Program } from './bed.ts';
import { interleave, type Ratio, ratioOf } from './measure.ts';

const execute = promisify(execFile);

/** A server, or several that answer together, and what to send to it. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A wrk script (Lua) that builds the requests, and its arguments. */
  readonly script?: { readonly file: string; readonly args: readonly string[] };
  /** The programs whose CPU time counts: everything that a user would run for this. Upstreams do not count. */
  readonly programs: readonly Program[];
  /** Asks the server to finish a load's background work now. */
  readonly finish?: () => Promise<unknown>;
}

export interface Sample {
  readonly requestsPerSecond: number;
  readonly cpuSecondsPerRequest: number;
}

export interface LoadOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  /**
   * Finishes a load's background work after each load, such as a flush of metering or a checkpoint. Then its CPU time
   * counts for the right server and does not slow the next one. Default: no.
   */
  readonly isSettled?: boolean;
}

/** Loads the targets in turn, round by round. Rejects if any request gets no answer or one other than 2xx. */
export async function measureLoad(targets: readonly Target[], options: LoadOptions): Promise<Sample[][]> {
  return interleave(
    targets.map((target) => () => loadOnce(target, options)),
    options.rounds,
  );
}

async function loadOnce(target: Target, { seconds, connections, isSettled = false }: LoadOptions): Promise<Sample> {
  const { name, url, headers = {}, script, programs, finish } = target;
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s'];
  for (const [field, value] of Object.entries(headers)) args.push('-H', `${field}: ${value}`);
  if (script !== undefined) args.push('-s', script.file);
  args.push(url, ...(script === undefined ? [] : ['--', ...script.args]));
  const cpuBefore = cpuSecondsOf(programs);
  const { stdout } = await execute('wrk', args);
  if (isSettled) await settle(programs, finish);
  const cpuSeconds = cpuSecondsOf(programs) - cpuBefore;
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const requestsPerSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`${name} failed under load:\n${stdout}`);
  return { requestsPerSecond, cpuSecondsPerRequest: cpuSeconds / requests };
}

/** How long the replies of one load took. */
export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Loads the targets in turn, round by round, and measures how long replies take. Rejects as `measureLoad` does. */
export async function measureLatency(targets: readonly Target[], options: LoadOptions): Promise<Latency[][]> {
  return interleave(
    targets.map((target) => () => timeOnce(target, options)),
    options.rounds,
  );
}

async function timeOnce({ name, url, headers = {} }: Target, { seconds, connections }: LoadOptions): Promise<Latency> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '--latency'];
  for (const [field, value] of Object.entries(headers)) args.push('-H', `${field}: ${value}`);
  const { stdout } = await execute('wrk', [...args, url]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${name} failed under load:\n${stdout}`);
  const [p50Ms, p99Ms] = [50, 99].map((share) => {
    const [, value, unit = ''] = new RegExp(`^ +${share}% +([\\d.]+)(us|ms|s)$`, 'm').exec(stdout) ?? [];
    return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? Number.NaN);
  });
  return { p50Ms: p50Ms as number, p99Ms: p99Ms as number };
}

/**
 * SQLite's checkpoint follows two seconds after the first write. Then waits until nothing happens for a fifth of a
 * second.
 */
async function settle(programs: readonly Program[], finish: Target['finish']): Promise<void> {
  await finish?.();
  await sleep(2200);
  for (let turn = 0; turn < 100; turn++) {
    const before = cpuSecondsOf(programs);
    await sleep(200);
    if (!(cpuSecondsOf(programs) - before > 0.01)) return;
  }
}

export function ratioOfRates(samples: readonly Sample[], over: readonly Sample[]): Ratio {
  const rate = ({ requestsPerSecond }: Sample) => requestsPerSecond;
  return ratioOf(samples.map(rate), over.map(rate));
}

export function ratioOfCpu(samples: readonly Sample[], over: readonly Sample[]): Ratio {
  const cpu = ({ cpuSecondsPerRequest }: Sample) => cpuSecondsPerRequest;
  return ratioOf(samples.map(cpu), over.map(cpu));
}

/**
 * Checks the target before it is measured: resolves to the body if it answers `status`, else rejects. Does not use
 * `fetch`, which can't set `Host`.
 */
export async function expectAnswer(
  { name, url, headers = {} }: Pick<Target, 'name' | 'url' | 'headers'>,
  status: number,
  body?: string,
): Promise<string> {
  const req = request(url, { method: body === undefined ? 'GET' : 'POST', headers, agent: false }).end(body);
  const [reply] = (await once(req, 'response')) as [IncomingMessage];
  const answer = await text(reply);
  if (reply.statusCode !== status) throw new Error(`${name} answered ${reply.statusCode}, not ${status}: ${answer}`);
  return answer;
}
