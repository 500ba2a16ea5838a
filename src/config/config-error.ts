// The error for a configuration that can't be used. It lists every problem with its place and its fix.
import { OperationalError } from '../domain/operational-error.ts';

/** One problem to fix. `place` is where the setting is: `miftah.yaml:12`, `--public` or `MIFTAH_PUBLIC__LISTEN`. */
export interface ConfigProblem {
  readonly place: string;
  /** The value's path, `apis[0].upstream`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

export type ConfigErrorCode = 'config_unreadable' | 'config_not_yaml' | 'config_invalid';

/** `message` has one line for each problem. It shows a value of the file only if that value is wrong. */
export class ConfigError extends OperationalError {
  declare readonly code: ConfigErrorCode;
  readonly problems: readonly ConfigProblem[];

  constructor(code: ConfigErrorCode, problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(code, problems.map(formatProblem).join('\n'), options);
    this.problems = problems;
  }
}

function formatProblem({ place, path, message }: ConfigProblem): string {
  return [place, path, message].filter((part) => part !== '').join(': ');
}

/** The problems of an error, one by one, for an operator. A defect is one problem without details. */
export function listConfigFaults(error: unknown): { place: string; setting: string; detail: string }[] {
  if (error instanceof ConfigError)
    return error.problems.map(({ place, path, message }) => ({ place, setting: path, detail: message }));
  const isExplained = error instanceof Error && 'code' in error && typeof error.code === 'string';
  const detail = isExplained ? error.message : 'this is a defect: the log of the node has the details';
  return [{ place: '', setting: '', detail }];
}
