// Asks on a terminal. The questions go to standard error, so that standard output has only the result.
import { createInterface, type Interface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { CliError, exitCodes } from '../cli-error.ts';

/** One of several answers. */
export interface Choice<Value extends string> {
  readonly value: Value;
  readonly title: string;
}

type FindFault = (answer: string) => Promise<string | undefined>;

/** Asks one question after the other. Each rejects with `stopped` on Ctrl-C and at the end of the input. */
export interface Questions {
  /** A line of text. `findFault` says what is wrong with it; then the question is asked again. */
  text(question: string, preset: string, findFault: FindFault): Promise<string>;
  /** One of `choices`, by its number or its value. */
  choose<Value extends string>(question: string, choices: readonly Choice<Value>[], preset: Value): Promise<Value>;
  close(): void;
}

/** Opens the terminal, or other streams in tests. */
export function openQuestions(
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Questions {
  const terminal = createInterface({ input, output });
  const stopped = untilStopped(terminal);
  const write = (text: string) => void output.write(`${text}\n`);
  const read = async (prompt: string, preset: string) => {
    const answer = await Promise.race([terminal.question(prompt), stopped]);
    return answer.normalize('NFC').trim() || preset;
  };
  return {
    async text(question, preset, findFault) {
      for (;;) {
        const answer = await read(`${bold(question)}${preset === '' ? '' : ` [${preset}]`}: `, preset);
        const fault = await findFault(answer);
        if (fault === undefined) return answer;
        write(fault);
      }
    },
    async choose(question, choices, preset) {
      write(bold(question));
      for (const [at, { title }] of choices.entries()) write(`  ${at + 1}  ${title}`);
      const number = String(choices.findIndex(({ value }) => value === preset) + 1);
      for (;;) {
        const answer = await read(`Number [${number}]: `, number);
        const found = choices.find(({ value }, at) => answer === String(at + 1) || answer.toLowerCase() === value);
        if (found !== undefined) return found.value;
        write(`Type a number from 1 to ${choices.length}.`);
      }
    },
    close: () => terminal.close(),
  };
}

/** Rejects on Ctrl-C, which readline otherwise only closes, and at the end of the input. */
function untilStopped(terminal: Interface): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new CliError(exitCodes.failure, 'stopped', 'stopped: nothing was written'));
  terminal.on('SIGINT', stop).on('close', stop);
  // No question may be waiting when the terminal is closed.
  promise.catch(() => undefined);
  return promise;
}

function bold(text: string): string {
  return styleText('bold', text, { stream: process.stderr });
}
