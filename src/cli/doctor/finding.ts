// The result of one check of `miftah doctor`.
import { failureOf } from '../cli-error.ts';

/** One line of the report. */
export interface Finding {
  /** The name of the check, in a word or two. */
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do; empty when there is nothing to do. */
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

/** A failed check with the message of an error, without secrets. */
export function failOf(check: string, error: unknown): Finding {
  const { message, fix } = failureOf(error);
  // Our own errors end with their fix, which the report prints on a line of its own.
  return fail(check, message.endsWith(`: ${fix}`) ? message.slice(0, -fix.length - 2) : message, fix);
}

/** The findings of `work`. If it throws, one failed finding for `check`. */
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
