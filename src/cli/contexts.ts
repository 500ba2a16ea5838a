// Contexts: servers by name, each with its address and the place of its token. The files are in the user's own
// configuration folder. No file has a token, except one that `miftah context add` was given on standard input.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { CliError, exitCodes } from './cli-error.ts';

/** Where the token of a context is. */
export type TokenPlace = { readonly tokenFile: string } | { readonly tokenVariable: string };

/** A server by name. */
export type Context = TokenPlace & {
  readonly name: string;
  /** The origin of its internal listener. */
  readonly url: string;
  /** Whether the token may travel unencrypted to another machine. */
  readonly allowsHttp: boolean;
};

/** The context that stands for no context: the server of MIFTAH_URL, MIFTAH_TOKEN and the data folder. */
export const noContext = 'default';

/** Where a choice of a context came from. */
export type ContextOrigin = '--context' | 'MIFTAH_CONTEXT' | 'miftah context use';

/** The folder with contexts, stored tokens and the current choice (XDG Base Directory Specification). */
function configFolder(): string {
  const named = process.env.XDG_CONFIG_HOME ?? '';
  return join(isAbsolute(named) ? named : join(homedir(), '.config'), 'miftah');
}

const nameForm = /^[a-z0-9][a-z0-9._-]{0,39}$/i;

/** Throws `context_name_invalid` unless the text can name a context. */
export function checkName(name: string): void {
  if (nameForm.test(name) && name !== noContext) return;
  throw new CliError(
    exitCodes.usage,
    'context_name_invalid',
    name === noContext ? `${noContext} stands for no context` : 'this is not the name of a context',
    'Use 1 to 40 letters, digits, dots, underscores and hyphens, and begin with a letter or digit.',
  );
}

/** Where the token of a context is kept if `miftah context add` was given it. */
export function storedTokenFile(name: string): string {
  return join(configFolder(), 'tokens', name);
}

/** The names of all contexts, in order. */
export function listContextNames(): readonly string[] {
  const files = readIfThere(() => readdirSync(contextFolder())) ?? [];
  return files.flatMap((file) => (file.endsWith('.json') ? file.slice(0, -5) : [])).toSorted();
}

/** The context of that name. Throws a `CliError` if there is none, or its file can't be trusted. */
export function readContext(name: string): Context {
  checkName(name);
  const file = contextFile(name);
  const text = readPrivately(file);
  if (text === undefined) {
    const names = listContextNames();
    throw new CliError(
      exitCodes.notFound,
      'context_not_found',
      `no context has the name ${name}`,
      names.length === 0 ? 'Add one: miftah context add --help.' : `Use one of: ${names.join(', ')}.`,
    );
  }
  const context = parseContext(name, text);
  if (context !== undefined) return context;
  throw new CliError(
    exitCodes.failure,
    'context_damaged',
    `${file} is not a context`,
    `Remove it: miftah context remove ${name}. Then add the context again.`,
  );
}

/** Writes a context, readable only by this user. */
export function writeContext({ name, ...content }: Context): void {
  writePrivately(contextFile(name), `${JSON.stringify(content)}\n`);
}

/** Writes a token to the file of `storedTokenFile`, readable only by this user. */
export function storeToken(name: string, token: string): void {
  writePrivately(storedTokenFile(name), `${token}\n`);
}

/** Removes the token that `storeToken` wrote, if there is one. */
export function forgetToken(name: string): void {
  rmSync(storedTokenFile(name), { force: true });
}

/** Removes a context, and its token if Miftah stored it. If it was the current one, no context is current. */
export function removeContext(name: string): void {
  if (readCurrentName() === name) writeCurrentName(noContext);
  forgetToken(name);
  rmSync(contextFile(name), { force: true });
}

/** The name that `miftah context use` stored. `undefined`: none. */
export function readCurrentName(): string | undefined {
  const name = readPrivately(currentFile())?.trim();
  return name === '' || name === noContext ? undefined : name;
}

/** Stores the name of the current context. `noContext`: none. */
export function writeCurrentName(name: string): void {
  if (name === noContext) rmSync(currentFile(), { force: true });
  else writePrivately(currentFile(), `${name}\n`);
}

/** The variables that name a server or a token without a context. */
export const plainVariables = [
  'MIFTAH_URL',
  'MIFTAH_TOKEN',
  'MIFTAH_DATA',
  'MIFTAH_OPERATOR_TOKEN',
  'MIFTAH_OPERATOR_TOKEN_FILE',
] as const;

