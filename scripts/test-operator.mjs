// `npm run test:operator`: follows docs/how-to/deploy/debian.md on an empty Debian, block by block, and compares what
// each block prints with the page. Prints every command and every line; ends with `N passed, N failed`. Needs root and
// systemd-nspawn. The machine has a network of its own without a way out, so its ports are no one else's.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { elapsed, ensureSetUp, exitWith, root, runNode, runNpm } from './setup.mjs';
import { ensureSystemPackages, operatorPackages } from './system-packages.mjs';

const node = await ensureSetUp().catch(exitWith);
// The blocks of the pages are read by TypeScript, which an older Node.js can't run.
if (realpathSync(process.execPath) !== realpathSync(node)) await runNode([import.meta.filename]);
await ensureSystemPackages(operatorPackages).catch(exitWith);
if (process.getuid() !== 0) exitWith(new Error('npm run test:operator needs root'));
const { blocksIn } = await import('../test/docs/blocks.ts');
const { comparable } = await import('../test/docs/shell.ts');

const page = 'docs/how-to/deploy/debian.md';
const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { optionalDependencies: nodes } = JSON.parse(readFileSync(join(root, 'tools/node/package.json'), 'utf8'));
const nodeVersion = Object.values(nodes)[0];
/** What stands in the page, and in its place here. */
const replacements = {
  // The lists and packages are on the disk already.
  'apt-get update\n': '',
  'apt-get install': 'DEBIAN_FRONTEND=noninteractive apt-get install --quiet',
  '*/5 * * * *': '* * * * *',
  'ls /var/backups/miftah': `until test -e /var/backups/miftah/???.dump -a -e /var/backups/miftah/revocations.log; do
  sleep 1
done
ls /var/backups/miftah`,
};
/** Blocks that are not run, by words of each: this machine reaches a registry of packages, and no other server. */
const notRun = ['curl --fail --remote-name https://nodejs.org'];
const counts = { passed: 0, failed: 0 };
const cache = join(root, '.cache', 'operator');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'run-'));
const blocks = blocksIn(page, readFileSync(join(root, page), 'utf8'));

