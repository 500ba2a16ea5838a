// Installs what package-lock.json describes and finds the pinned Node.js. Runs on Node.js 20 or newer without any
// package.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const binFolder = join(root, 'node_modules', '.bin');
const stampFile = join(root, 'node_modules', '.miftah-setup.json');
const heartbeatMs = 1_000;
const staleAfterMs = 10_000;
const oldestUsable = [22, 18];

/** The set-up failed. The message is one line, or npm's output, and names the fix. */
export class SetUpError extends Error {}

/**
 * Makes sure that the packages of package-lock.json are installed, and resolves to the path of the Node.js that runs
 * Miftah.
 *
 * Does nothing if the last set-up used the same lock file. Safe to call from several processes at once: one installs,
 * the others wait. Unless `quiet`, says on stderr what it does and how long it took. Throws a `SetUpError`.
 */
export async function ensureSetUp({ quiet = false } = {}) {
  const wanted = createHash('sha256').update(readPackages()).digest('hex');
  const stamp = readStamp(wanted) ?? (await whileLocked('setup', () => readStamp(wanted) ?? install(wanted, quiet)));
  return stamp.node === null ? currentNode() : join(root, stamp.node);
}

/**
 * Runs a tool, a package's bin or a script, with the environment of every child: the pinned Node.js is first on the
 * PATH. Resolves to the exit code and, unless `inherit`, the output. A missing command resolves to code 127.
 */
export function run(command, args, { inherit = false, env = childEnvironment() } = {}) {
  return new Promise((done) => {
    let output = '';
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ['ignore', inherit ? 'inherit' : 'pipe', inherit ? 'inherit' : 'pipe'],
      shell: process.platform === 'win32' && command === 'npm',
    });
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout?.setEncoding('utf8').on('data', collect);
    child.stderr?.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => done({ code: error.code === 'ENOENT' ? 127 : 126, output: error.message }));
    child.on('close', (code, signal) => done({ code: code ?? 128 + constants.signals[signal], output }));
    stopWith(child);
  });
}

/**
 * Runs npm with the system's Node.js, because npm replaces the folder of the pinned one. The result is that of `run`.
 */
export function runNpm(args) {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => resolve(folder) !== binFolder);
  return run('npm', args, { env: { ...process.env, PATH: path.join(delimiter) } });
}

/**
 * Sets up, then replaces this process by the pinned Node.js with the arguments; its exit code is the result. Never
 * resolves. If the set-up fails, prints one line and exits with 1.
 */
export async function runNode(args, { quiet = false, cwd = root } = {}) {
  const node = await ensureSetUp({ quiet }).catch(exitWith);
  process.chdir(cwd);
  // After replacement no parent process could swallow a signal. Node 20 and Windows lack this call.
  if (process.execve && process.platform !== 'win32') {
    process.removeAllListeners('warning');
    process.execve(node, [node, ...args], childEnvironment());
  }
  const child = spawn(node, args, { stdio: 'inherit', env: childEnvironment() });
  stopWith(child);
  child.on('error', exitWith);
  child.on('close', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
  return new Promise(() => {});
}

/** Prints the failure and exits with 1. Prints a stack only for an error that is no `SetUpError` and has no code. */
export function exitWith(error) {
  process.stderr.write(`${error instanceof SetUpError || error.code ? error.message : error.stack}\n`);
  process.exit(1);
}

/** Time since `sinceMs`, a value of `performance.now()`, for people: `0.42 s`, `12.3 s`. */
export function elapsed(sinceMs) {
  const seconds = (performance.now() - sinceMs) / 1_000;
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

/** The environment of every child process: the pinned Node.js comes first on the PATH. */
export function childEnvironment() {
  const { PATH = '' } = process.env;
  return PATH.split(delimiter)[0] === binFolder ? process.env : { ...process.env, PATH: binFolder + delimiter + PATH };
}

/**
 * Stops the child when this process gets a signal, and keeps this process until the child ends.
 *
 * A terminal sends Ctrl-C to the whole foreground group. So the child has it already, and a second one would cut its
 * drain short.
 */
export function stopWith(child) {
  const forward = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const ignore = () => {};
  for (const signal of signals) process.once(signal, forward).on(signal, ignore);
  child.on('close', () => {
    for (const signal of signals) process.off(signal, forward).off(signal, ignore);
  });
}

/** The text of the lock file without Miftah's own version: a release installs nothing anew. */
function readPackages() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  lock.version = undefined;
  lock.packages[''].version = undefined;
  return JSON.stringify(lock);
}

function readStamp(wanted) {
  try {
    const stamp = JSON.parse(readFileSync(stampFile, 'utf8'));
    return stamp.lock === wanted && (stamp.node === null || existsSync(join(root, stamp.node))) ? stamp : undefined;
  } catch {
    return undefined;
  }
}

async function install(wanted, quiet) {
  // npm would empty the folder behind the link while others use it.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new SetUpError(
      'node_modules is a symbolic link to a folder that does not match package-lock.json: ' +
        'remove the link and run the command again.',
    );
  }
  const startedMs = performance.now();
  if (!quiet) process.stderr.write('Setting up: installing the packages of package-lock.json … ');
  // No package runs its install scripts. In .npmrc, this setting would also stop the build of `npm pack`.
  // `--include`: NODE_ENV=production or a user's npm settings would omit the tools and the pinned Node.js.
  const npm = await runNpm(['ci', '--ignore-scripts', '--loglevel=error', '--include=dev', '--include=optional']);
  if (npm.code !== 0) {
    if (!quiet) process.stderr.write('failed\n');
    throw new SetUpError(explainFailure(npm));
  }
  const stamp = { lock: wanted, node: await pinnedNode() };
  writeFileSync(stampFile, JSON.stringify(stamp));
  if (!quiet) process.stderr.write(`${elapsed(startedMs)}\n`);
  return stamp;
}

