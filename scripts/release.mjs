// `npm run release -- VERSION`: checks that this commit can be released, sets the version, dates the changelog, packs,
// commits and tags. Pushes and publishes nothing, and prints how to. docs/how-to/upgrade.md says what a version may change.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sbomFile } from './sbom.mjs';
import { ensureSetUp, exitWith, root, run, runNpm, SetUpError } from './setup.mjs';

const usage = `Usage: npm run release -- VERSION [--dry-run] [--skip-tests] [--skip-package]

  --dry-run       check everything but the tests, and print what would happen
  --skip-tests    npm test has passed on this commit
  --skip-package  build no package; CI builds it from the tag`;
const branch = 'main';
const folder = 'release';
const changelog = 'CHANGELOG.md';

await release().catch(exitWith);

async function release() {
  const options = {
    'dry-run': { type: 'boolean' },
    'skip-tests': { type: 'boolean' },
    'skip-package': { type: 'boolean' },
  };
  const { positionals, values } = readArguments({ options, allowPositionals: true });
  const [version] = positionals;
  const notes = check(version);
  const edits = edit(version, notes);
  const files = Object.keys(edits).filter((file) => edits[file] !== readFileSync(join(root, file), 'utf8'));

  const steps = [
    values['skip-tests'] ? undefined : 'run npm test',
    `change ${files.join(', ')}`,
    values['skip-package']
      ? undefined
      : `pack miftah-${version}.tgz, its list of components and SHA256SUMS into ${folder}/`,
    `commit "chore(release): ${version}"`,
    `tag v${version}`,
  ].filter((step) => step !== undefined);
  if (values['dry-run']) {
    console.log(
      `Miftah ${version} can be released. This would happen:\n${steps.map((step) => `- ${step}\n`).join('')}`,
    );
    console.log(`The message of the tag:\n\n${notes}`);
    return;
  }

  if (!values['skip-tests'])
    await mustRun(await run(await ensureSetUp(), ['scripts/test.mjs'], { inherit: true }), 'npm test');
  try {
    for (const file of files) writeFileSync(join(root, file), edits[file]);
    if (!values['skip-package']) await pack(version);
    git('add', '--', ...files);
    git('commit', '--quiet', '--message', `chore(release): ${version}`);
  } catch (error) {
    git('checkout', '--quiet', 'HEAD', '--', ...files);
    throw error;
  }
  git('tag', '--annotate', '--cleanup=verbatim', '--message', `Miftah ${version}\n\n${notes}`, `v${version}`);
  console.log(`Released ${version} on this machine. Look at it, then publish it:

  git show v${version}
  git push origin ${branch} v${version}${values['skip-package'] ? '' : `\n  npm publish ${folder}/miftah-${version}.tgz`}

To undo it before you push: git tag -d v${version} && git reset --hard HEAD~1`);
}

function readArguments(config) {
  try {
    const read = parseArgs(config);
    if (read.positionals.length === 1) return read;
  } catch (error) {
    throw new SetUpError(`${error.message}\n${usage}`);
  }
  throw new SetUpError(usage);
}

/** Throws a `SetUpError` with every reason why this commit can't be released as this version. Returns the notes. */
function check(version) {
  const faults = [];
  const next = parse(version);
  if (next === undefined) throw new SetUpError(`${version} is not a version such as 1.4.0 or 2.0.0-rc.1.`);
  const current = git('branch', '--show-current');
  if (current !== branch) faults.push(`the branch is ${current || 'none'}: release from ${branch}`);
  if (git('status', '--porcelain') !== '') faults.push('the checkout has changes: commit or remove them');
  const released = git('tag', '--list', 'v*')
    .split('\n')
    .flatMap((tag) => parse(tag.slice(1)) ?? [])
    .sort(compare);
  const last = released.at(-1);
  if (last !== undefined && compare(next, last) <= 0)
    faults.push(`${version} is not greater than ${last.text}, the last release`);
  const notes = readNotes();
  if (!/^- /m.test(notes)) faults.push(`${changelog} has no entry under "Unreleased"`);
  if (last !== undefined) faults.push(...checkPromises(next, last, notes));
  if (faults.length > 0)
    throw new SetUpError(
      `Miftah ${version} can't be released:\n${faults.map((fault) => `- ${fault}\n`).join('')}`.trimEnd(),
    );
  return notes;
}

