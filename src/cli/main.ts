// The entry point of the `miftah` command: reads the arguments, sets the exit code, and prints errors without a stack
// trace.
import { CommanderError } from 'commander';
import { CliError, exitCodes, failureOf } from './cli-error.ts';
import { printFailure } from './output.ts';
import { createProgram } from './program.ts';

const args = process.argv.slice(2);
const isJson = args.includes('--json');

process.on('uncaughtException', (error) => end(error));
process.on('unhandledRejection', (error) => end(error));
// `miftah keys list | head` closes standard output early, which is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? process.exit(0) : end(error)));

try {
  await createProgram(!isJson).parseAsync(args, { from: 'user' });
  // An open handle of a library must not keep a finished command alive.
  process.exit();
} catch (error) {
  end(error);
}

function end(error: unknown): never {
  const isUsage = error instanceof CommanderError;
  if (isUsage && error.exitCode === 0) process.exit(exitCodes.ok);
  const failure = failureOf(isUsage ? explainUsage(error) : error);
  // Commander has already printed the help for a command without a verb.
  if (isJson || !isUsage || error.code !== 'commander.help') printFailure(failure, isJson);
  if ((process.env.DEBUG ?? '') !== '' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(failure.exitCode);
}

function explainUsage(error: CommanderError): CliError {
  if (error.code === 'commander.help') {
    return new CliError(exitCodes.usage, 'usage', 'no command was given', `See ${findCommandName()} --help.`);
  }
  const [message = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = more.join(' ').replace(/^\((.*)\)$/, '$1');
  return new CliError(
    exitCodes.usage,
    'usage',
    message,
    `${suggestion === '' ? '' : `${suggestion} `}See ${findCommandName()} --help.`,
  );
}

/** The longest command name at the start of the arguments. */
function findCommandName(): string {
  let command = createProgram();
  let name = 'miftah';
  for (const word of args) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
    name = `${name} ${word}`;
  }
  return name;
}
