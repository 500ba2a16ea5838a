// Packs Miftah as for a release, prints its size, and checks that every documented import path, the command, the types
// and the pages work from the package.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { sbomFile, writeSbom } from './sbom.mjs';
import { ensureSetUp, exitWith, root, run, runNpm } from './setup.mjs';
import { toolPath } from './tool-path.mjs';

const node = await ensureSetUp().catch(exitWith);
// Inside the checkout, so that the unpacked package finds its dependencies in the node_modules above it.
mkdirSync(join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, '.cache', 'package-'));
// Outside of the checkout, with the packages that a user gets and no other.
const lonely = mkdtempSync(join(tmpdir(), 'miftah-package-'));
/** Most of what a release may weigh. Look at what is new before you change them. */
const mostFiles = 1_800;
const mostMegabytes = { packed: 4, unpacked: 12 };
const faults = [];
try {
  const packageFolder = await unpackInto(folder);
  checkContents(packageFolder);
  checkPages(packageFolder);
  installAlone(packageFolder);
  await checkAlone();
  await checkExports(packageFolder);
  await checkTypes(packageFolder);
  await checkRequire(packageFolder);
  await checkCommand(packageFolder);
  await checkExample(packageFolder);
  await checkGatewayFiles(packageFolder);
  await checkFrameworks(packageFolder);
  checkFileReferences(join(packageFolder, 'dist'));
  await checkSbom(packageFolder);
} finally {
  for (const each of [folder, lonely]) rmSync(each, { recursive: true, force: true });
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

async function unpackInto(target) {
  // As in a fresh clone, where nothing is built: packing builds.
  rmSync(join(root, 'dist', 'index.js'), { force: true });
  must(await runNpm(['pack', '--silent', `--pack-destination=${target}`]), 'npm pack');
  const archive = readdirSync(target).find((name) => name.endsWith('.tgz'));
  must(await run('tar', ['-xzf', join(target, archive), '-C', target]), 'tar');
  const packageFolder = join(target, 'node_modules', 'miftah');
  mkdirSync(join(target, 'node_modules'));
  renameSync(join(target, 'package'), packageFolder);
  return packageFolder;
}

/** The files that a user has, and none that only this checkout needs. */
function checkContents(packageFolder) {
  const files = listFiles(packageFolder);
  const unwanted = files.filter((name) =>
    /[.](?:map|test[.]\w+|tsbuildinfo|log|db|key|pem)$|(?:^|\/)(?:node_modules|miftah-data|[.]env|src\/cli|test)(?:\/|$)/.test(
      name,
    ),
  );
  for (const name of unwanted) faults.push(`The package has ${name}.`);
  const wanted = ['README.md', 'LICENSE', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'dist/console/index.html'];
  const absent = [...wanted, 'docs/reference/errors.md', 'schema/miftah.schema.json'].filter(
    (name) => !files.includes(name),
  );
  for (const name of absent) faults.push(`The package has no ${name}.`);
  const { scripts = {} } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const atInstall = ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts);
  if (atInstall.length > 0) faults.push(`package.json runs ${atInstall.join()} when a user installs it.`);
  // A path of the machine that built it is of no use elsewhere, and tells about it.
  for (const name of files.filter((each) => /[.](?:[cm]?js|ts|json|html|css|md|yaml)$/.test(each)))
    if (readFileSync(join(packageFolder, name), 'utf8').includes(root))
      faults.push(`${name} names the folder ${root}.`);
  const megabytes = (bytes) => bytes / 1_000_000;
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  const packed = megabytes(statSync(join(folder, archive)).size);
  const unpacked = megabytes(files.reduce((sum, name) => sum + statSync(join(packageFolder, name)).size, 0));
  const sizes = `${files.length} files, ${packed.toFixed(1)} MB packed, ${unpacked.toFixed(1)} MB unpacked`;
  console.log(`The package has ${sizes}.`);
  if (files.length > mostFiles || packed > mostMegabytes.packed || unpacked > mostMegabytes.unpacked)
    faults.push(`The package has ${sizes}: more than scripts/check-package.mjs allows.`);
}