function explainFailure({ code, output }) {
  if (code === 127) return 'npm was not found on the PATH: install Node.js from https://nodejs.org, which brings npm.';
  if (code === 130 || code === 143 || /^npm error signal SIG/m.test(output))
    return 'The set-up was interrupted: run the command again.';
  // npm prints the cause first. A page of usage may follow.
  const cause = output.split('\n').filter((line) => /^npm error (?! *at )./.test(line));
  const reason = cause.slice(0, 8).join('\n') || output.trimEnd();
  return `The packages could not be installed (npm ci ended with ${code}). npm said:\n${reason}`;
}

// Runs it instead of checking that it exists: on a Linux without glibc the binary exists and does not start.
async function pinnedNode() {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'tools', 'node', 'package.json'), 'utf8'));
  const platform = `-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const name = Object.keys(optionalDependencies).find((candidate) => candidate.endsWith(platform));
  if (name === undefined) return null;
  const node = join('node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const { code, output } = await run(join(root, node), ['--version']);
  return code === 0 && output.trim() === `v${optionalDependencies[name]}` ? node : null;
}

function currentNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestUsable[0] || (major === oldestUsable[0] && minor >= oldestUsable[1])) return process.execPath;
  throw new SetUpError(
    `npm has no Node.js 26 for ${process.platform}-${process.arch}, and this is Node.js ${process.versions.node}: ` +
      `install Node.js 26 (or at least ${oldestUsable.join('.')}) from https://nodejs.org.`,
  );
}

/** Runs `work` while no other process runs work of that name. */
export async function whileLocked(name, work) {
  // Outside of node_modules, because `npm ci` empties that folder.
  const lockFolder = join(root, '.cache', `${name}.lock`);
  mkdirSync(dirname(lockFolder), { recursive: true });
  while (!takeLock(lockFolder)) await new Promise((wake) => setTimeout(wake, 100));
  const release = () => rmSync(lockFolder, { recursive: true, force: true });
  const heartbeat = setInterval(() => utimesSync(lockFolder, new Date(), new Date()), heartbeatMs);
  process.on('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.off('exit', release);
    release();
  }
}

// The folder's age shows a dead owner. A process id does not: ids are reused, above all in containers.
function takeLock(lockFolder) {
  try {
    mkdirSync(lockFolder);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST')
      throw new SetUpError(`${lockFolder} cannot be created (${error.code}): make the checkout writable.`);
  }
  try {
    if (Date.now() - statSync(lockFolder).mtimeMs > staleAfterMs) {
      const grave = `${lockFolder}.${process.pid}.${Date.now()}`;
      renameSync(lockFolder, grave);
      rmSync(grave, { recursive: true, force: true });
    }
  } catch {
    // Its owner or another waiter removed it first.
  }
  return false;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ensureSetUp().catch(exitWith);