/** What the number promises: docs/how-to/upgrade.md. */
function checkPromises(next, last, notes) {
  const faults = [];
  const isPatch = next.major === last.major && next.minor === last.minor && last.candidate === undefined;
  const migrations = git('diff', '--name-only', '--diff-filter=A', `v${last.text}`, '--', 'src/storage/migrations');
  if (isPatch && migrations !== '')
    faults.push(`a patch migrates no database, but there is ${migrations.split('\n').join(', ')}`);
  if (isPatch && /^### Upgrade notes/m.test(notes))
    faults.push('a patch needs no upgrade notes: release a minor or a major version');
  return faults;
}

/** The text between the heading "Unreleased" and the next version. */
function readNotes() {
  const text = readFileSync(join(root, changelog), 'utf8');
  const [, notes] = /^## Unreleased\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(text) ?? [];
  if (notes === undefined) throw new SetUpError(`${changelog} has no heading "## Unreleased".`);
  return notes.trim();
}

/** The new texts of the files that name the version. */
function edit(version, notes) {
  const today = new Date().toISOString().slice(0, 10);
  const read = (file) => readFileSync(join(root, file), 'utf8');
  const json = (file, change) => {
    const content = JSON.parse(read(file));
    change(content);
    return `${JSON.stringify(content, null, 2)}\n`;
  };
  const replaceIn = (files, pattern, text) =>
    Object.fromEntries(
      globSync(files, { cwd: root })
        .sort()
        .map((file) => [file, read(file).replace(pattern, text)]),
    );
  return {
    [changelog]: read(changelog)
      .replace(
        /^## Unreleased\n[\s\S]*?(?=^## |(?![\s\S]))/m,
        `## Unreleased\n\n## ${version} - ${today}\n\n${notes}\n\n`,
      )
      .trimEnd()
      .concat('\n'),
    ...replaceIn('package.json', /^( {2}"version": )"[^"]+"/m, `$1"${version}"`),
    ...replaceIn('examples/*/package.json', /("miftah": ")\^\d[^"]*/, `$1^${version}`),
    ...replaceIn('deploy/kubernetes/*/kustomization.yaml', /^( {4}newTag: ).*/m, `$1${version}`),
    'package-lock.json': json('package-lock.json', (lock) => {
      lock.version = version;
      lock.packages[''].version = version;
    }),
  };
}

/** Packs as for the registry. The list of components and the checksums lie beside the package. */
async function pack(version) {
  const target = join(root, folder);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  mustRun(await runNpm(['pack', '--silent', `--pack-destination=${target}`]), 'npm pack');
  copyFileSync(join(root, sbomFile), join(target, `miftah-${version}.cdx.json`));
  const sums = readdirSync(target)
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(target, name)))
          .digest('hex')}  ${name}\n`,
    );
  writeFileSync(join(target, 'SHA256SUMS'), sums.join(''));
}

function mustRun({ code, output }, name) {
  if (code !== 0) throw new SetUpError(`${name} ended with ${code}. Nothing was released.\n${output}`.trimEnd());
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** A version by Semantic Versioning, with a release candidate at most. `undefined`: the text is none. */
function parse(text = '') {
  const match = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-rc\.([1-9]\d*))?$/.exec(text);
  if (match === null) return undefined;
  const [major, minor, patch, candidate] = match
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  return { text, major, minor, patch, candidate };
}

/** A release candidate comes before its version. */
function compare(a, b) {
  const order = ({ major, minor, patch, candidate = Number.POSITIVE_INFINITY }) => [major, minor, patch, candidate];
  const difference = order(a).map((part, at) => (part === order(b)[at] ? 0 : part - order(b)[at]));
  return difference.find((part) => part !== 0) ?? 0;
}
