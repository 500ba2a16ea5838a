// Completion for zsh, with descriptions.
import { type CommandSpec, type Described, namesOf, type Values } from './command-specs.ts';
import { caseOf, formatOptionValues, formatWordLoop } from './word-loop.ts';

/** A script that defines the completion of `miftah` for zsh, as a file `_miftah` in `$fpath` or sourced. */
export function formatZsh(specs: readonly CommandSpec[]): string {
  return `#compdef miftah
# Completion of miftah for zsh, made by: miftah completion zsh
__miftah_contexts() {
  local -a files
  files=("\${XDG_CONFIG_HOME:-$HOME/.config}"/miftah/contexts/*.json(N:t:r))
  print -l -- $files
}

# Asks the server, by default for one second at most, and says nothing if it does not answer.
__miftah_ask() {
  MIFTAH_TIMEOUT=\${MIFTAH_TIMEOUT:-1} $words[1] \${context:+--context} \${context:+$context} "$@" -q 2>/dev/null </dev/null
}

_miftah() {
  local cmd='' option='' context='' word kind='' isBare=1
  local -a subs opts values
  for word in "\${(@)words[2,CURRENT-1]}"; do
${formatWordLoop(specs)}
  done
  case "$cmd" in
${specs.map(formatCommand).join('\n')}
  esac
  if [[ -n $option ]]; then
    subs=() opts=() values=() kind=''
    case "$cmd $option" in
${formatOptionValues(specs, formatValues)}
    esac
  elif [[ -z $isBare ]]; then
    values=() kind=''
  fi
  case "$kind" in
    contexts) values=(\${(f)"$(__miftah_contexts)"}) ;;
    apis) values=(\${(f)"$(__miftah_ask apis list)"}) ;;
    orgs) values=(\${(f)"$(__miftah_ask orgs list)"}) ;;
    files) _files ;;
  esac
  (( \${#subs} )) && _describe -t commands command subs
  (( \${#values} )) && compadd -a values
  [[ $PREFIX == -* ]] && _describe -o -t options option opts
  return 0
}

if [[ \${funcstack[1]} == _miftah ]]; then
  _miftah "$@"
else
  compdef _miftah miftah
fi
`;
}

function formatCommand({ words, commands, options, argument }: CommandSpec): string {
  const opts = options.flatMap((option) => namesOf(option).map((name) => ({ name, description: option.description })));
  const values = argument === undefined ? '' : ` ${formatValues(argument)}`;
  return [
    `    '${caseOf(words)}')`,
    `      subs=(${commands.map(formatDescribed).join(' ')})`,
    `      opts=(${opts.map(formatDescribed).join(' ')})${values} ;;`,
  ].join('\n');
}

function formatDescribed({ name, description }: Described): string {
  return `'${name}:${description.replaceAll("'", "'\\''").replaceAll(':', '\\:')}'`;
}

function formatValues(values: Values): string {
  return values.kind === 'choices' ? `values=(${values.choices.join(' ')})` : `kind=${values.kind}`;
}