/** The options that choose a server. */
export interface ServerChoice {
  readonly context?: string | undefined;
  readonly url?: string | undefined;
  readonly data?: string | undefined;
}

/**
 * The context of a command, with the place that chose it: `--context`, else MIFTAH_CONTEXT, else the current one.
 * `undefined`: none, because `--url`, `--data` or one of `plainVariables` comes before it, or none is current. Throws a
 * `CliError` if a context and an address are both given at the same place, because a command must not guess its server.
 */
export function chooseContext({
  context: named,
  url,
  data,
}: ServerChoice): { name: string; from: ContextOrigin } | undefined {
  const plainOption = url !== undefined ? '--url' : data !== undefined ? '--data' : undefined;
  if (named !== undefined) {
    if (plainOption !== undefined) throw conflict('--context', plainOption);
    return named === noContext ? undefined : { name: named, from: '--context' };
  }
  if (plainOption !== undefined) return undefined;
  const ofEnvironment = process.env.MIFTAH_CONTEXT ?? '';
  const plainVariable = plainVariables.find((name) => (process.env[name] ?? '') !== '');
  if (ofEnvironment !== '' && ofEnvironment !== noContext) {
    if (plainVariable !== undefined) throw conflict('MIFTAH_CONTEXT', plainVariable);
    return { name: ofEnvironment, from: 'MIFTAH_CONTEXT' };
  }
  if (ofEnvironment === noContext || plainVariable !== undefined) return undefined;
  const current = readCurrentName();
  return current === undefined ? undefined : { name: current, from: 'miftah context use' };
}

/** Whether commands without options may use a context. */
export function isContextChosen(): boolean {
  return (process.env.MIFTAH_CONTEXT || (readCurrentName() ?? noContext)) !== noContext;
}

function conflict(context: string, other: string): CliError {
  return new CliError(
    exitCodes.usage,
    'context_conflict',
    `${context} and ${other} both choose a server`,
    'Use one of them: a context has an address and a token of its own.',
  );
}

/** Throws `http_refused` if the token would travel unencrypted to another machine, and the context does not allow it. */
export function checkTransport({ url, allowsHttp }: Pick<Context, 'url' | 'allowsHttp'>): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || allowsHttp || isLoopback(hostname)) return;
  throw new CliError(
    exitCodes.usage,
    'http_refused',
    `${url} is another machine, and http sends the token to it unencrypted`,
    'Use https, or a tunnel such as ssh -L 4101:127.0.0.1:4101 HOST. In a network that you trust, add --allow-http.',
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\./.test(hostname);
}

function contextFolder(): string {
  return join(configFolder(), 'contexts');
}

function contextFile(name: string): string {
  return join(contextFolder(), `${name}.json`);
}

function currentFile(): string {
  return join(configFolder(), 'current-context');
}

function parseContext(name: string, text: string): Context | undefined {
  let content: Partial<Record<string, unknown>>;
  try {
    content = JSON.parse(text) as typeof content;
  } catch {
    return undefined;
  }
  const { url, tokenFile, tokenVariable, allowsHttp } = content ?? {};
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined;
  const server = { name, url, allowsHttp: allowsHttp === true };
  if (typeof tokenFile === 'string') return { ...server, tokenFile };
  return typeof tokenVariable === 'string' ? { ...server, tokenVariable } : undefined;
}

/** `undefined`: no such file. Throws a `CliError` if other users could have changed it. */
function readPrivately(file: string): string | undefined {
  return readIfThere(() => {
    if (process.platform !== 'win32' && (statSync(file).mode & 0o022) !== 0) {
      throw new CliError(
        exitCodes.failure,
        'context_exposed',
        `other users can write ${file}, and could send your token to a server of theirs`,
        `Check its content, then run chmod 600 ${file}`,
      );
    }
    return readFileSync(file, 'utf8');
  });
}

function readIfThere<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw explainFile(error, 'file_unreadable', 'read');
  }
}

/** A failure of the file system, in words. Any other error comes back unchanged. */
function explainFile(
  error: unknown,
  failure: 'file_unreadable' | 'file_unwritable',
  verb: 'read' | 'written',
): unknown {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const fix = `Give this user access to ${configFolder()}.`;
  return new CliError(exitCodes.failure, failure, `${path} cannot be ${verb} (${code})`, fix, { cause: error });
}

function writePrivately(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // A file that exists keeps its mode, so it is replaced.
    rmSync(file, { force: true });
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw explainFile(error, 'file_unwritable', 'written');
  }
}
