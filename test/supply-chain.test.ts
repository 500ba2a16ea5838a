// The installed packages are the checked ones: each lock file has a checksum for each package and names no registry,
// and each licence is compatible with Miftah's.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Package {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly license?: string;
}

const root = join(import.meta.dirname, '..');
const lockFiles = execFileSync('git', ['ls-files', '--', '*package-lock.json'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter(Boolean);

/** What is wrong with the entry of a lock file. `undefined`: nothing. */
function faultOf({ integrity, resolved }: Package): string | undefined {
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '')) return 'has no SHA-512';
  // npm downloads it from the configured registry and compares the checksum.
  return resolved === undefined ? undefined : `names where it comes from (${resolved})`;
}

function installed(file: string): (readonly [string, Package])[] {
  const { packages } = JSON.parse(readFileSync(join(root, file), 'utf8')) as { packages: Record<string, Package> };
  return Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && link !== true);
}

test.each(lockFiles)('%s has a checksum for each package and names no registry', (file) => {
  const packages = installed(file);
  expect(packages.length).toBeGreaterThan(10);
  const faults = packages.map(([path, each]) => [path, faultOf(each)]).filter(([, fault]) => fault !== undefined);
  expect(faults).toEqual([]);
});

test('a package without a checksum, with a weak one, or with its own registry is reported', () => {
  const integrity = `sha512-${'A'.repeat(86)}==`;
  expect(faultOf({ integrity })).toBeUndefined();
  expect(faultOf({})).toBe('has no SHA-512');
  expect(faultOf({ integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' })).toBe('has no SHA-512');
  for (const resolved of ['https://registry.example/a.tgz', 'git+ssh://git@host/a.git', 'file:../a.tgz'])
    expect(faultOf({ integrity, resolved })).toContain(resolved);
});

describe('licences', () => {
  const allowed = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'MPL-2.0', 'OFL-1.1'];
  /** Other licences in use, and why each is allowed. */
  const exceptions: Readonly<Record<string, readonly string[]>> = {
    // Requires less than MIT: not even the notice. TypeScript's helpers and nodemailer use it.
    '0BSD': ['tslib'],
    'MIT-0': ['nodemailer'],
    // Permissive, with a notice to keep. Used by the command-line parser of the API's tools.
    'Python-2.0': ['argparse'],
    // Development only: not installed with the package.
    'BlueOak-1.0.0': ['graceful-fs'],
    Unlicense: ['fast-sha256', 'isbot'],
    // Icons that the site could show, which come with VitePress. A dedication to the public domain.
    'CC0-1.0': ['@iconify-json/simple-icons'],
  };

  /**
   * MIT by their LICENSE files and the old member `licenses`, which npm does not copy into the lock file. Development
   * only.
   */
  const namedInOldForm: readonly string[] = ['busboy', 'streamsearch'];

  /** `A OR B` needs one allowed licence, `A AND B` needs both. */
  function isAllowed(expression: string | undefined, name: string): boolean {
    if (expression === undefined) return namedInOldForm.includes(name);
    const plain = expression.replaceAll(/[()]/g, '');
    const isOne = (licence: string) => allowed.includes(licence) || exceptions[licence]?.includes(name) === true;
    return plain.split(' OR ').some((choice) => choice.split(' AND ').every(isOne));
  }
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const packages = ['package-lock.json', 'site/package-lock.json']
    .flatMap(installed)
    .map(([path, each]) => ({ name: nameOf(path), ...each }));

  test('each installed package has an allowed licence or is a known exception', () => {
    const others = packages.filter(({ name, license }) => !isAllowed(license, name));
    expect(others.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
  });

  test('each exception exists', () => {
    for (const [licence, names] of Object.entries(exceptions)) {
      for (const name of names) expect(packages.find((each) => each.name === name)?.license, name).toBe(licence);
    }
  });

  test('a package with another licence is reported', () => {
    for (const licence of ['GPL-3.0-only', 'MIT AND GPL-2.0-only', 'SEE LICENSE IN LICENSE', '0BSD', undefined])
      expect(isAllowed(licence, 'left-pad')).toBe(false);
    expect(isAllowed('(GPL-2.0-only OR MIT)', 'left-pad')).toBe(true);
  });
});
