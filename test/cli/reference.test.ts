// The reference of the command line shows each command's help as printed.
import { readdirSync, readFileSync } from 'node:fs';
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

test('docs/reference/cli.md explains every code of the command line, and nothing else', () => {
  const folder = new URL('../../src/cli/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const sources = files.map((name) => readFileSync(new URL(name, folder), 'utf8'));
  const used = sources.flatMap((text) =>
    [...text.matchAll(/(?:new CliError\(\s*exitCodes\.\w+,\s*|^ {2}code: )'([a-z_]+)'/gm)].map(([, code]) => code),
  );
  const table = reference.slice(reference.indexOf('| code | what happened'), reference.indexOf('`serve` drains'));
  const explained = [...table.matchAll(/^\| `([a-z_]+)`/gm)].map(([, code]) => code);
  expect(explained.toSorted()).toEqual([...new Set(used)].toSorted());
});
