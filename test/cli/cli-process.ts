// Runs the real command as a child process, for tests.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compileCacheDir } from '../compile-cache.ts';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Starts `miftah` without the caller's MIFTAH_ variables, contexts, colours or debug output. */
export function spawnCli(args: readonly string[], { cwd, env = {} }: { cwd: string; env?: Record<string, string> }) {
  return spawn(process.execPath, [main, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compileCacheDir, XDG_CONFIG_HOME: `${cwd}/xdg`, ...env },
    stdio: 'pipe',
  });
}

/** Runs the command to its end. */
export function runCli(
  args: readonly string[],
  { stdin = '', ...options }: { cwd: string; env?: Record<string, string>; stdin?: string },
): Promise<CliResult> {
  const child = spawnCli(args, options);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
