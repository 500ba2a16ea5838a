// Why a command failed: a code, a message, a fix and an exit code.
import { OperationalError } from '../domain/operational-error.ts';

/** The exit codes. They never change, because scripts rely on them. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** The server can't be reached, or can't answer now. */
  unreachable: 3,
  notSignedIn: 4,
  /** A verdict was `refused`. */
  refused: 5,
  notFound: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A command failed. `message` is one clause for a person. `exitCode` and `code` are for scripts. */
export class CliError extends OperationalError {
  readonly exitCode: ExitCode;
  /** What to do about it, as a sentence. Empty if the message says it. */
  readonly fix: string;

  constructor(exitCode: ExitCode, code: string, message: string, fix = '', options?: ErrorOptions) {
    super(code, message, options);
    this.exitCode = exitCode;
    this.fix = fix;
  }
}

/** A failure as the command prints it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  readonly exitCode: ExitCode;
}

/** Any error as the command may print it: Miftah's own errors in their words, any other as a defect without details. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) return error;
  if (!(error instanceof OperationalError)) return defect;
  const { code, fix } = error as OperationalError & { readonly fix?: unknown };
  return {
    code,
    message: error.message,
    fix: typeof fix === 'string' ? fix : error.message.slice(error.message.lastIndexOf(': ') + 1).trim(),
    exitCode: code.startsWith('config_') ? exitCodes.usage : exitCodes.failure,
  };
}

const defect: Failure = {
  code: 'internal',
  message: 'something went wrong inside Miftah',
  fix: 'Run the command again with DEBUG=miftah in the environment and report its output.',
  exitCode: exitCodes.failure,
};
