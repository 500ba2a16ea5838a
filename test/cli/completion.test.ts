// The scripts of `miftah completion` in the real shells: what they offer after each line.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { compileCacheDir } from '../compile-cache.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { runHere } from './in-process.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
let folder: string;
let server: TestServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), 'miftah-completion-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  // The command of the package, as a shell finds it.
  writeFileSync(join(bin, 'miftah'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 });
  env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    NODE_COMPILE_CACHE: compileCacheDir,
    // The shells ask the server for a second only, which a busy machine may need for itself.
    MIFTAH_TIMEOUT: '120',
    TERM: 'dumb',
    LC_ALL: 'C.UTF-8',
  };
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout, stderr } = await runHere(['completion', shell], { cwd: folder });
    expect([code, stderr]).toEqual([0, '']);
    writeFileSync(join(folder, shell === 'zsh' ? '_miftah' : `miftah.${shell}`), stdout);
  }
  const url = `http://127.0.0.1:${server.internalPort}`;
  const tokenFile = join(server.folder, 'data/operator-token');
  for (const name of ['prod', 'staging']) {
    const args = ['context', 'add', name, '--url', url, '--token-file', tokenFile];
    expect((await runHere(args, { cwd: folder, env })).code).toBe(0);
  }
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server[Symbol.asyncDispose]();
});

function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 240_000 });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
}

/** bash calls the function that `complete` names with the words of the line. */
const inBash = `
  source miftah.bash
  [[ $(complete -p miftah) == *'-F _miftah miftah' ]] || echo 'no completion'
  for line; do
    COMP_WORDS=($line)
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _miftah
    printf '[hit]%s\\n' "\${COMPREPLY[@]}"
    echo '[end]'
  done`;

const inFish = `
  source miftah.fish
  for line in $argv
    for hit in (complete -C $line)
      echo "[hit]"(string split -f 1 \\t -- $hit)
    end
    echo "[end]"
  end`;

/**
 * Types each line and a tab into an interactive zsh in a pseudo terminal. `compadd` is the builtin to which every
 * completion hands its matches.
 */
const inZsh = `
  zmodload zsh/zpty
  zpty z zsh -f -i
  read_until() { local out; while zpty -r z out; do print -r -- "$out"; [[ $out == *"$1"* ]] && break; done }
  zpty -w z 'PROMPT="" RPROMPT=""; unset zle_bracketed_paste; fpath=($PWD $fpath); autoload -U compinit; compinit -D -u'
  zpty -w z 'compadd() { local -a hits; if [[ "$*" != -[OAD]* ]]; then builtin compadd -O hits "$@"; print -rl -- "[""hit]"\${^hits}; fi; builtin compadd "$@" }'
  zpty -w z 'next() { BUFFER=""; print "[""end]" }; zle -N next; bindkey "^I" complete-word; bindkey "^E" next; print "[""ready]"'
  read_until '[ready]' > /dev/null
  for line; do
    zpty -w -n z "$line"$'\\t'
    zpty -w -n z $'\\x05'
    read_until '[end]'
  done
  zpty -d z`;

const nouns = createProgram().commands.map((command) => command.name());

/** What a shell must offer after a line, whose last word is incomplete or empty. */
const offers: Readonly<Record<string, readonly string[]>> = {
  'miftah ': nouns,
  'miftah ke': ['keys'],
  'miftah keys fi': ['find'],
  'miftah keys list --st': ['--status'],
  'miftah keys list --status ': ['active', 'disabled', 'expired', 'revoked'],
  'miftah keys list --api classic --env l': ['live'],
  'miftah completion ': ['bash', 'fish', 'zsh'],
  'miftah gateway snippet ha': ['haproxy'],
  'miftah --context ': ['prod', 'staging'],
  'miftah keys list --context st': ['staging'],
  'miftah context use p': ['prod'],
  'miftah --context prod orgs g': ['get'],
  'miftah --context prod keys list --api pal': ['palcards', 'palm', 'palpluss'],
  // A wrong context is no reason for an error in the middle of a line.
  'miftah --context nowhere keys list --api ': [],
};

test.each([
  ['bash', ['--norc', '-c', inBash, 'bash']],
  ['zsh', ['-f', '-c', inZsh, 'zsh']],
  ['fish', ['--no-config', '-c', inFish]],
] as const)('%s offers commands, options, choices, contexts and ids', async (shell, args) => {
  const org = await server.createOrg();
  const wanted = { ...offers, 'miftah --context prod orgs get org_': [org] };
  const output = await run(shell, [...args, ...Object.keys(wanted)]);
  const parts = output.split('[end]').slice(0, -1);
  const found = parts.map((part) => [
    ...new Set([...part.matchAll(/\[hit\]([^\r\n]+)/g)].map(([, hit]) => hit as string)),
  ]);
  expect(
    Object.fromEntries(Object.keys(wanted).map((line, at) => [line, found[at]?.toSorted()])),
    output,
  ).toMatchObject({
    ...Object.fromEntries(Object.entries(offers).map(([line, words]) => [line, words.toSorted()])),
    'miftah --context prod orgs get org_': expect.arrayContaining([org]),
  });
});
