// The reference of the command line shows each command's help as printed.
import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { exitCodes } from '../../src/cli/cli-error.ts';
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

test('docs/reference/cli.md and the help have every exit code', () => {
  const table = reference.slice(
    reference.indexOf('| exit code | meaning'),
    reference.indexOf('| code | what happened'),
  );
  const explained = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  const codes = Object.values(exitCodes);
  expect(explained).toEqual(codes);
  const [, listed = ''] = /Exit codes: (.*)\.\n/.exec(helpOf(createProgram())) ?? [];
  expect(listed.split(', ').map((each) => Number(each.split(' ')[0]))).toEqual(codes);
});

test('an option has one form of its value in all commands', () => {
  const forms = new Map<string, Set<string>>();
  const options = commandsBelow(createProgram()).flatMap((command) => command.options);
  for (const { long, flags } of options) {
    const isFlag = !flags.includes('<');
    forms.set(long ?? flags, (forms.get(long ?? flags) ?? new Set()).add(isFlag ? 'flag' : 'value'));
  }
  // The shells' completion skips the value of an option wherever it stands.
  expect([...forms].filter(([, kinds]) => kinds.size > 1)).toEqual([]);
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
