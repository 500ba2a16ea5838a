// Completion for fish, with descriptions.
import { type CommandSpec, listValued, type OptionSpec, type Values } from './command-specs.ts';

/** A script that defines the completion of `miftah` for fish. */
export function formatFish(specs: readonly CommandSpec[]): string {
  const known = specs.filter(({ words }) => words !== '').map(({ words }) => quote(words));
  return `# Completion of miftah for fish, made by: miftah completion fish
function __miftah_contexts
    set -l folder $HOME/.config
    set -q XDG_CONFIG_HOME; and set folder $XDG_CONFIG_HOME
    for file in $folder/miftah/contexts/*.json
        string replace -r '^.*/(.*)\\.json$' '$1' -- $file
    end
end

# Prints the command of the line, and the number of its arguments and the context that it names.
function __miftah_line
    set -l cmd ''
    set -l option ''
    set -l context ''
    set -l count 0
    for word in (commandline -opc)[2..-1]
        if test -n "$option"
            test "$option" = --context; and set context $word
            set option ''
        else if contains -- $word ${listValued(specs).join(' ')}
            set option $word
        else if not string match -q -- '-*' $word
            if contains -- (string trim -- "$cmd $word") ${known.join(' ')}
                set cmd (string trim -- "$cmd $word")
            else
                set count (math $count + 1)
            end
        end
    end
    printf '%s\\n' $cmd $count $context
end

function __miftah_at
    set -l line (__miftah_line)
    test "$line[1]" = "$argv[1]"; and test $line[2] = 0 -o "$argv[2]" = anywhere
end

# Asks the server, by default for one second at most, and says nothing if it does not answer.
function __miftah_ask
    set -l context (__miftah_line)[3]
    set -lx MIFTAH_TIMEOUT (set -q MIFTAH_TIMEOUT; and echo $MIFTAH_TIMEOUT; or echo 1)
    if test -n "$context"
        miftah --context $context $argv -q 2>/dev/null </dev/null
    else
        miftah $argv -q 2>/dev/null </dev/null
    end
end

complete -c miftah -f
${specs.flatMap(formatCommand).join('\n')}
`;
}

function formatCommand({ words, commands, options, argument }: CommandSpec): readonly string[] {
  const here = `complete -c miftah -n ${quote(`__miftah_at ${quote(words)}`)}`;
  const anywhere = `complete -c miftah -n ${quote(`__miftah_at ${quote(words)} anywhere`)}`;
  return [
    ...commands.map(({ name, description }) => `${here} -a ${quote(name)} -d ${quote(description)}`),
    ...options.map((option) => `${anywhere} ${formatOption(option)} -d ${quote(option.description)}`),
    ...(argument === undefined || argument.kind === 'any' ? [] : [`${here} ${formatValues(argument)}`]),
  ];
}

function formatOption({ short, long, values }: OptionSpec): string {
  const names = [short && `-s ${short.slice(1)}`, long && `-l ${long.slice(2)}`].filter(Boolean).join(' ');
  if (values === undefined) return names;
  return values.kind === 'files' ? `${names} -r -F` : `${names} -x ${formatValues(values)}`.trimEnd();
}

function formatValues(values: Values): string {
  switch (values.kind) {
    case 'choices':
      return `-a ${quote(values.choices.join(' '))}`;
    case 'contexts':
      return "-a '(__miftah_contexts)'";
    case 'apis':
    case 'orgs':
      return `-a '(__miftah_ask ${values.kind} list)'`;
    case 'files':
      return '-F';
    case 'any':
      return '';
  }
}

/** In single quotes, where fish knows \\\\ and \\' only. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
