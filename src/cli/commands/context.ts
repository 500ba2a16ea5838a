// `miftah context`: servers by name, so that commands need neither an address nor a token.
import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { tokenPrefix } from '../../domain/token.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import {
  type Context,
  checkName,
  checkTransport,
  chooseContext,
  forgetToken,
  listContextNames,
  noContext,
  plainVariables,
  readContext,
  readCurrentName,
  removeContext,
  storedTokenFile,
  storeToken,
  type TokenPlace,
  writeContext,
  writeCurrentName,
} from '../contexts.ts';
import { checkToken, readOrigin } from '../internal-client.ts';
import { type ListView, printList } from '../list.ts';
import { addExample } from '../options.ts';
import { fields, type OutputOptions, printResult } from '../output.ts';
import { readSecret } from '../secret-input.ts';

interface AddOptions extends OutputOptions {
  readonly url: string;
  readonly tokenFile?: string;
  readonly tokenEnv?: string;
  readonly tokenStdin?: true;
  readonly allowHttp?: true;
  readonly force?: true;
}

export function addContext(program: Command): void {
  const contexts = program
    .command('context')
    .helpCommand(false)
    .description('contexts: servers by name, with the place of their tokens');
  addAdd(contexts);
  addList(contexts);
  addUse(contexts);
  addShow(contexts);
  addRemove(contexts);
}

function addOutputOptions(command: Command, quietly: string): Command {
  return command.option('--json', 'print one JSON document').option('-q, --quiet', `print only ${quietly}`);
}

function addAdd(contexts: Command): void {
  const others = (name: string) => ['tokenFile', 'tokenEnv', 'tokenStdin'].filter((each) => each !== name);
  const add = contexts
    .command('add')
    .description('add a context; name one place of its token')
    .argument('<name>', 'its name, such as prod')
    .requiredOption('--url <url>', 'URL of the internal listener')
    .addOption(new Option('--token-file <file>', 'file with the token').conflicts(others('tokenFile')))
    .addOption(
      new Option('--token-env <variable>', 'variable of the environment with the token').conflicts(others('tokenEnv')),
    )
    .addOption(
      new Option('--token-stdin', 'read the token from standard input, and store it readable only by you').conflicts(
        others('tokenStdin'),
      ),
    )
    .option('--allow-http', 'allow http to another machine, which sends the token unencrypted')
    .option('--force', 'replace the context if it exists')
    .action(async (name: string, options: AddOptions) => {
      checkName(name);
      checkPlace(options);
      const url = readOrigin(options);
      const allowsHttp = options.allowHttp === true;
      checkTransport({ url, allowsHttp });
      if (options.force !== true && listContextNames().includes(name)) {
        throw new CliError(
          exitCodes.usage,
          'context_exists',
          `a context has the name ${name}`,
          'Use another name, or add --force to replace it.',
        );
      }
      const context = { name, url, allowsHttp, ...(await placeToken(name, options)) };
      writeContext(context);
      printResult(
        options,
        describe(context),
        () => name,
        () =>
          `Added.\n\n${showContext(context)}\n\nUse it with --context ${name}, or always: miftah context use ${name}`,
      );
    });
  addExample(
    addOutputOptions(add, 'its name'),
    'miftah context add prod --url https://miftah.example.com --token-stdin < token.txt',
    'miftah context add staging --url https://staging.example.com --token-env STAGING_TOKEN',
    'miftah context add local --url http://127.0.0.1:4101 --token-file miftah-data/operator-token',
  );
}

/** The place of the token. Stores the token that is on standard input. */
async function placeToken(name: string, { tokenFile, tokenEnv, tokenStdin }: AddOptions): Promise<TokenPlace> {
  if (tokenStdin !== true) {
    if (tokenFile === undefined && tokenEnv === undefined) {
      throw badPlace('the place of the token is missing', 'Add --token-file, --token-env or --token-stdin.');
    }
    forgetToken(name);
    return tokenEnv === undefined ? { tokenFile: resolve(tokenFile as string) } : { tokenVariable: tokenEnv };
  }
  storeToken(name, checkToken(await readSecret('… --token-stdin < token.txt'), 'standard input'));
  return { tokenFile: storedTokenFile(name) };
}

