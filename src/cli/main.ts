// The entry point of the `miftah` command: runs it and ends the process with its exit code.
import { exitCodes } from './cli-error.ts';
import { reportFailure, runProgram } from './run-program.ts';

const args = process.argv.slice(2);

process.on('uncaughtException', (error) => end(error));
process.on('unhandledRejection', (error) => end(error));
// `miftah keys list | head` closes standard output early, which is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  error.code === 'EPIPE' ? process.exit(exitCodes.ok) : end(error),
);

// An open handle of a library must not keep a finished command alive.
process.exit(await runProgram(args));

function end(error: unknown): never {
  process.exit(reportFailure(error, args));
}
