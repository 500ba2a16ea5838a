// What can follow on the command line, read from the commands of the program.
import type { Argument, Command, Option } from 'commander';

/** What a value can be. `apis` and `orgs` are asked of the server; `contexts` are files. */
export type Values =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'files' | 'contexts' | 'apis' | 'orgs' | 'any' };

/** A word with its description. */
export interface Described {
  readonly name: string;
  readonly description: string;
}

/** An option: `-q` and `--quiet`. `values`: what follows it; `undefined`: nothing does. */
export interface OptionSpec {
  readonly short: string | undefined;
  readonly long: string;
  readonly description: string;
  readonly values: Values | undefined;
}

/** A command by its words: `keys list`. Empty: the program itself. */
export interface CommandSpec {
  readonly words: string;
  readonly commands: readonly Described[];
  readonly options: readonly OptionSpec[];
  /** What its first argument can be. */
  readonly argument: Values | undefined;
}

/** All commands of `program`, itself first. */
export function listSpecs(program: Command): readonly CommandSpec[] {
  return specsBelow(program, []);
}

function specsBelow(command: Command, words: readonly string[]): readonly CommandSpec[] {
  const help = command.createHelp();
  const [argument] = command.registeredArguments;
  const isRemote = command.options.some(({ long }) => long === '--url');
  const commands = help.visibleCommands(command);
  const own: CommandSpec = {
    words: words.join(' '),
    commands: commands.map((each) => ({ name: each.name(), description: each.description() })),
    options: help.visibleOptions(command).map((option) => describeOption(option, isRemote)),
    argument: argument && valuesOfArgument(argument, words),
  };
  return [own, ...commands.flatMap((each) => specsBelow(each, [...words, each.name()]))];
}

function describeOption(option: Option, isRemote: boolean): OptionSpec {
  const { short, long, description, required, optional } = option;
  const takesValue = required || optional;
  return {
    short,
    long: long ?? '',
    description,
    values: takesValue ? valuesOfOption(option, isRemote) : undefined,
  };
}

function valuesOfOption({ long, flags, argChoices }: Option, isRemote: boolean): Values {
  if (argChoices !== undefined) return { kind: 'choices', choices: argChoices };
  if (long === '--context') return { kind: 'contexts' };
  if (/<(file|dir)>/.test(flags)) return { kind: 'files' };
  // Without a server, the ids are in a configuration, which may be anywhere.
  if (isRemote && long === '--api') return { kind: 'apis' };
  return isRemote && long === '--org' ? { kind: 'orgs' } : { kind: 'any' };
}

function valuesOfArgument(argument: Argument, [noun]: readonly string[]): Values {
  const { argChoices } = argument;
  const name = argument.name();
  if (argChoices !== undefined) return { kind: 'choices', choices: argChoices };
  if (noun === 'context' && name === 'name') return { kind: 'contexts' };
  if (name === 'org') return { kind: 'orgs' };
  return { kind: name === 'file' || name === 'profile' ? 'files' : 'any' };
}

/** The options of all commands that take a value, as they are typed. No name is a flag elsewhere. */
export function listValued(specs: readonly CommandSpec[]): readonly string[] {
  const valued = specs.flatMap(({ options }) => options.filter(({ values }) => values !== undefined));
  return [...new Set(valued.flatMap(namesOf))].toSorted();
}

/** `-q` and `--quiet` */
export function namesOf({ short, long }: OptionSpec): readonly string[] {
  return [short, long].filter((name) => name !== undefined && name !== '') as string[];
}
