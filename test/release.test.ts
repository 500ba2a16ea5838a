// `npm run release` in clones of this repository: what it refuses, and what it makes.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'miftah-release-'));
  // The files as they are in this checkout, in a history of their own.
  for (const path of [
    'scripts',
    'deploy',
    'src/storage/migrations',
    ...globSync('examples/*/package.json', { cwd: root }),
  ])
    cpSync(join(root, path), join(clone, path), { recursive: true });
  for (const file of ['package.json', 'package-lock.json', '.gitignore']) cpSync(join(root, file), join(clone, file));
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  writeFileSync(join(clone, '.git-exclude'), 'node_modules\n');
  writeNotes('## Unreleased\n\n### Added\n\n- A thing.\n');
  git(clone, 'init', '--quiet', '--initial-branch=main');
  for (const [name, value] of [
    ['user.name', 'Test'],
    ['user.email', 'test@example.com'],
    ['core.excludesFile', join(clone, '.git-exclude')],
  ] as const)
    git(clone, 'config', name, value);
  commit('first');
  return () => rmSync(clone, { recursive: true });
});

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();
}

function commit(message: string): void {
  git(clone, 'add', '--all');
  git(clone, 'commit', '--quiet', '--message', message);
}

function writeNotes(text: string): void {
  writeFileSync(join(clone, 'CHANGELOG.md'), `# Changelog\n\n${text}`);
}

function release(...args: string[]): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/release.mjs', ...args], {
    cwd: clone,
    encoding: 'utf8',
  });
  return { code: status, output: `${stdout}${stderr}` };
}

const quick = ['--skip-tests', '--skip-package'];
const read = (file: string): string => readFileSync(join(clone, file), 'utf8');

test('a release dates the changelog, sets the version everywhere, commits and tags', () => {
  const before = git(clone, 'rev-parse', 'HEAD');
  const { code, output } = release('1.4.0', ...quick);
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('git push origin main v1.4.0') });
  expect(read('CHANGELOG.md')).toMatch(
    /^# Changelog\n\n## Unreleased\n\n## 1\.4\.0 - \d{4}-\d\d-\d\d\n\n### Added\n\n- A thing\.\n$/,
  );
  expect(JSON.parse(read('package.json')).version).toBe('1.4.0');
  const lock = JSON.parse(read('package-lock.json'));
  expect([lock.version, lock.packages[''].version]).toEqual(['1.4.0', '1.4.0']);
  expect(read('deploy/kubernetes/embedded/kustomization.yaml')).toContain('newTag: 1.4.0\n');
  expect(read('examples/nest/package.json')).toContain('"miftah": "^1.4.0"');
  expect(git(clone, 'status', '--porcelain')).toBe('');
  expect(git(clone, 'log', '--format=%s', `${before}..`)).toBe('chore(release): 1.4.0');
  expect(git(clone, 'cat-file', '-t', 'v1.4.0')).toBe('tag');
  expect(git(clone, 'tag', '--list', '--format=%(contents)', 'v1.4.0')).toBe('Miftah 1.4.0\n\n### Added\n\n- A thing.');
  // Every other byte of the lock file stays.
  expect(git(clone, 'diff', '--numstat', before, '--', 'package-lock.json')).toMatch(/^2\t2\t/);
});

test('a dry run changes nothing and says what would happen', () => {
  const before = git(clone, 'rev-parse', 'HEAD');
  const { code, output } = release('1.4.0', '--dry-run');
  expect(code).toBe(0);
  for (const step of [
    'run npm test',
    'CHANGELOG.md, package.json',
    'miftah-1.4.0.tgz',
    'chore(release): 1.4.0',
    'tag v1.4.0',
    '- A thing.',
  ])
    expect(output).toContain(step);
  expect(git(clone, 'status', '--porcelain')).toBe('');
  expect([git(clone, 'rev-parse', 'HEAD'), git(clone, 'tag')]).toEqual([before, '']);
});

describe('is refused', () => {
  test('without a version, with something else in its place, or with an unknown option', () => {
    for (const version of ['1.4', 'v1.4.0', '01.4.0', '1.4.0-beta']) {
      const output = `${version} is not a version such as 1.4.0 or 2.0.0-rc.1.\n`;
      expect(release(version, ...quick)).toEqual({ code: 1, output });
    }
    expect(release()).toMatchObject({ code: 1, output: expect.stringContaining('Usage: npm run release') });
    expect(release('1.4.0', '--force')).toMatchObject({ code: 1, output: expect.stringContaining("'--force'") });
  });

  test('for every reason at once', () => {
    git(clone, 'tag', 'v1.4.0');
    git(clone, 'checkout', '--quiet', '-b', 'side');
    writeNotes('## Unreleased\n\n## 1.4.0 - 2027-01-31\n\n- A thing.\n');
    expect(release('1.4.0', ...quick)).toEqual({
      code: 1,
      output: `Miftah 1.4.0 can't be released:
- the branch is side: release from main
- the checkout has changes: commit or remove them
- 1.4.0 is not greater than 1.4.0, the last release
- CHANGELOG.md has no entry under "Unreleased"
`,
    });
  });

  test('if it is not greater than the last release, by number', () => {
    for (const tag of ['v1.9.0', 'v1.10.0', 'v2.0.0-rc.1', 'nightly']) git(clone, 'tag', tag);
    for (const version of ['1.9.1', '2.0.0-rc.1'])
      expect(release(version, ...quick).output).toContain('is not greater than 2.0.0-rc.1');
    expect(release('2.0.0', '--dry-run').code).toBe(0);
  });

  test('as a patch, if it migrates or needs upgrade notes', () => {
    git(clone, 'tag', 'v1.4.0');
    writeFileSync(join(clone, 'src/storage/migrations/9999-next.ts'), '');
    writeNotes('## Unreleased\n\n### Upgrade notes\n\n- Set it.\n');
    commit('next');
    const { code, output } = release('1.4.1', ...quick);
    expect(code).toBe(1);
    expect(output).toContain('a patch migrates no database, but there is src/storage/migrations/9999-next.ts');
    expect(output).toContain('a patch needs no upgrade notes');
    expect(release('1.5.0', '--dry-run').code).toBe(0);
  });
});

test('what fails leaves the checkout unchanged', () => {
  writeFileSync(join(clone, '.git/hooks/pre-commit'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const before = git(clone, 'rev-parse', 'HEAD');
  expect(release('1.4.0', ...quick).code).toBe(1);
  expect(git(clone, 'status', '--porcelain')).toBe('');
  expect([git(clone, 'rev-parse', 'HEAD'), git(clone, 'tag')]).toEqual([before, '']);
});
