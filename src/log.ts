// The log of a process: JSON lines, or readable lines on a terminal. It also decides which parts of an error are
// logged.
import { styleText } from 'node:util';
import pino, { type Logger } from 'pino';
import type { LogLevel } from './config/config.ts';
import { printable } from './domain/printable.ts';

/**
 * The parts of an error that may be logged: its kind, code and message, which hold no secret. An error without a code
 * is a defect, so its stack is logged too.
 */
export function describeFault(error: unknown): object {
  if (!(error instanceof Error)) return { message: 'not an error' };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : { stack: error.stack }),
  };
}

/** Where `createLog` writes: `process.stderr`, or a test's stream. */
type Output = NodeJS.WritableStream & { readonly fd?: number; readonly isTTY?: boolean };

/**
 * Logs `level` and above to standard error: JSON, or one readable line each on a terminal, in colour unless NO_COLOR is
 * set.
 */
export function createLog(level: LogLevel, output: Output = process.stderr): Logger {
  const options = { name: 'miftah', level };
  if (output.isTTY !== true) return pino(options, pino.destination({ dest: output.fd ?? 2, sync: false }));
  return pino(options, { write: (line: string) => void output.write(`${showLine(line, output)}\n`) });
}

const styles = { 30: 'dim', 40: 'yellow', 50: 'red', 60: 'red' } as const;

/** Formats a line such as `17:30:01.250Z WARN upstream failed  api="palm"`, with a defect's stack below it. */
function showLine(line: string, stream: Output): string {
  const { level, time, msg, pid: _pid, hostname: _hostname, name: _name, ...rest } = JSON.parse(line);
  const { stack, ...fault } = rest.fault ?? {};
  const paint = (style: Parameters<typeof styleText>[0], text: string) => styleText(style, text, { stream });
  const clock = new Date(time).toISOString().slice(11);
  const label = pino.levels.labels[level]?.toUpperCase() ?? String(level);
  const style = styles[level as keyof typeof styles] ?? 'dim';
  const head = `${paint('dim', clock)} ${paint(style, label)} ${printable(msg)}`;
  const details = Object.entries({ ...rest, ...(rest.fault && { fault }) }).map(
    ([name, value]) => `  ${paint('dim', `${name}=`)}${printable(JSON.stringify(value))}`,
  );
  const trace = typeof stack === 'string' ? stack.split('\n').map((frame) => `\n${printable(frame)}`) : [];
  return [head, ...details, ...trace].join('');
}
