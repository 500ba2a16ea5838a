// The system programs that tests and benchmarks need, and their installation.
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { elapsed, SetUpError } from './setup.mjs';

/** Debian packages that `npm test` needs. `commands` has the command of a package with another name. */
export const testPackages = [
  'apache2',
  'curl',
  'postgresql',
  'redis-server',
  'rsyslog',
  'rsyslog-gnutls',
  'sqlite3',
  'pgbouncer',
  'faketime',
  'chromium-headless-shell',
  'caddy',
  'haproxy',
  'lighttpd',
  'logrotate',
  'lua-socket',
  'nginx',
  'php-cgi',
  'php-cli',
  'python3',
  'python3-jwt',
  'python3-cryptography',
  'python3-grpcio',
  'python3-protobuf',
  'zsh',
  'fish',
  'systemd',
];

/** Packages that `npm run test:languages` needs. `npm test` goes without Go and Java, which are large. */
export const languagePackages = [
  'php-cli',
  'python3',
  'python3-jwt',
  'python3-cryptography',
  'golang-go',
  'default-jdk-headless',
];

/** Packages that `npm run test:image` needs. */
export const imagePackages = ['buildah', 'podman', 'crun', 'mmdebstrap'];

/** What `npm run test:operator` needs: an empty Debian, and a machine to run it in. */
export const operatorPackages = ['mmdebstrap', 'systemd-container', 'xz-utils'];

/** What `npm run test:alerts` needs: promtool, and an Alertmanager that gets alerts. */
export const alertPackages = ['prometheus', 'prometheus-alertmanager'];

/** Packages that `npm run bench` needs: the load generator and the peers. */
export const benchPackages = ['wrk', 'nginx', 'haproxy', 'caddy', 'postgresql', 'redis-server'];

/** The command of a package, if its name differs. */
const commands = {
  postgresql: 'postgres',
  rsyslog: 'rsyslogd',
  'php-cli': 'php',
  'golang-go': 'go',
  'default-jdk-headless': 'javac',
  systemd: 'systemd-analyze',
  'systemd-container': 'systemd-nspawn',
  'xz-utils': 'xz',
  prometheus: 'promtool',
};

/** The module of a package for the system's Python, which has no command. */
const pythonModules = {
  'python3-jwt': 'jwt',
  'python3-cryptography': 'cryptography',
  'python3-grpcio': 'grpc',
  'python3-protobuf': 'google.protobuf',
};

/** Where a file of a package without a command can be. */
const files = {
  'lua-socket': ['/usr/share/lua/5.3/socket/http.lua'],
  // The folder of the system's architecture.
  'rsyslog-gnutls': ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/rsyslog/lmnsd_gtls.so`),
};

const servicePolicy = '/usr/sbin/policy-rc.d';

/** A slower command for the same work, if a package is not available. */
const substitutes = { 'chromium-headless-shell': 'chromium' };

/**
 * Makes sure that each command or its substitute exists. As root on a system with apt, it installs missing packages and starts no
 * service. Elsewhere it throws a `SetUpError` that says what to install.
 */
export async function ensureSystemPackages(names) {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  try {
    install(missing);
  } catch (error) {
    if (!missing.every((name) => name in substitutes && hasCommand(substitutes[name]))) throw error;
  }
}

function isInstalled(name) {
  if (name in files) return files[name].some(existsSync);
  const module = pythonModules[name];
  if (module === undefined) return hasCommand(commands[name] ?? name);
  return spawnSync('/usr/bin/python3', ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;
}

function install(missing) {
  const list = missing.join(' ');
  if (process.getuid?.() !== 0 || !hasCommand('apt-get')) {
    const installer =
      process.platform === 'darwin' ? 'brew install' : hasCommand('apt-get') ? 'sudo apt-get install' : 'install';
    throw new SetUpError(`Missing on this system: ${list}. Install them with: ${installer} ${list}`);
  }
  const startedMs = performance.now();
  process.stderr.write(`Setting up: installing ${list} with apt-get … `);
  withoutServices(() => {
    runApt(['update', '-qq']);
    runApt(['install', '-y', '-qq', '--no-install-recommends', ...missing]);
  });
  process.stderr.write(`${elapsed(startedMs)}\n`);
}

// Some server programs are in a folder that is not on every user's PATH. PostgreSQL has a folder for each version.
function hasCommand(name) {
  const postgres = '/usr/lib/postgresql';
  const versions = existsSync(postgres) ? readdirSync(postgres) : [];
  const ofPostgres = versions.map((version) => join(postgres, version, 'bin'));
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', ...ofPostgres];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

// Debian starts a server on installation unless this file exits with 101 (invoke-rc.d(8)). Keeps an existing file.
function withoutServices(work) {
  const isOurs = !existsSync(servicePolicy);
  if (isOurs) {
    writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n');
    chmodSync(servicePolicy, 0o755);
  }
  try {
    work();
  } finally {
    if (isOurs) rmSync(servicePolicy, { force: true });
  }
}

function runApt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const { status, stdout, stderr } = spawnSync('apt-get', args, { encoding: 'utf8', env });
  if (status === 0) return;
  const end = `${stdout}${stderr}`.trimEnd().split('\n').slice(-10).join('\n');
  throw new SetUpError(`apt-get ${args[0]} failed (${status}). The end of its output:\n${end}`);
}
