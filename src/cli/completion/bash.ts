// Completion for bash 3.2 and newer.
import { type CommandSpec, namesOf, type Values } from './command-specs.ts';
import { caseOf, formatOptionValues, formatWordLoop } from './word-loop.ts';

/** A script that defines the completion of `miftah` for bash. */
export function formatBash(specs: readonly CommandSpec[]): string {
  return `# Completion of miftah for bash, made by: miftah completion bash
__miftah_contexts() {
  local file
  for file in "\${XDG_CONFIG_HOME:-$HOME/.config}"/miftah/contexts/*.json; do
    [[ -e $file ]] && file=\${file##*/} && printf '%s\\n' "\${file%.json}"
  done
}

# Asks the server, by default for one second at most, and says nothing if it does not answer.
__miftah_ask() {
  MIFTAH_TIMEOUT=\${MIFTAH_TIMEOUT:-1} "\${COMP_WORDS[0]}" \${context:+--context "$context"} "$@" -q 2>/dev/null </dev/null
}

_miftah() {
  local cur=\${COMP_WORDS[COMP_CWORD]} cmd='' option='' context='' word at subs='' opts='' values='' kind='' isBare=1
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
${formatWordLoop(specs)}
  done
  [[ $cur == '=' ]] && cur=''
  case "$cmd" in
${specs.map(formatCommand).join('\n')}
  esac
  if [[ -n $option ]]; then
    subs='' opts='' values='' kind=''
    case "$cmd $option" in
${formatOptionValues(specs, formatValues)}
    esac
  elif [[ -z $isBare ]]; then
    values='' kind=''
  fi
  case "$kind" in
    contexts) values=$(__miftah_contexts) ;;
    apis) values=$(__miftah_ask apis list) ;;
    orgs) values=$(__miftah_ask orgs list) ;;
  esac
  local IFS=$' \\t\\n'
  [[ $cur == -* ]] || opts=''
  # Names of files are completed by readline, which quotes them.
  [[ $kind == files ]] || { type compopt && compopt +o default; } >/dev/null 2>&1
  COMPREPLY=($(compgen -W "$subs $opts $values" -- "$cur"))
}
complete -o default -F _miftah miftah
`;
}

function formatCommand({ words, commands, options, argument }: CommandSpec): string {
  const subs = commands.map(({ name }) => name).join(' ');
  const opts = options.flatMap(namesOf).join(' ');
  const values = argument === undefined ? '' : ` ${formatValues(argument)}`;
  return `    '${caseOf(words)}') subs='${subs}' opts='${opts}'${values} ;;`;
}

function formatValues(values: Values): string {
  return values.kind === 'choices' ? `values='${values.choices.join(' ')}'` : `kind=${values.kind}`;
}
