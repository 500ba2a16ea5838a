// The console's words: each language has all of them, with the same placeholders and with every plural form that it needs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditActions } from '../../src/domain/audit-record.ts';
import { reasons } from '../../src/domain/verdict.ts';
import { problemCodes } from '../../src/http/wire/problem.ts';
import { profiles } from '../../src/profiles/index.ts';
import type { Profile } from '../../src/profiles/profile.ts';

const folder = join(import.meta.dirname, '../../console/src/i18n');
const namespaces = readdirSync(join(folder, 'en'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length));

type Texts = Readonly<Record<string, string>>;

function readTexts(language: string, namespace: string): Texts {
  return flatten(JSON.parse(readFileSync(join(folder, language, `${namespace}.json`), 'utf8')));
}

function flatten(tree: object, prefix = ''): Texts {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([name, value]) =>
      typeof value === 'string' ? [[`${prefix}${name}`, value]] : Object.entries(flatten(value, `${prefix}${name}.`)),
    ),
  );
}

const plural = /_(zero|one|two|few|many|other)$/;

/** Key without its plural form, to the forms that there are. */
function formsOf(texts: Texts): Map<string, readonly string[]> {
  const forms = Map.groupBy(Object.keys(texts), (key) => key.replace(plural, ''));
  return new Map([...forms].map(([key, each]) => [key, each.map((name) => plural.exec(name)?.[1] ?? '').sort()]));
}

function placeholdersOf(text: string): readonly string[] {
  return [...text.matchAll(/\{\{-?\s*(\w+)[^}]*\}\}|<\/?(\w+)\/?>/g)].map(([whole]) => whole).sort();
}

/** What is wrong between the languages, a line each. */
function compare(en: Texts, ar: Texts): readonly string[] {
  const faults: string[] = [];
  const english = formsOf(en);
  const arabic = formsOf(ar);
  for (const key of new Set([...english.keys(), ...arabic.keys()])) {
    const [ours, theirs] = [english.get(key), arabic.get(key)];
    if (ours === undefined) faults.push(`${key}: not in English`);
    else if (theirs === undefined) faults.push(`${key}: not in Arabic`);
    else if (ours[0] === '' ? theirs.join() !== '' : ours.join() !== categoriesOf('en')) {
      faults.push(`${key}: English forms ${ours.join()}, Arabic forms ${theirs.join()}`);
    } else if (ours[0] !== '' && theirs.join() !== categoriesOf('ar')) {
      faults.push(`${key}: Arabic needs ${categoriesOf('ar')}, has ${theirs.join()}`);
    }
  }
  for (const [key, text] of Object.entries(ar)) {
    const base = key.replace(plural, '');
    const model = en[key] ?? en[`${base}_other`] ?? '';
    // "One" and "two" are words of their own in Arabic, and none is "none".
    const isSpelledOut = /_(zero|one|two)$/.test(key);
    const wanted = placeholdersOf(model).filter((each) => !isSpelledOut || each !== '{{count}}');
    const given = placeholdersOf(text).filter((each) => !isSpelledOut || each !== '{{count}}');
    if (wanted.join() !== given.join())
      faults.push(`${key}: placeholders ${wanted.join()} in English, ${given.join()} in Arabic`);
  }
  return faults;
}

function categoriesOf(language: string): string {
  return [...new Intl.PluralRules(language).resolvedOptions().pluralCategories].sort().join();
}

test('both languages have the same namespaces', () => {
  expect(namespaces.length).toBeGreaterThan(5);
  expect(readdirSync(join(folder, 'ar')).sort()).toEqual(readdirSync(join(folder, 'en')).sort());
});

test.each(namespaces)('%s has the same keys, placeholders and all plural forms in both languages', (namespace) => {
  expect(compare(readTexts('en', namespace), readTexts('ar', namespace))).toEqual([]);
});

test.each(namespaces)('%s has no text that is empty, and none in Arabic that is still English', (namespace) => {
  const ar = readTexts('ar', namespace);
  const faulty = Object.entries(ar).filter(([, text]) => text.trim() === '' || !/[\u0600-\u06ff]/.test(text));
  expect(faulty.filter(([, text]) => !/^[\s\d{}\w.…·:/()-]*\{\{/.test(text))).toEqual([]);
});

test('the comparison sees a missing key, a missing plural form and another placeholder', () => {
  const en = { a: 'A {{x}}', b_one: '1', b_other: '{{count}}', c: 'C' };
  const forms = { b_zero: '٠', b_one: '١', b_two: '٢', b_few: '{{count}}', b_many: '{{count}}', b_other: '{{count}}' };
  expect(compare(en, { a: 'أ {{x}}', ...forms, c: 'ج' })).toEqual([]);
  expect(compare(en, { a: 'أ {{y}}', ...forms, d: 'د' })).toEqual([
    'c: not in Arabic',
    'd: not in English',
    'a: placeholders {{x}} in English, {{y}} in Arabic',
  ]);
  const { b_two, ...rest } = forms;
  expect(compare(en, { a: 'أ {{x}}', ...rest, c: 'ج' })).toEqual([
    'b: Arabic needs few,many,one,other,two,zero, has few,many,one,other,zero',
  ]);
});

/** What the console finds by itself, before anything is sent. */
const ownCodes = ['secret_in_request'];

test('a problem that is worded here is one that there is', () => {
  const codes = Object.keys(readTexts('en', 'errors'))
    .filter((key) => key.startsWith('codes.'))
    .map((key) =>
      key
        .slice('codes.'.length)
        .replace(plural, '')
        .replace(/_wait$/, ''),
    );
  expect(codes.filter((code) => ![...problemCodes, ...ownCodes].includes(code))).toEqual([]);
});

/** The names of a group of texts: `created` of `key.created.title` in the group `key`. */
function namesIn(texts: Texts, group: string): readonly string[] {
  const inside = Object.keys(texts).filter((key) => key.startsWith(`${group}.`));
  return inside.map((key) => key.slice(group.length + 1));
}

test('every reason has its title and text', () => {
  const wanted = reasons.flatMap((reason) => [`${reason}.title`, `${reason}.text`]);
  expect(
    namesIn(readTexts('en', 'denials'), 'reasons').toSorted(),
    'reasons of console/src/i18n/en/denials.json: a title and a text for each reason of src/domain/verdict.ts, no others',
  ).toEqual(wanted.toSorted());
});

test('every audit action of an organization has its words', () => {
  const wanted = Object.entries(auditActions).flatMap(([action, reader]) =>
    reader === 'organization' ? [action] : [],
  );
  expect(
    namesIn(readTexts('en', 'audit'), 'actions').toSorted(),
    'actions of console/src/i18n/en/audit.json: words for each action of src/domain/audit-record.ts, no others',
  ).toEqual(wanted.toSorted());
});

test("every vendor's own routes have their words", () => {
  const vendors: readonly Profile[] = Object.values(profiles);
  expect(
    namesIn(readTexts('en', 'audit'), 'via'),
    'via of console/src/i18n/en/audit.json: words for the `via` of each profile with management routes',
  ).toEqual(expect.arrayContaining(vendors.flatMap(({ dialect }) => dialect.management?.via ?? [])));
});
