// The environment of a benchmark: a private folder, free ports and child processes, all removed afterwards.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../test/free-port.ts';

/** A server under measurement. */
export interface Program {
  readonly pid: number;
  readonly port: number;
}

export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The program is ready once it accepts connections here. */
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
}

const readyWithinMs = 120_000;
const stopWithinMs = 5_000;

/** A folder and the processes in it; `await using` ends the processes by id and removes the folder. */
export class Bed implements AsyncDisposable {
  readonly folder: string;
  readonly #children: ChildProcess[] = [];
  readonly #killAll = () => {
    for (const child of this.#children) child.kill('SIGKILL');
  };

  private constructor(folder: string) {
    this.folder = folder;
    process.on('exit', this.#killAll);
  }

  static async open(): Promise<Bed> {
    return new Bed(await mkdtemp(join(tmpdir(), 'miftah-bench-')));
  }

  /** Writes a file of the folder and returns its path. */
  async write(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, text);
    return path;
  }

  /** Starts a program and resolves when it listens. Rejects with its output if it ends before. */
  async start({ command, args, port, env = {} }: ProgramOptions): Promise<Program> {
    const child = spawn(command, args, {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    let said = '';
    const collect = (chunk: Buffer): void => {
      said = (said + chunk).slice(-4000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => collect(Buffer.from(error.message)));
    const deadline = performance.now() + readyWithinMs;
    while (!(await accepts(port))) {
      const isGone = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
      if (isGone || performance.now() > deadline) throw new Error(`${command} does not listen. It said:\n${said}`);
      await new Promise((wake) => setTimeout(wake, 10));
    }
    return { pid: child.pid as number, port };
  }

  /** Starts a Node.js program of this repository. `path` is relative to this folder. Passes `--port`. */
  async startNode(path: string, args: readonly string[] = [], flags: readonly string[] = []): Promise<Program> {
    const port = await freePort();
    const script = join(import.meta.dirname, path);
    return this.start({
      command: process.execPath,
      args: [...flags, script, '--port', String(port), ...args],
      port,
    });
  }

  async stop(program: Program): Promise<void> {
    const child = this.#children.find(({ pid }) => pid === program.pid);
    if (child !== undefined) await end(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map(end));
    process.off('exit', this.#killAll);
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
  await gone;
  clearTimeout(impatience);
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.on('connect', () => {
    socket.destroy();
    resolve(true);
  });
  socket.on('error', () => resolve(false));
  return promise;
}

/**
 * CPU seconds, user and system, that all threads of the processes have used so far. `NaN` on a system without /proc.
 */
export function cpuSecondsOf(programs: readonly Program[]): number {
  let ticks = 0;
  for (const { pid } of programs) {
    try {
      // proc_pid_stat(5): the name in parentheses may contain spaces. utime and stime are the 12th and 13th field after
      // it.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      return Number.NaN;
    }
  }
  return ticks / 100;
}

/** Resident memory of a process in bytes. `NaN` on a system without /proc. */
export function residentBytesOf({ pid }: Program): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}
