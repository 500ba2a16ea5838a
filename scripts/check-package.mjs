// Packs Miftah as for a release, and checks that every documented import path and the command work from the package.
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
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { sbomFile, writeSbom } from './sbom.mjs';
import { ensureSetUp, exitWith, root, run, runNpm } from './setup.mjs';
import { toolPath } from './tool-path.mjs';

const node = await ensureSetUp().catch(exitWith);
// Inside the checkout, so that the unpacked package finds its dependencies in the node_modules above it.
mkdirSync(join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, '.cache', 'package-'));
const faults = [];
try {
  const packageFolder = await unpackInto(folder);
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
  rmSync(folder, { recursive: true, force: true });
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

// By a program that checks the types of all that it imports.
async function checkTypes(packageFolder) {
  const folder = dirname(dirname(packageFolder));
  writeFileSync(
    join(folder, 'strict.mts'),
    ['', '/node', '/testing', '/client', '/fetch']
      .map((subpath, at) => `export * as part${at} from 'miftah${subpath}';\n`)
      .join(''),
  );
  const strict = { strict: true, skipLibCheck: false, target: 'es2022', noEmit: true, types: ['node'] };
  await compile(folder, 'strict', { ...strict, module: 'nodenext' });
  // The frameworks' own types are not ours to check. A program with them is compiled in the three ways that there are.
  const usage = readFileSync(join(root, 'test/library/framework-types.ts'), 'utf8')
    .replaceAll("'../../src/index.ts'", "'miftah'")
    .replaceAll(/'\.\.\/\.\.\/src\/middleware\/(\w+)\.ts'/g, "'miftah/$1'");
  for (const [name, module, moduleResolution] of [
    ['usage.mts', 'nodenext', 'nodenext'],
    ['usage.cts', 'nodenext', 'nodenext'],
    ['usage.ts', 'esnext', 'bundler'],
  ]) {
    writeFileSync(join(folder, name), usage);
    const options = { ...strict, skipLibCheck: true, esModuleInterop: true, module, moduleResolution };
    await compile(folder, name.replace(/\.\w+$/, ''), options, name);
  }
}

async function compile(folder, name, compilerOptions, file = `${name}.mts`) {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
  const { code, output } = await run(node, [toolPath('typescript', 'tsc'), '-p', folder]);
  if (code !== 0) faults.push(`${file} does not compile (${compilerOptions.module}):\n${output}`);
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
