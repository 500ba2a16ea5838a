// `miftah completion`: a script for a shell that completes commands, options and values.
import { Argument, type Command } from 'commander';
import { formatBash } from '../completion/bash.ts';
import { listSpecs } from '../completion/command-specs.ts';
import { formatFish } from '../completion/fish.ts';
import { formatZsh } from '../completion/zsh.ts';
import { addExample } from '../options.ts';

const formats = { bash: formatBash, zsh: formatZsh, fish: formatFish } as const;

const instructions = `
Install it, then start a new shell:
  bash  miftah completion bash > ~/.local/share/bash-completion/completions/miftah
  zsh   miftah completion zsh > ~/.zfunc/_miftah, with these lines in ~/.zshrc:
          fpath=(~/.zfunc $fpath)
          autoload -U compinit && compinit
  fish  miftah completion fish > ~/.config/fish/completions/miftah.fish
For this shell alone: source <(miftah completion bash)`;

export function addCompletion(program: Command): void {
  const completion = program
    .command('completion')
    .description('print a script that completes commands, options, contexts and ids in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(formats)))
    .action((shell: keyof typeof formats) => {
      process.stdout.write(formats[shell](listSpecs(program)));
    })
    .addHelpText('after', instructions);
  addExample(completion, 'miftah completion bash > ~/.local/share/bash-completion/completions/miftah');
}
