// Reads a secret from standard input, so that no shell history and no list of processes has it.
import { CliError, exitCodes } from './cli-error.ts';

const longestSecret = 8192;

/** Standard input without its last line break. Rejects with `secret_missing`; `usage` shows how to send it. */
export async function readSecret(usage: string): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.length > longestSecret) break;
  }
  const secret = text.replace(/\r?\n$/, '');
  if (secret !== '' && secret.length <= longestSecret) return secret;
  const problem = secret === '' ? 'standard input is empty' : 'standard input is longer than any secret';
  throw new CliError(exitCodes.usage, 'secret_missing', problem, `Pipe the secret in: ${usage}`);
}
