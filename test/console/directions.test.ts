// The console is laid out by start and end alone, so that it mirrors itself for languages that run from right to left.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '../../console/src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' });

const physicalCss = /(^|[\s;{-])(left|right)\b(?!\))|(^|[\s;{])(margin|padding|border|inset)-(left|right)/;
const physicalProps =
  /\s(ml|mr|pl|pr|left|right)=|\bta="(left|right)"|(textAlign|float): '(left|right)'|\b(margin|padding|border)(Left|Right)\b/;

function findLines(pattern: RegExp, extension: RegExp): readonly string[] {
  return files
    .filter((name) => extension.test(name))
    .flatMap((name) =>
      readFileSync(join(source, name), 'utf8')
        .replaceAll(/\/\*[\s\S]*?\*\//g, '')
        .split('\n')
        .flatMap((line) => (pattern.test(line) ? [`${name}: ${line.trim()}`] : [])),
    );
}

test('style sheets name no left and no right', () => {
  expect(findLines(physicalCss, /[.]css$/)).toEqual([]);
});

test('components set no left and no right', () => {
  expect(findLines(physicalProps, /[.]tsx$/)).toEqual([]);
});

test('the search finds what it looks for', () => {
  for (const line of ['  margin-left: 1px;', '  text-align: right;', '{ left: 0 }']) expect(line).toMatch(physicalCss);
  for (const line of ['  margin-inline-start: 1px;', '  scroll-padding-block: 1px;'])
    expect(line).not.toMatch(physicalCss);
  for (const line of ['<Box ml="sm" />', '<Text ta="right">', "{ textAlign: 'left' }"])
    expect(line).toMatch(physicalProps);
  for (const line of ['<Box ms="sm" />', '<Button leftSection={x} />']) expect(line).not.toMatch(physicalProps);
});