/** Links of pages lead to files of the package. */
function checkPages(packageFolder) {
  for (const page of listFiles(packageFolder).filter((name) => name.endsWith('.md'))) {
    const text = readFileSync(join(packageFolder, page), 'utf8');
    for (const [, link] of text.matchAll(/\]\((?!https?:|mailto:|#)([^)\s#]+)/g))
      if (!existsSync(join(packageFolder, dirname(page), link)))
        faults.push(
          `${page} of the package links to ${link}, which is not in the package: see \`files\` of package.json.`,
        );
  }
}

function listFiles(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}

/** Puts the package and what it depends on where nothing else is found. */
function installAlone(packageFolder) {
  cpSync(packageFolder, join(lonely, 'node_modules', 'miftah'), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  // A TypeScript program has the types of Node.js.
  const waiting = [...Object.keys(dependencies), '@types/node'].map((name) => `node_modules/${name}`);
  const installed = new Set();
  for (const path of waiting) {
    if (installed.has(path)) continue;
    installed.add(path);
    const isInside = (from) => !relative(join(root, path), from).startsWith('node_modules');
    cpSync(join(root, path), join(lonely, path), { recursive: true, filter: isInside });
    const {
      dependencies: own = {},
      optionalDependencies = {},
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = packages[path];
    const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
    for (const name of [...Object.keys({ ...own, ...optionalDependencies }), ...peers]) {
      const found = placesAbove(path, name).find((each) => each in packages);
      if (found !== undefined && existsSync(join(root, found))) waiting.push(found);
    }
  }
}

/** Where Node.js looks for a package that the one at `path` imports. */
function placesAbove(path, name) {
  const parts = path.split('/node_modules/');
  return parts
    .map((_, at) => `${parts.slice(0, parts.length - at).join('/node_modules/')}/node_modules/${name}`)
    .concat(`node_modules/${name}`);
}

/** What a user does first: imports and types without any framework, and the command. */
async function checkAlone() {
  const ownSubpaths = ['', '/node', '/testing', '/client', '/fetch', '/hono', '/next'];
  const names = ownSubpaths.map((subpath) => `miftah${subpath}`);
  const text = names.map((name, at) => `export * as part${at} from '${name}';\n`).join('');
  const strict = { strict: true, target: 'es2022', noEmit: true, types: ['node'] };
  writeFileSync(join(lonely, 'alone.mts'), text);
  // One of them checks all that the types import. The others find the same files.
  for (const [module, moduleResolution, skipLibCheck] of [
    ['nodenext', 'nodenext', false],
    ['node16', 'node16', true],
    ['esnext', 'bundler', true],
  ])
    await compile(lonely, 'alone', { ...strict, module, moduleResolution, skipLibCheck });
  writeFileSync(join(lonely, 'alone.mjs'), names.map((name) => `await import('${name}');\n`).join(''));
  await expectOutput([join(lonely, 'alone.mjs')], '');
  const command = join(lonely, 'node_modules', 'miftah', 'bin', 'miftah.mjs');
  await expectOutput([command, 'errors', 'key_expired'], /How to fix it/);
  await expectOutput([command, 'profile', 'list', '-q'], /^standard/);
  await expectOutput(
    [command, 'init', '--gateway', 'haproxy', '--dry-run'],
    /lua-load-per-thread \S+\/miftah-haproxy\.lua/,
  );
}

async function expectOutput(args, wanted) {
  const { code, output } = await run(node, args);
  if (code !== 0 || !(typeof wanted === 'string' ? output === wanted : wanted.test(output)))
    faults.push(`${args.map((each) => each.replace(lonely, '')).join(' ')} ended with ${code}:\n${output}`);
}

async function checkExports(packageFolder) {
  const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    const files = typeof target === 'string' ? [target] : Object.values(target);
    const absent = files.filter((file) => !existsSync(join(packageFolder, file)));
    if (absent.length > 0)
      faults.push(`package.json exports "${subpath}", but the package has no ${absent.join(', ')}.`);
    else if (!subpath.endsWith('.json')) await checkImport(subpath, packageFolder);
  }
}

// Runs from a file beside the package, where the name resolves as in a user's program.
async function checkImport(subpath, packageFolder) {
  const name = `miftah${subpath.slice(1)}`;
  const importer = join(dirname(dirname(packageFolder)), 'importer.mjs');
  writeFileSync(importer, `await import('${name}');\n`);
  const { code, output } = await run(node, [importer]);
  if (code !== 0) faults.push(`import '${name}' fails:\n${output}`);
}

// The frameworks' own types are not ours to check. A program with them is compiled in the three ways that there are.
async function checkTypes(packageFolder) {
  const folder = dirname(dirname(packageFolder));
  const strict = { strict: true, skipLibCheck: true, target: 'es2022', noEmit: true, types: ['node'] };
  const usage = readFileSync(join(root, 'test/library/framework-types.ts'), 'utf8')
    .replaceAll("'../../src/index.ts'", "'miftah'")
    .replaceAll(/'\.\.\/\.\.\/src\/middleware\/(\w+)\.ts'/g, "'miftah/$1'");
  for (const [name, module, moduleResolution] of [
    ['usage.mts', 'nodenext', 'nodenext'],
    ['usage.cts', 'nodenext', 'nodenext'],
    ['usage.ts', 'esnext', 'bundler'],
  ]) {
    writeFileSync(join(folder, name), usage);
    const options = { ...strict, esModuleInterop: true, module, moduleResolution };
    await compile(folder, name.replace(/\.\w+$/, ''), options, name);
  }
}

async function compile(folder, name, compilerOptions, file = `${name}.mts`) {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
  const { code, output } = await run(node, [toolPath('typescript', 'tsc'), '-p', folder]);
  if (code !== 0) faults.push(`${file} does not compile (${compilerOptions.moduleResolution}):\n${output}`);
}

// As applications that are CommonJS load the package.
async function checkRequire(packageFolder) {
  const { exports } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const program = join(dirname(dirname(packageFolder)), 'requirer.cjs');
  const names = Object.keys(exports).map((subpath) => `miftah${subpath.slice(1)}`);
  writeFileSync(program, names.map((name) => `require('${name}');\n`).join(''));
  const { code, output } = await run(node, [program]);
  if (code !== 0) faults.push(`require() of the package fails:\n${output}`);
}

async function checkCommand(packageFolder) {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const { code, output } = await run(node, [join(packageFolder, 'bin', 'miftah.mjs'), '--version']);
  if (code !== 0 || output.trim() !== version)
    faults.push(`miftah --version should print ${version}; exit ${code}:\n${output}`);
}

// The configurations for gateways name files of the package.
async function checkGatewayFiles(packageFolder) {
  const config = join(dirname(dirname(packageFolder)), 'gateways.yaml');
  writeFileSync(config, 'apis: [{ id: acme, hosts: [api.acme.test], upstream: "http://127.0.0.1:8080" }]\n');
  const args = ['gateway', 'snippet', 'haproxy', '--config', config, '--api', 'acme'];
  const { code, output } = await run(node, [join(packageFolder, 'bin', 'miftah.mjs'), ...args]);
  const [file = ''] = /\/\S+\.lua/.exec(output) ?? [];
  if (code !== 0 || !existsSync(file))
    faults.push(`miftah gateway snippet names no Lua file of the package:\n${output}`);
}

// The embedded example, started like a user's program: the call that it prints is allowed, and refused without the key.
async function checkExample(packageFolder) {
  const example = join(dirname(dirname(packageFolder)), 'node-http');
  cpSync(join(packageFolder, 'examples', 'node-http'), example, { recursive: true });
  const child = spawn(node, ['server.mjs', '0'], { cwd: example, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  for await (const chunk of child.stdout) {
    output += chunk;
    const call = /curl (\S+) -H "Authorization: (Bearer \S+)"/.exec(output);
    if (call === null) continue;
    const [, url, authorization] = call;
    const allowed = await fetch(url, { headers: { authorization } });
    const refused = await fetch(url);
    if (!(await allowed.text()).startsWith('hello org_'))
      faults.push(`The example answered its own call ${allowed.status}.`);
    if (refused.status !== 401) faults.push(`The example answered a call without a key ${refused.status}.`);
    child.kill('SIGTERM');
  }
  const [code] = await ended;
  if (code !== 0) faults.push(`The example ended with ${code}:\n${output}`);
}

// The examples of the frameworks, with the package as a user has it. What they do is tested in test/docs.
async function checkFrameworks(packageFolder) {
  const folder = dirname(dirname(packageFolder));
  cpSync(join(packageFolder, 'examples'), folder, { recursive: true });
  const built = await run(node, [toolPath('typescript', 'tsc'), '-p', join(folder, 'nest')]);
  if (built.code !== 0) faults.push(`The example of NestJS does not compile:\n${built.output}`);
  const programs = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'server.mjs')));
  const servers = programs.filter((name) => existsSync(join(folder, name, 'miftah.yaml')) && name !== 'node-http');
  if (servers.length < 5) faults.push(`Only these examples have a server: ${servers.join()}.`);
  for (const [name, program] of [...servers.map((each) => [each, 'server.mjs']), ['nest', 'dist/server.js']]) {
    const cwd = join(folder, name);
    const secret = execFileSync(node, ['../create-key.mjs'], { cwd, encoding: 'utf8' }).trim();
    const child = spawn(node, [program, '0'], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    for await (const chunk of child.stdout) {
      const [, url] = /Listening on (\S+)/.exec(chunk) ?? [];
      if (url === undefined) continue;
      const headers = { authorization: `Bearer ${secret}` };
      const statuses = [];
      for (const options of [{ headers }, {}]) statuses.push((await fetch(`${url}/v1/orders`, options)).status);
      if (statuses.join() !== '200,401') faults.push(`examples/${name} answered with ${statuses.join()}.`);
      child.kill('SIGTERM');
    }
    await ended;
  }
}

// The compiler rewrites the extension of imports, but not of `new URL('./worker.ts', import.meta.url)`, which the
// package could not find. The bundler of the console does: names in its files are keys of its own.
function checkFileReferences(dist) {
  const compiled = readdirSync(dist, { recursive: true }).filter((name) => !name.startsWith('console'));
  for (const file of compiled.filter((name) => name.endsWith('.js'))) {
    const [reference] = /['"`]\.{1,2}\/[^'"`\s]+\.ts['"`]/.exec(readFileSync(join(dist, file), 'utf8')) ?? [];
    if (reference)
      faults.push(`dist/${file} names ${reference}, which is not in the package: use extname(import.meta.filename).`);
  }
}

// Lists each package that the lock file installs with Miftah, with version and checksum. The same lock file gives the
// same list.
async function checkSbom(packageFolder) {
  const file = join(packageFolder, sbomFile);
  if (!existsSync(file)) {
    faults.push(`The package has no ${sbomFile}: npm run build writes it.`);
    return;
  }
  const text = readFileSync(file, 'utf8');
  const listed = new Map(JSON.parse(text).components.map((each) => [each['bom-ref'], each]));
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [path, { version, integrity, dev, devOptional, link, name }] of Object.entries(packages)) {
    if (!path.includes('node_modules/') || link || dev || devOptional) continue;
    const ref = `${name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`;
    const [algorithm, digest = ''] = (integrity ?? '').split('-');
    const content = Buffer.from(digest, 'base64').toString('hex');
    const hashes = listed.get(ref)?.hashes ?? [];
    const alg = algorithm.replace('sha', 'SHA-');
    if (!hashes.some((each) => each.alg === alg && each.content === content))
      faults.push(`${sbomFile} does not list ${ref} with its checksum.`);
  }
  await writeSbom();
  if (readFileSync(join(root, sbomFile), 'utf8') !== text)
    faults.push(`${sbomFile} is not the same when it is written again.`);
}

function must({ code, output }, name) {
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${output}`);
}
