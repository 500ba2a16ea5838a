// What one check of `miftah doctor` says.
import { failureOf } from '../cli-error.ts';

export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do about it; empty where there is nothing to do. */
  readonly fix: string;
}

export function ok(check: string, message: string): Finding {
  return { check, status: 'ok', message, fix: '' };
}

export function warn(check: string, message: string, fix: string): Finding {
  return { check, status: 'warn', message, fix };
}

export function fail(check: string, message: string, fix: string): Finding {
  return { check, status: 'fail', message, fix };
}

/** A failed check that says what an error says, in a form that may be shown. */
export function failOf(check: string, error: unknown): Finding {
  const { message, fix } = failureOf(error);
  // Errors of ours end with their fix, which is told on a line of its own.
  return fail(check, message.endsWith(`: ${fix}`) ? message.slice(0, -fix.length - 2) : message, fix);
}

/** The outcome of `work`, whatever it throws. */
export async function attempt(
  check: string,
  work: () => Finding | readonly Finding[] | Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return [await work()].flat();
  } catch (error) {
    return [failOf(check, error)];
  }
}
