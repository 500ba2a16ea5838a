// `npm run dev`: runs the server, which restarts when its sources change, and the console from Vite, which updates the
// open page. Arguments go to `miftah dev`, where the last one wins. `--console-port` is for Vite.
import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { childEnvironment, elapsed, ensureSetUp, exitWith, root, stopWith } from './setup.mjs';
import { toolPath } from './tool-path.mjs';

/** Editors write a file in several steps. */
const settleMs = 100;
const watched = ['src', 'examples'];

const args = process.argv.slice(2);
const consolePort = take('--console-port') ?? '5173';
const publicAddress = take('--public') ?? '127.0.0.1:4100';
const consoleUrl = `http://localhost:${consolePort}`;

const node = await ensureSetUp().catch(exitWith);
let isStopping = false;
let server;
let wantsRestart = false;
let settled;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
const watchers = watched.map((folder) =>
  watch(join(root, folder), { recursive: true }, (_, file) => noteChange(folder, file)),
);
const vite = start(
  [toolPath('vite'), join(root, 'console'), '--port', consolePort, '--strictPort', '--clearScreen', 'false'],
  { MIFTAH_DEV_SERVER: `http://${publicAddress}` },
);
vite.on('close', (code) => {
  if (isStopping) return;
  // Vite has printed the reason: its port is in use, or its configuration is broken.
  process.exitCode = code || 1;
  stop();
  server.kill();
});
say(`Console: ${consoleUrl}. An edit in console/src shows in the open page.`);
say(
  `Server: http://${publicAddress}. An edit in ${watched.join('/ or ')}/ restarts it; the data folder stays. ` +
    'Ctrl-C stops both.',
);
startServer();

function startServer() {
  const startedMs = performance.now();
  const isFirst = server === undefined;
  const flags = ['--config', 'examples/five-profiles/miftah.yaml', '--public', publicAddress, ...args];
  // Links and sign-in use the origin of the console in the browser. Errors show their stack.
  const env = { MIFTAH_PUBLIC__URL: consoleUrl, DEBUG: 'miftah' };
  // Hides the output of a restart, which is the same as at first.
  server = start(['src/cli/main.ts', 'dev', ...flags], env, isFirst ? 'inherit' : 'pipe');
  server.stdout?.once('data', () => say(`The server is ready again (${elapsed(startedMs)}).`)).resume();
  server.on('close', (code) => {
    if (isStopping) return;
    if (wantsRestart) startServer();
    else say(`The server ended with ${code}: edit a file to start it again, or press Ctrl-C.`);
    wantsRestart = false;
  });
}

function noteChange(folder, file) {
  if (isStopping || file === null || /[.]test[.]ts$/.test(file) || !/[.](ts|mjs|yaml)$/.test(file)) return;
  clearTimeout(settled);
  settled = setTimeout(() => restart(join(folder, file)), settleMs);
}

/** A second change while the server stops ends it at once, like a second signal. */
function restart(file) {
  say(`${file} changed: restarting the server.`);
  wantsRestart = server.exitCode === null && server.signalCode === null;
  if (wantsRestart) server.kill();
  else startServer();
}

function stop() {
  isStopping = true;
  clearTimeout(settled);
  for (const watcher of watchers) watcher.close();
}

function start(command, env, stdout = 'inherit') {
  const child = spawn(node, command, {
    cwd: root,
    env: { ...childEnvironment(), ...env },
    stdio: ['ignore', stdout, 'inherit'],
  });
  stopWith(child);
  return child.on('error', exitWith);
}

/** The value of the last such argument, which is removed. */
function take(name) {
  const at = args.lastIndexOf(name);
  return at === -1 ? undefined : args.splice(at, 2)[1];
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
