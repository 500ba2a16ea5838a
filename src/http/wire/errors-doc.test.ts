// Every reason and error code has its section in docs/reference/errors.md, and every section its code.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { reasons } from '../../domain/verdict.ts';
import { managementCodes } from '../../management/management-error.ts';
import { faults } from '../../profiles/profile.ts';
import { storageErrorCodes } from '../../storage/errors.ts';
import { problemCodes } from './problem.ts';

const root = new URL('../../../', import.meta.url);
const docs = readFileSync(new URL('docs/reference/errors.md', root), 'utf8');
const sections = docs.split(/^### /m).slice(1);
const headings = sections.map((section) => section.slice(0, section.indexOf('\n')));

/** Not shown: the request is answered as `unavailable`. */
const unseen = 'limiter_out';

/**
 * The codes of operational errors that the sources throw as literals, and those of their subclasses. The command line's
 * codes are in cli.md.
 */
function findThrownCodes(): string[] {
  const files = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|^cli\//.test(file));
  return sources.flatMap((file) => {
    const text = readFileSync(new URL(`src/${file}`, root), 'utf8');
    const literal = /(?:new (?:Operational|Config)Error|extends OperationalError \{[\s\S]*?\bsuper)\(\s*'([a-z_]+)'/g;
    return [...text.matchAll(literal)].map((match) => match[1] as string).filter((code) => code !== unseen);
  });
}

describe('docs/reference/errors.md', () => {
  test('explains every code, and nothing else', () => {
    const thrown = findThrownCodes();
    expect(thrown).toContain('port_in_use');
    const codes = [...reasons, ...faults, ...managementCodes, ...storageErrorCodes, ...problemCodes, ...thrown];
    expect(
      headings.toSorted(),
      'docs/reference/errors.md has a section `### code` for each code, and no others',
    ).toEqual([...new Set(codes)].toSorted());
  });

  test.each(sections)('says what happened, why, and how to fix it: %s', (section) => {
    expect(section).toMatch(
      /\*\*What happened\.\*\* .{10,}\n\n\*\*Common causes\.\*\* .{5,}\n\n\*\*How to fix it\.\*\* .{5,}/,
    );
  });

  test('the admin API tells of every fault of management and of a running storage', () => {
    const startOnly = [
      'storage_in_use',
      'storage_newer',
      'storage_not_a_database',
      'storage_not_miftah',
      'storage_pooled',
    ];
    const restoreOnly = ['backup_damaged'];
    const codes = [...managementCodes, ...storageErrorCodes].filter(
      (code) => ![...startOnly, ...restoreOnly].includes(code),
    );
    expect(problemCodes).toEqual(expect.arrayContaining(codes));
  });
});
