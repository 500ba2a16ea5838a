// Runs one command of `miftah`, and prints errors without a stack trace.
import { CommanderError } from 'commander';
import { CliError, exitCodes, failureOf } from './cli-error.ts';
import { printFailure } from './output.ts';
import { createProgram } from './program.ts';

/** Runs the command that `args` name. Resolves with its exit code, and never rejects. */
export async function runProgram(args: readonly string[]): Promise<number> {
  try {
    await createProgram(!isForPrograms(args)).parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    return reportFailure(error, args);
  }
}

/** Prints why the command failed, as JSON if it was called with `--json`. Returns its exit code. */
export function reportFailure(error: unknown, args: readonly string[]): number {
  const isUsage = error instanceof CommanderError;
  if (isUsage && error.exitCode === 0) return exitCodes.ok;
  const failure = failureOf(isUsage ? explainUsage(error, args) : error);
  const isJson = isForPrograms(args);
  // Commander has already printed the help for a command without a verb.
  if (isJson || !isUsage || error.code !== 'commander.help') printFailure(failure, isJson);
  if ((process.env.DEBUG ?? '') !== '' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return failure.exitCode;
}

function isForPrograms(args: readonly string[]): boolean {
  return args.includes('--json');
}

function explainUsage(error: CommanderError, args: readonly string[]): CliError {
  const seeHelp = `See ${findCommandName(args)} --help.`;
  if (error.code === 'commander.help') {
    return new CliError(exitCodes.usage, 'usage', 'no command was given', seeHelp);
  }
  const [message = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = more.join(' ').replace(/^\((.*)\)$/, '$1');
  return new CliError(exitCodes.usage, 'usage', message, `${suggestion === '' ? '' : `${suggestion} `}${seeHelp}`);
}

/** The longest command name at the start of the arguments. */
function findCommandName(args: readonly string[]): string {
  let command = createProgram();
  let name = 'miftah';
  for (const [at, word] of args.entries()) {
    // The option of the program itself may stand before a command.
    if (word.startsWith('--context') || args[at - 1] === '--context') continue;
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
    name = `${name} ${word}`;
  }
  return name;
}
