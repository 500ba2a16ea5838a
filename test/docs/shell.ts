// Runs the commands of pages as a reader pastes them: one shell for a page, in a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileCacheDir } from '../compile-cache.ts';
import { root } from './blocks.ts';

export interface Outcome {
  /** Both outputs, in order. */
  readonly printed: string;
  readonly code: number;
}

/** A bash that keeps its variables from one block to the next. `miftah` and `npx miftah` are those of this checkout. */
export class PageShell {
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #bash: ChildProcess;
  readonly #programs: ChildProcess[] = [];
  #printed = '';

  constructor(folder: string, env: Record<string, string> = {}) {
    const bin = join(folder, '.bin');
    mkdirSync(bin, { recursive: true });
    const miftah = `exec '${process.execPath}' --no-warnings '${join(root, 'src/cli/main.ts')}' "$@"`;
    for (const [name, script] of Object.entries({
      miftah,
      npx: `shift\n${miftah}`,
      node: `exec '${process.execPath}' "$@"`,
    })) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    // Only on a terminal, curl shows no progress.
    writeFileSync(join(folder, '.curlrc'), 'silent\nshow-error\n');
    this.#folder = folder;
    this.#env = {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: folder,
      LANG: 'C.UTF-8',
      NO_COLOR: '1',
      NODE_COMPILE_CACHE: compileCacheDir,
      ...env,
    };
    this.#bash = spawn('bash', ['--noprofile', '--norc'], {
      cwd: folder,
      env: this.#env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.#bash.stdout, this.#bash.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text;
        this.#bash.emit('printed');
      });
    this.#bash.stdin?.write(`exec 2>&1\ntrap 'failed=1' ERR\n`);
  }

  /** Runs a block to its end. Its code is 0 if each command succeeded. */
  async run(text: string): Promise<Outcome> {
    const mark = randomUUID();
    this.#printed = '';
    // The shell itself reads the rest of its input.
    this.#bash.stdin?.write(`failed=0\n{ ${text.trimEnd()}\n} </dev/null\nprintf '\\n%s %s\\n' ${mark} $failed\n`);
    for (;;) {
      const end = new RegExp(`\\n${mark} (\\d+)\\n`).exec(this.#printed);
      if (end !== null) return { printed: this.#printed.slice(0, end.index), code: Number(end[1]) };
      await once(this.#bash, 'printed');
    }
  }

  /** Starts a program of a terminal of its own, and resolves to what it has printed once that has `last`. */
  async start(text: string, last: RegExp): Promise<string> {
    const child = spawn('bash', ['-c', `exec ${text.trim().split('#')[0]}`], { cwd: this.#folder, env: this.#env });
    this.#programs.push(child);
    let printed = '';
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (more: string) => {
        printed += more;
        if (last.test(printed)) resolve(printed);
      });
    child.on('exit', (code) => reject(new Error(`${text} ended with ${code}:\n${printed}`)));
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#bash.stdin?.end();
    for (const child of [...this.#programs, this.#bash]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
  }
}

/**
 * What two runs have in common: ids, secrets, times and the width of columns differ. A line `…` of a page stands for any
 * lines.
 */
export function comparable(text: string): string {
  return text
    .replaceAll(/\b(org|key|sec|tok|inv)_[A-Za-z0-9]+…?/g, '$1_ID')
    .replaceAll(/\b(ak_(?:live|test)_)[A-Za-z0-9]*(?:…[A-Za-z0-9]*)?/g, '$1SECRET')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?/g, 'TIME')
    .replaceAll(/\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g, 'TIME')
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, 'UUID')
    .replaceAll(/#token=\S+/g, '#token=TOKEN')
    .replaceAll(/\/\S+\/miftah-data/g, 'DATA')
    .replaceAll(/Miftah \d+\.\d+\.\d+/g, 'Miftah VERSION')
    .replaceAll(/^(date|reset|x-ratelimit-reset|ratelimit): .*$/gim, '$1: TIME')
    .replaceAll('\r', '')
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' ').replaceAll(/-{2,}/g, '--').trim())
    .join('\n')
    .trim();
}
