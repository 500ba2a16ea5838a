// The reference of the command line shows every command's help as it is printed.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';

const reference = readFileSync(new URL('../../docs/reference/cli.md', import.meta.url), 'utf8');

function commandsBelow(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(commandsBelow);
}

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    ...command.configureOutput(),
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  return help.trimEnd();
}

test.for(
  commandsBelow(createProgram()).map((command) => [`${command.parent?.name()} ${command.name()}`, command] as const),
)('docs/reference/cli.md has the help of %s, with an example', ([, command]) => {
  const help = helpOf(command);
  expect(help).toMatch(/\nExamples?:\n {2}miftah /);
  expect(reference).toContain(`\`\`\`\n${help}\n\`\`\``);
});