/** Throws `usage` for a place that can't be one. The text may be a token, so it is not repeated. */
function checkPlace({ tokenFile, tokenEnv }: AddOptions): void {
  const isToken = [basename(tokenFile ?? ''), tokenEnv].some((text) => text?.startsWith(tokenPrefix));
  if (isToken) throw badPlace('a token was given in place of its file or variable', 'Use --token-stdin < token.txt.');
  if (tokenEnv === undefined) return;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(tokenEnv)) {
    throw badPlace('--token-env is not the name of a variable', 'Use a name such as PROD_TOKEN.');
  }
  if ((plainVariables as readonly string[]).includes(tokenEnv)) {
    throw badPlace(`${tokenEnv} chooses a server without a context`, 'Use another variable, such as PROD_TOKEN.');
  }
}

function badPlace(message: string, fix: string): CliError {
  return new CliError(exitCodes.usage, 'usage', message, fix);
}

function addList(contexts: Command): void {
  const list = contexts
    .command('list')
    .description('list contexts by name')
    .action(async (options: OutputOptions) => {
      const data = listContextNames().map((name) => describe(readContext(name)));
      await printList(options, async () => ({ data, nextCursor: null }), contextView);
    });
  addExample(addOutputOptions(list, 'their names'), 'miftah context list');
}

function addUse(contexts: Command): void {
  const use = contexts
    .command('use')
    .description('make a context the current one: commands use it from now on')
    .argument('<name>', `its name; ${noContext} for no context`)
    .action((name: string, options: OutputOptions) => {
      if (name !== noContext) readContext(name);
      writeCurrentName(name);
      printResult(
        options,
        { current: name === noContext ? null : name },
        () => name,
        () => (name === noContext ? 'No context is current.' : `The current context is ${name}.`),
      );
    });
  addExample(addOutputOptions(use, 'its name'), 'miftah context use prod', `miftah context use ${noContext}`);
}

function addShow(contexts: Command): void {
  const show = contexts
    .command('show')
    .description('show a context and the place of its token, never the token')
    .argument('[name]', 'its name (default: the one that commands use)')
    .action((named: string | undefined, options: OutputOptions) => {
      const chosen = named === undefined ? chooseContext({}) : undefined;
      const name = named ?? chosen?.name;
      if (name === undefined) {
        printResult(
          options,
          { name: noContext },
          () => noContext,
          () => 'No context is used: commands take MIFTAH_URL, MIFTAH_TOKEN and the data folder.',
        );
        return;
      }
      const context = readContext(name);
      printResult(
        options,
        describe(context),
        () => name,
        () => showContext(context, chosen?.from),
      );
    });
  addExample(addOutputOptions(show, 'its name'), 'miftah context show', 'miftah context show prod');
}

function addRemove(contexts: Command): void {
  const remove = contexts
    .command('remove')
    .description('remove a context, and its token if Miftah stored it; the server keeps the token')
    .argument('<name>', 'its name')
    .action((name: string, options: OutputOptions) => {
      checkName(name);
      if (!listContextNames().includes(name)) readContext(name);
      removeContext(name);
      printResult(
        options,
        { removed: name },
        () => name,
        () => `Removed ${name}. To end its token: miftah tokens revoke TOKEN_ID.`,
      );
    });
  addExample(addOutputOptions(remove, 'its name'), 'miftah context remove staging');
}

interface DescribedContext {
  readonly name: string;
  readonly url: string;
  readonly token: { readonly file: string } | { readonly variable: string };
  readonly allowsHttp: boolean;
  readonly isCurrent: boolean;
}

/** A context as `--json` prints it, without its token. */
function describe(context: Context): DescribedContext {
  const { name, url, allowsHttp } = context;
  const token = 'tokenFile' in context ? { file: context.tokenFile } : { variable: context.tokenVariable };
  return { name, url, token, allowsHttp, isCurrent: readCurrentName() === name };
}

const contextView: ListView<DescribedContext, unknown> = {
  head: ['NAME', 'URL', 'TOKEN', ''],
  cells: ({ name, url, token, isCurrent }) => [name, url, showPlace(token), isCurrent ? 'current' : ''],
  word: ({ name }) => name,
  empty: 'No contexts yet. Add one with miftah context add.',
};

function showPlace(token: DescribedContext['token']): string {
  return 'file' in token ? token.file : `variable ${token.variable}`;
}

function showContext(context: Context, from?: string): string {
  const { name, url, token, allowsHttp } = describe(context);
  return fields([
    ['name', name],
    ['url', allowsHttp && url.startsWith('http:') ? `${url} (unencrypted)` : url],
    ['token', showPlace(token)],
    ['chosen by', from],
  ]);
}
