// Asks before a command that can't be undone.
import { createInterface } from 'node:readline/promises';
import { CliError, exitCodes } from './cli-error.ts';

/**
 * Resolves when someone at the terminal types `name`. `question` says what happens; a line break in it is kept. Rejects
 * with `not_confirmed` for another text, and where no one can answer: nothing was `done`.
 */
export async function confirmByName(question: string, name: string, done = 'deleted'): Promise<void> {
  if (!process.stdin.isTTY)
    throw notConfirmed(done, 'no one can confirm this here', 'Add --yes to do it without a question.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question}\nType ${name} to confirm: `);
    if (answer.normalize('NFC').trim() !== name.trim())
      throw notConfirmed(done, 'the text differs', `Type exactly: ${name}`);
  } finally {
    terminal.close();
  }
}

function notConfirmed(done: string, message: string, fix: string): CliError {
  return new CliError(exitCodes.usage, 'not_confirmed', `nothing was ${done}: ${message}`, fix);
}
