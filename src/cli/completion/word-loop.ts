// What the scripts for bash and zsh share: both read the words before the cursor in the same way.
import { type CommandSpec, listValued, namesOf, type Values } from './command-specs.ts';

/** The body of a loop over `word`. It sets `cmd`, `option`, `context`, and `isBare` to empty after an argument. */
export function formatWordLoop(specs: readonly CommandSpec[]): string {
  const known = specs.filter(({ words }) => words !== '').map(({ words }) => `' ${words}'`);
  // bash makes `=` a word of its own.
  return `    if [[ -n $option && $word == '=' ]]; then
      continue
    elif [[ -n $option ]]; then
      [[ $option == --context ]] && context=$word
      option=''
    elif [[ ' ${listValued(specs).join(' ')} ' == *" $word "* ]]; then
      option=$word
    elif [[ $word != -* ]]; then
      case "$cmd $word" in
        ${known.join(' | ')})
          cmd="$cmd $word" ;;
        *) isBare='' ;;
      esac
    fi`;
}

/** The cases of `"$cmd $option"`, each with the values that can follow the option. */
export function formatOptionValues(specs: readonly CommandSpec[], formatValues: (values: Values) => string): string {
  const cases = specs.flatMap(({ words, options }) =>
    options.flatMap((option) => {
      if (option.values === undefined || option.values.kind === 'any') return [];
      const names = namesOf(option).map((name) => `'${caseOf(words)} ${name}'`);
      return [`      ${names.join(' | ')}) ${formatValues(option.values)} ;;`];
    }),
  );
  return cases.join('\n');
}

/** A command as it stands in `cmd`. */
export function caseOf(words: string): string {
  return words === '' ? '' : ` ${words}`;
}
