// The programs that tests and benchmarks need from the system, and how they get there.
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { elapsed, SetUpError } from './setup.mjs';

/** What `npm test` needs, by the names of Debian's packages, which `commands` says more of. */
export const testPackages = [
  'curl',
  'postgresql',
  'redis-server',
  'pgbouncer',
  'faketime',
  'chromium',
  'haproxy',
  'lighttpd',
  'nginx',
  'php-cgi',
  'python3',
];

/** What `npm run bench` needs: the load generator and the peers that Miftah is measured beside. */
export const benchPackages = ['wrk', 'nginx', 'haproxy', 'caddy', 'postgresql', 'redis-server'];

/** What a package brings, where that is not a command of its own name. */
const commands = { postgresql: 'postgres' };

const servicePolicy = '/usr/sbin/policy-rc.d';

/**
 * Makes sure that each command is there. Where this is root on a system with apt, it installs what is missing and starts no service;
 * elsewhere it throws a `SetUpError` that says what to install.
 */
export async function ensureSystemPackages(names) {
  const missing = names.filter((name) => !hasCommand(commands[name] ?? name));
  if (missing.length === 0) return;
  const list = missing.join(' ');
  if (process.getuid?.() !== 0 || !hasCommand('apt-get')) {
    const installer =
      process.platform === 'darwin' ? 'brew install' : hasCommand('apt-get') ? 'sudo apt-get install' : 'install';
    throw new SetUpError(`Missing on this system: ${list}. To go on: ${installer} ${list}`);
  }
  const startedMs = performance.now();
  process.stderr.write(`Setting up: installing ${list} with apt-get … `);
  withoutServices(() => {
    runApt(['update', '-qq']);
    runApt(['install', '-y', '-qq', '--no-install-recommends', ...missing]);
  });
  process.stderr.write(`${elapsed(startedMs)}\n`);
}

// Servers are packaged with a folder that is not on every user's PATH; PostgreSQL with one for each version.
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

// Debian starts a server as soon as it is installed, unless this file answers 101 (invoke-rc.d(8)). One that exists already is respected.
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
  throw new SetUpError(`apt-get ${args[0]} failed (${status}). The end of what it said:\n${end}`);
}
