// The log of a process, and what of an error may stand in it.
import pino, { type Logger } from 'pino';

/** What may stand in a log of an error: its kind, code and message, which hold no secret; stacks only of defects. */
export function describeFault(error: unknown): object {
  if (!(error instanceof Error)) return { message: 'not an error' };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : { stack: error.stack }),
  };
}

/** Warnings and errors as JSON lines on standard error. */
export function createLog(): Logger {
  return pino({ name: 'miftah', level: 'warn' }, pino.destination({ dest: 2, sync: false }));
}
