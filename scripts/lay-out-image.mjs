// Lays out the root folder of the container image: Miftah with its packages, the pinned Node.js, and the few files of the
// system that they need. Runs in the build stage of deploy/Containerfile, after the build, on the pinned Node.js. Takes
// the path of the folder.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { root } from './setup.mjs';

const [image] = process.argv.slice(2);
const app = join(image, 'opt/miftah');
const node = join(image, 'usr/local/bin/node');
/** Kubernetes can check that a user is not root only if it is a number. */
const uid = 65532;

layOutApp();
layOutNode();
layOutSystem();

/** The package as npm installs it, without what only a compiler or a reader opens. */
function layOutApp() {
  for (const name of ['bin', 'dist', 'schema', 'package.json', 'LICENSE'])
    cpSync(join(root, name), join(app, name), { recursive: true, filter: isUsed });
  cpSync(join(root, 'deploy/health.mjs'), join(app, 'health.mjs'));
  for (const path of listPackages())
    cpSync(join(root, path), join(app, path), {
      recursive: true,
      filter: (file) => isUsed(file) && !isNested(path, file),
    });
  const bin = join(app, 'bin/miftah.mjs');
  // The image has no `env`.
  writeFileSync(bin, readFileSync(bin, 'utf8').replace(/^#!.*/, '#!/usr/local/bin/node'));
  chmodSync(bin, 0o755);
}

/** Each package is copied by itself, because the folder inside it may hold packages for development. */
function isNested(path, file) {
  return file.startsWith(join(root, path, 'node_modules'));
}

/** Types, sources and maps are for compilers, Markdown is for readers. Licences stay. */
function isUsed(file) {
  return /licen[cs]e|notice|copying/i.test(basename(file)) || !/\.([cm]?ts|tsx|map|md|markdown)$/.test(file);
}

/**
 * Paths of the packages that package-lock.json installs with Miftah, and of the peer for `decisions.grpc`: nothing can be
 * installed into the image later.
 */
function listPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const found = new Set();
  function add(from, name, isOptional) {
    const path = resolve(from, name);
    if (path === undefined || !existsSync(join(root, path))) {
      if (!isOptional) throw new Error(`${from || 'Miftah'} needs ${name}, which is not installed.`);
      return;
    }
    if (found.has(path)) return;
    found.add(path);
    const {
      dependencies = {},
      optionalDependencies = {},
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = packages[path];
    for (const each of Object.keys(dependencies)) add(path, each, each in optionalDependencies);
    for (const each of Object.keys(optionalDependencies)) add(path, each, true);
    for (const each of Object.keys(peerDependencies)) {
      if (peerDependenciesMeta[each]?.optional !== true) add(path, each, false);
    }
  }
  /** As Node.js looks for it: in the folder of the package, then in those around it. */
  function resolve(from, name) {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
      const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
      if (path in packages) return path;
      if (folder === '') return undefined;
    }
  }
  for (const name of [...Object.keys(packages[''].dependencies), '@grpc/grpc-js']) add('', name, false);
  return [...found].sort();
}

function layOutNode() {
  mkdirSync(dirname(node), { recursive: true });
  cpSync(realpathSync(process.execPath), node);
  chmodSync(node, 0o755);
  // Symbols for a debugger are a fifth of it.
  execFileSync('strip', ['--strip-unneeded', node]);
  symlinkSync('/opt/miftah/bin/miftah.mjs', join(image, 'usr/local/bin/miftah'));
}

/** The C library and what else Node.js links, certificates, the user, and empty folders. */
function layOutSystem() {
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const file of libraries) {
    mkdirSync(dirname(join(image, file)), { recursive: true });
    cpSync(realpathSync(file), join(image, file));
  }
  describePackages(libraries);
  writeInto('etc/os-release', readFileSync('/etc/os-release', 'utf8'));
  writeInto(
    'etc/passwd',
    `root:x:0:0:root:/:/sbin/nologin\nmiftah:x:${uid}:${uid}:Miftah:/var/lib/miftah:/sbin/nologin\n`,
  );
  writeInto('etc/group', `root:x:0:\nmiftah:x:${uid}:\n`);
  writeInto('etc/nsswitch.conf', 'hosts: files dns\n');
  // Those of Mozilla, which Node.js has. For programs and settings that ask for the authorities of the system.
  writeInto('etc/ssl/certs/ca-certificates.crt', `${rootCertificates.join('\n')}\n`);
  for (const folder of ['etc/miftah', 'tmp']) mkdirSync(join(image, folder), { recursive: true });
  chmodSync(join(image, 'tmp'), 0o1777);
}

/** Scanners find the packages of Debian here, as in other images without a package manager. */
function describePackages(libraries) {
  const names = new Set(libraries.map((file) => ownerOf(file)));
  for (const name of [...names].sort()) {
    writeInto(`var/lib/dpkg/status.d/${name}`, execFileSync('dpkg-query', ['--status', name], { encoding: 'utf8' }));
    const notice = `usr/share/doc/${name}/copyright`;
    if (existsSync(`/${notice}`)) writeInto(notice, readFileSync(`/${notice}`, 'utf8'));
  }
}

/** The package of a library. dpkg knows the file by the path in its archive, with or without `/usr`. */
function ownerOf(file) {
  for (const path of [file, `/usr${file}`, realpathSync(file), realpathSync(file).replace(/^\/usr/, '')]) {
    try {
      const line = execFileSync('dpkg-query', ['--search', path], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return line.slice(0, line.indexOf(':'));
    } catch {
      // Another spelling is the one.
    }
  }
  throw new Error(`No package of the base has ${file}: use a base of Debian.`);
}

function writeInto(file, text) {
  mkdirSync(dirname(join(image, file)), { recursive: true });
  writeFileSync(join(image, file), text);
}
