// The `miftah` command's beginning and end: arguments in, exit code out, no stack trace for anyone.
import { CommanderError } from 'commander';
import { CliError, exitCodes, failureOf } from './cli-error.ts';
import { printFailure } from './output.ts';
import { createProgram } from './program.ts';

const args = process.argv.slice(2);
const isJson = args.includes('--json');

process.on('uncaughtException', (error) => end(error));
process.on('unhandledRejection', (error) => end(error));
// `miftah keys list | head` closes our output early, which is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? process.exit(0) : end(error)));

try {
  await createProgram(!isJson).parseAsync(args, { from: 'user' });
  // Whatever a library left open must not keep a finished command alive.
  process.exit();
} catch (error) {
  end(error);
}

function end(error: unknown): never {
  const isUsage = error instanceof CommanderError;
  if (isUsage && error.exitCode === 0) process.exit(exitCodes.ok);
  const failure = failureOf(isUsage ? explainUsage(error) : error);
  // Without a verb, commander has printed the help instead.
  if (isJson || !isUsage || error.code !== 'commander.help') printFailure(failure, isJson);
  if ((process.env.DEBUG ?? '') !== '' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(failure.exitCode);
}

function explainUsage(error: CommanderError): CliError {
  if (error.code === 'commander.help') {
    return new CliError(exitCodes.usage, 'usage', 'no command was given', `See ${commandNamed()} --help.`);
  }
  const [message = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = more.join(' ').replace(/^\((.*)\)$/, '$1');
  return new CliError(
    exitCodes.usage,
    'usage',
    message,
    `${suggestion === '' ? '' : `${suggestion} `}See ${commandNamed()} --help.`,
  );
}

/** The command that the arguments name, as far as they name one. */
function commandNamed(): string {
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
