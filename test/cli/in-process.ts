// Runs commands in this process, for tests that run many. What a pipe or a signal does needs `runCli`.
import { vi } from 'vitest';
import { runProgram } from '../../src/cli/run-program.ts';
import type { CliResult } from './cli-process.ts';

/** Like `runCli`, without standard input. One at a time: it replaces the environment and the outputs of the process. */
export async function runHere(
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<CliResult> {
  const before = process.env;
  process.env = { PATH: before.PATH, XDG_CONFIG_HOME: `${cwd}/xdg`, ...env };
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += text;
      return true;
    }),
  );
  try {
    return { code: await runProgram(args), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.env = before;
    process.exitCode = undefined;
  }
}
