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
