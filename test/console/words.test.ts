// The console's words: each language has all of them, with the same placeholders and with every plural form that it needs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { languages as consoleLanguages } from '../../console/src/i18n/languages.ts';
import { countNames, ruleIds, settingNames, settingUnits } from '../../src/domain/alert.ts';
import { auditActions } from '../../src/domain/audit-record.ts';
import { reasons } from '../../src/domain/verdict.ts';
import { checks } from '../../src/engine/checks.ts';
import { problemCodes } from '../../src/http/wire/problem.ts';
import { languages } from '../../src/profiles/console.ts';
import { managementShapes } from '../../src/profiles/management/index.ts';

const folder = join(import.meta.dirname, '../../console/src/i18n');
const namespaces = readdirSync(join(folder, 'en'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length));

/** English is the language that the others follow. */
const translations = languages.filter((language) => language !== 'en');

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
function compare(en: Texts, translated: Texts, language: string): readonly string[] {
  const faults: string[] = [];
  const english = formsOf(en);
  const other = formsOf(translated);
  for (const key of new Set([...english.keys(), ...other.keys()])) {
    const [ours, theirs] = [english.get(key), other.get(key)];
    if (ours === undefined) faults.push(`${key}: not in en`);
    else if (theirs === undefined) faults.push(`${key}: not in ${language}`);
    else if (ours[0] === '' ? theirs.join() !== '' : ours.join() !== categoriesOf('en')) {
      faults.push(`${key}: forms of en ${ours.join()}, of ${language} ${theirs.join()}`);
    } else if (ours[0] !== '' && theirs.join() !== categoriesOf(language)) {
      faults.push(`${key}: ${language} needs ${categoriesOf(language)}, has ${theirs.join()}`);
    }
  }
  for (const [key, text] of Object.entries(translated)) {
    const base = key.replace(plural, '');
    const model = en[key] ?? en[`${base}_other`] ?? '';
    // "One" and "two" are words of their own in Arabic, and none is "none": the number need not be said.
    const isSpelledOut = /_(zero|one|two)$/.test(key);
    const wanted = placeholdersOf(model).filter((each) => !isSpelledOut || each !== '{{count}}');
    const given = placeholdersOf(text).filter((each) => !isSpelledOut || each !== '{{count}}');
    if (wanted.join() !== given.join())
      faults.push(`${key}: placeholders ${wanted.join()} in en, ${given.join()} in ${language}`);
  }
  return faults;
}

function categoriesOf(language: string): string {
  return [...new Intl.PluralRules(language).resolvedOptions().pluralCategories].sort().join();
}

test('the languages are those of the server, each with a folder of words', () => {
  expect(
    Object.keys(consoleLanguages),
    'console/src/i18n/languages.ts has the languages of src/profiles/console.ts',
  ).toEqual([...languages]);
  const folders = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());
  expect(
    folders.map(({ name }) => name).sort(),
    'console/src/i18n has a folder for each language, and no others',
  ).toEqual(languages.toSorted());
});

test.each(languages)('%s has a file for each namespace of English, and its line in index.ts', async (language) => {
  expect(namespaces.length).toBeGreaterThan(5);
  const files = readdirSync(join(folder, language));
  expect(files.sort(), `console/src/i18n/${language} has the files of console/src/i18n/en`).toEqual(
    readdirSync(join(folder, 'en')).sort(),
  );
  const { default: words } = (await import(join(folder, language, 'index.ts'))) as { default: object };
  expect(Object.keys(words).sort(), `console/src/i18n/${language}/index.ts has a line for each file`).toEqual(
    namespaces.toSorted(),
  );
});

describe.each(translations)('%s', (language) => {
  test.each(namespaces)('%s has the same keys and placeholders as in English, and all plural forms', (namespace) => {
    expect(compare(readTexts('en', namespace), readTexts(language, namespace), language)).toEqual([]);
  });

  test.each(namespaces)('%s has no text that is empty', (namespace) => {
    const texts = Object.entries(readTexts(language, namespace));
    expect(texts.filter(([, text]) => text.trim() === '')).toEqual([]);
  });
});

test.each(namespaces)('%s has none in Arabic that is still English', (namespace) => {
  const faulty = Object.entries(readTexts('ar', namespace)).filter(([, text]) => !/[\u0600-\u06ff]/.test(text));
  expect(faulty.filter(([, text]) => !/^[\s\d{}\w.…·:/()-]*\{\{/.test(text))).toEqual([]);
});

test('the comparison sees a missing key, a missing plural form and another placeholder', () => {
  const en = { a: 'A {{x}}', b_one: '1', b_other: '{{count}}', c: 'C' };
  const forms = { b_zero: '٠', b_one: '١', b_two: '٢', b_few: '{{count}}', b_many: '{{count}}', b_other: '{{count}}' };
  expect(compare(en, { a: 'أ {{x}}', ...forms, c: 'ج' }, 'ar')).toEqual([]);
  expect(compare(en, { a: 'أ {{y}}', ...forms, d: 'د' }, 'ar')).toEqual([
    'c: not in ar',
    'd: not in en',
    'a: placeholders {{x}} in en, {{y}} in ar',
  ]);
  const { b_two, ...rest } = forms;
  expect(compare(en, { a: 'أ {{x}}', ...rest, c: 'ج' }, 'ar')).toEqual([
    'b: ar needs few,many,one,other,two,zero, has few,many,one,other,zero',
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

test('every rule of alerts, and what it counts and sets, has its words', () => {
  const texts = readTexts('en', 'alerts');
  const each = (names: readonly string[], ...words: readonly string[]) =>
    names.flatMap((name) => words.map((word) => `${name}.${word}`)).toSorted();
  expect(namesIn(texts, 'rules').toSorted()).toEqual(each(ruleIds, 'found', 'when'));
  expect(namesIn(texts, 'settings').toSorted()).toEqual(each(settingNames, 'label', 'hint'));
  expect(namesIn(texts, 'counts').toSorted()).toEqual(countNames.toSorted());
  expect(namesIn(texts, 'baseline').toSorted()).toEqual(countNames.toSorted());
  expect(namesIn(texts, 'units').toSorted()).toEqual(settingUnits.toSorted());
});

test('every reason has its title and text', () => {
  const wanted = reasons.flatMap((reason) => [`${reason}.title`, `${reason}.text`]);
  expect(
    namesIn(readTexts('en', 'denials'), 'reasons').toSorted(),
    'reasons of console/src/i18n/en/denials.json: a title and a text for each reason of src/domain/verdict.ts, no others',
  ).toEqual(wanted.toSorted());
});

test('every check has its name', () => {
  expect(
    namesIn(readTexts('en', 'key'), 'tester.names'),
    'tester.names of console/src/i18n/en/key.json: a name for each check of src/engine/checks.ts',
  ).toEqual(expect.arrayContaining(checks.map(({ name }) => name)));
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
  expect(
    namesIn(readTexts('en', 'audit'), 'via'),
    'via of console/src/i18n/en/audit.json: words for each shape of src/profiles/management',
  ).toEqual(expect.arrayContaining(Object.keys(managementShapes)));
});
