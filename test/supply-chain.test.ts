// What is installed is what was checked in: each package of each lock file by its checksum, from no registry of its own, under a licence
// that goes with ours.
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

/** `undefined`: there is nothing to say against it. */
function faultOf({ integrity, resolved }: Package): string | undefined {
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '')) return 'has no SHA-512';
  // npm takes it from the registry that is configured, and compares the checksum.
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

test('a package without a checksum, with a weak one, or with a place of its own is found', () => {
  const integrity = `sha512-${'A'.repeat(86)}==`;
  expect(faultOf({ integrity })).toBeUndefined();
  expect(faultOf({})).toBe('has no SHA-512');
  expect(faultOf({ integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' })).toBe('has no SHA-512');
  for (const resolved of ['https://registry.example/a.tgz', 'git+ssh://git@host/a.git', 'file:../a.tgz'])
    expect(faultOf({ integrity, resolved })).toContain(resolved);
});

describe('licences', () => {
  const allowed = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'MPL-2.0', 'OFL-1.1'];
  /** Others that exist, and why they may. */
  const exceptions: Readonly<Record<string, readonly string[]>> = {
    // Asks for less than MIT: not even the notice. What TypeScript's output and nodemailer are under.
    '0BSD': ['tslib'],
    'MIT-0': ['nodemailer'],
    // Permissive, with a notice to keep; a parser of command lines that the API's tools need.
    'Python-2.0': ['argparse'],
    // Development only: none of it is installed with the package.
    'BlueOak-1.0.0': ['graceful-fs'],
    Unlicense: ['isbot'],
  };

  /** Under MIT by their LICENSE, and by the old member `licenses`, which npm does not copy into the lock file. Development only. */
  const namedInOldForm: readonly string[] = ['busboy', 'streamsearch'];

  /** Of `A OR B` one is enough, of `A AND B` each is needed. */
  function isAllowed(expression: string | undefined, name: string): boolean {
    if (expression === undefined) return namedInOldForm.includes(name);
    const plain = expression.replaceAll(/[()]/g, '');
    const isOne = (licence: string) => allowed.includes(licence) || exceptions[licence]?.includes(name) === true;
    return plain.split(' OR ').some((choice) => choice.split(' AND ').every(isOne));
  }
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const packages = installed('package-lock.json').map(([path, each]) => ({ name: nameOf(path), ...each }));

  test('each package of ours is under an allowed one, or is a known exception', () => {
    const others = packages.filter(({ name, license }) => !isAllowed(license, name));
    expect(others.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
  });

  test('each exception exists', () => {
    for (const [licence, names] of Object.entries(exceptions)) {
      for (const name of names) expect(packages.find((each) => each.name === name)?.license, name).toBe(licence);
    }
  });

  test('what is neither is found', () => {
    for (const licence of ['GPL-3.0-only', 'MIT AND GPL-2.0-only', 'SEE LICENSE IN LICENSE', '0BSD', undefined])
      expect(isAllowed(licence, 'left-pad')).toBe(false);
    expect(isAllowed('(GPL-2.0-only OR MIT)', 'left-pad')).toBe(true);
  });
});