let machine;
try {
  const place = join(folder, 'root');
  const newer = await layOut(place);
  machine = await boot(place);
  await follow(machine, newer);
} catch (error) {
  counts.failed += 1;
  console.log(error.stack);
} finally {
  await machine?.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** An empty Debian in the folder, with what the operator has copied to it. */
async function layOut(place) {
  const startedMs = performance.now();
  mkdirSync(place);
  must('tar', ['-xf', makeBase(), '-C', place]);
  writeFileSync(join(place, 'etc/hostname'), 'debian\n');
  writeFileSync(join(place, 'etc/hosts'), '127.0.0.1 localhost debian\n::1 localhost\n');
  const home = join(place, 'root');
  const name = `node-v${nodeVersion}-linux-x64`;
  // As the archive of nodejs.org is laid out.
  const tree = join(folder, name);
  mkdirSync(join(tree, 'bin'), { recursive: true });
  cpSync(realpathSync(node), join(tree, 'bin/node'));
  const npm = realpathSync(spawnSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).stdout.trim());
  cpSync(dirname(dirname(npm)), join(tree, 'lib/node_modules/npm'), { recursive: true });
  for (const command of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${command}-cli.js`, join(tree, 'bin', command));
  if (!blocks.some(({ text }) => text.includes(`${name}.tar.xz`)))
    throw new Error(`${page} should name Node.js ${nodeVersion}, which tools/node pins`);
  const archive = join(home, `${name}.tar.xz`);
  must('tar', ['-C', folder, '--use-compress-program=xz -0 -T0', '-cf', archive, name]);
  const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
  writeFileSync(join(home, 'SHASUMS256.txt'), `${digest}  ${name}.tar.xz\n`);

  mustNpm(await runNpm(['pack', '--silent', `--pack-destination=${home}`]), 'npm pack');
  const packed = join(home, `miftah-${version}.tgz`);
  // The packages of the registry, which the machine can't reach.
  const npmCache = join(cache, 'npm');
  const stamp = join(npmCache, `${createHash('sha256').update(JSON.stringify(dependencies)).digest('hex')}.done`);
  if (!existsSync(stamp)) {
    const prefix = `--prefix=${join(folder, 'prefix')}`;
    const fill = ['install', '--global', '--silent', '--ignore-scripts', `--cache=${npmCache}`, prefix, packed];
    mustNpm(await runNpm(fill), 'npm install');
    writeFileSync(stamp, '');
  }
  cpSync(npmCache, join(home, '.npm'), { recursive: true });
  writeFileSync(join(home, '.npmrc'), 'offline=true\nfund=false\naudit=false\nupdate-notifier=false\n');
  const newer = makeNewer(packed, home);
  console.log(`An empty Debian 12 (${elapsed(startedMs)}).\n`);
  return newer;
}

/** Debian's smallest system with systemd, and the packages of the page, downloaded and not installed. */
function makeBase() {
  const install = /^apt-get install .*$/m.exec(readFileSync(join(root, page), 'utf8'))[0];
  const hash = createHash('sha256').update(install).digest('hex').slice(0, 12);
  const archive = join(cache, `base-${hash}.tar`);
  if (existsSync(archive)) return archive;
  const partial = join(folder, 'base.tar');
  must('mmdebstrap', [
    '--quiet',
    '--variant=minbase',
    '--include=systemd,systemd-sysv,dbus',
    '--skip=cleanup/apt',
    `--customize-hook=chroot "$1" ${install.replace('install', 'install --download-only')}`,
    'bookworm',
    partial,
  ]);
  renameSync(partial, archive);
  return archive;
}

/** The same package as the next version. */
function makeNewer(packed, target) {
  const [major, minor] = version.split('.').map(Number);
  const newer = `${major}.${minor + 1}.0`;
  const tree = join(folder, 'newer');
  mkdirSync(tree);
  must('tar', ['-xzf', packed, '-C', tree]);
  const file = join(tree, 'package/package.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(`"version": "${version}"`, `"version": "${newer}"`));
  must('tar', ['-C', tree, '-czf', join(target, `miftah-${newer}.tgz`), 'package']);
  return newer;
}

/** Starts the system, and resolves when it has started. */
async function boot(place) {
  const isSystemd = existsSync('/run/systemd/system');
  const own = ['--quiet', '--register=no', ...(isSystemd ? [] : ['--keep-unit'])];
  const setup = ['--private-network', '--timezone=off', '--resolv-conf=off', '--console=pipe', '--machine=debian'];
  const command = ['systemd-nspawn', ...own, ...setup, '--boot', `--directory=${place}`];
  // Without systemd, nspawn makes its control groups inside of the one where it starts. It knows version 1 or 2 of
  // control groups, not both at once.
  const isHybrid = existsSync('/sys/fs/cgroup/unified');
  const group = `/sys/fs/cgroup/${isHybrid ? 'unified/' : ''}miftah-operator-${process.pid}`;
  const remount = isHybrid ? 'umount --lazy /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && ' : '';
  const script = `echo $$ > ${group}/cgroup.procs && ${remount} exec "$0" "$@"`;
  const unshared = ['unshare', '--mount', '--propagation=private', 'sh', '-c', script, ...command];
  if (!isSystemd) mkdirSync(group);
  const [file, ...args] = isSystemd ? command : unshared;
  const env = { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' };
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  const ended = once(child, 'close');
  // The machine outlives an nspawn that is killed.
  const kill = () => {
    for (const pid of [...childrenOf(child), child.pid]) if (child.exitCode === null) process.kill(pid, 'SIGKILL');
  };
  process.once('exit', kill);
  const stop = async (leader) => {
    if (leader === undefined) kill();
    else spawnSync('nsenter', [...enter(leader), 'systemctl', 'poweroff']);
    const timer = setTimeout(kill, 60_000);
    await ended;
    clearTimeout(timer);
    // rmdir alone removes a control group.
    spawnSync('find', [group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
  };
  const leader = await findLeader(child, place).catch(async (error) => {
    await stop();
    throw new Error(`${error.message}\n${said}`);
  });
  const shell = spawn('nsenter', [...enter(leader), 'bash', '--noprofile', '--norc'], {
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LANG: 'C.UTF-8',
      SYSTEMD_PAGER: '',
    },
  });
  return {
    run: runnerOf(shell),
    async stop() {
      shell.kill('SIGKILL');
      await stop(leader);
    },
  };
}

function enter(leader) {
  return ['--target', leader, '--all'];
}

/** The first process of the machine, once its system has started. */
async function findLeader(child, place) {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`systemd-nspawn ended with ${child.exitCode}`);
    const [leader] = childrenOf(child);
    // Before it has entered its folder, commands would run on this machine.
    if (leader !== undefined && isRootOf(leader, place)) {
      const { stdout } = spawnSync('nsenter', [...enter(leader), 'systemctl', 'is-system-running', '--wait']);
      const state = stdout.toString().trim();
      if (state === 'running') return leader;
      if (state === 'degraded') {
        const { stdout: units } = spawnSync('nsenter', [...enter(leader), 'systemctl', '--failed', '--plain']);
        throw new Error(`a unit of the empty Debian fails:\n${units}`);
      }
    }
    await wait(100);
  }
}

function childrenOf({ pid }) {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter(Boolean) : [];
}

function isRootOf(leader, place) {
  const found = statSync(`/proc/${leader}/root/`, { throwIfNoEntry: false });
  const wanted = statSync(place);
  return found?.ino === wanted.ino && found.dev === wanted.dev;
}

/** Runs a block in the shell, to its end. */
function runnerOf(shell) {
  let printed = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      printed += text;
      shell.emit('printed');
    });
  shell.on('exit', () => shell.emit('printed'));
  shell.stdin.write("exec 2>&1\ntrap 'failed=1' ERR\n");
  return async (text) => {
    const mark = randomUUID();
    printed = '';
    shell.stdin.write(`failed=0\n{ ${text.trimEnd()}\n} </dev/null\nprintf '\\n%s %s\\n' ${mark} $failed\n`);
    for (;;) {
      const end = new RegExp(`\\n${mark} (\\d+)\\n`).exec(printed);
      if (end !== null) return { printed: printed.slice(0, end.index), code: Number(end[1]) };
      if (shell.exitCode !== null || shell.signalCode !== null) throw new Error(`the shell ended:\n${printed}`);
      await once(shell, 'printed');
    }
  };
}

/** Runs the blocks of the page. A block of text is what the block before it prints. */
async function follow({ run }, newer) {
  // The versions that the page names.
  const versions = { '0.1.0': version, '1.5.0': newer };
  let printed = '';
  for (const { language, text, line } of blocks) {
    const place = `${page}:${line}`;
    if (language === 'text') {
      check(`${place} is what is printed`, isLike(printed, replaceAll(text, versions)), `${place} says:\n${text}`);
      continue;
    }
    if (language !== 'sh' || notRun.some((words) => text.includes(words))) continue;
    // Only once, so that the dump does not follow what happens after it.
    const soon = new Date(Date.now() + 75_000);
    const nightly = `${soon.getUTCMinutes()} ${soon.getUTCHours()} * * *`;
    const here = { ...replacements, '15 3 * * *': nightly, ...versions };
    const command = replaceAll(text, here);
    console.log(command.replaceAll(/^/gm, '  ').trimEnd());
    const outcome = await run(command);
    printed = outcome.printed;
    if (printed.trim() !== '') console.log(`\n${printed.trimEnd()}`);
    console.log('');
    check(`${place} succeeds`, outcome.code === 0, `${place} fails`);
  }
}

function replaceAll(text, pairs) {
  return Object.entries(pairs).reduce((all, [from, to]) => all.replaceAll(from, to), text);
}

function check(name, isTrue, fault) {
  counts[isTrue ? 'passed' : 'failed'] += 1;
  console.log(isTrue ? `ok      ${name}\n` : `FAILED  ${fault}\n`);
}

/** A line `…` of the page stands for any lines. */
function isLike(printed, expected) {
  const lines = [printed, expected].map((text) => plain(text).split('\n'));
  const pattern = lines[1].map((line) => (line === '…' ? '(?:.*\\n)*?' : `${RegExp.escape(line)}\\n`)).join('');
  return new RegExp(`^${pattern}$`).test(`${lines[0].join('\n')}\n`);
}

/** What two runs have in common. */
function plain(text) {
  return (
    comparable(text)
      .replaceAll(/\b(GID|UID) \d+/g, '$1 N')
      .replaceAll(/\buser \(\d+\)/g, 'user (N)')
      // A journal of usage comes and goes.
      .replaceAll(/\b\d+ files, readable/g, 'N files, readable')
      .replaceAll(/\b[\d.]+ GB free/g, 'N GB free')
      .replaceAll(/PostgreSQL 15\.\d+ \([^)]*\)/g, 'PostgreSQL 15')
      // Uses and denials are written some seconds later.
      .replaceAll(/((?:usage|denials) \(kept \d+ days\)): .*/g, '$1: TIME')
      .replaceAll(/\bschema \d+/g, 'schema N')
      .replaceAll(/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\.dump$/gm, 'DAY.dump')
      .replaceAll(/\b(?:[\da-f]{12}|[\da-f]{32}|[\da-f]{64})\b/g, 'HEX')
  );
}

function mustNpm({ code, output }, what) {
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${output}`);
}

function must(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new Error(`${command} ended with ${status}:\n${`${stdout}${stderr}`.split('\n').slice(-40).join('\n')}`);
}
