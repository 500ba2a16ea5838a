// The section `secret`: what it takes, what it inherits, and what its errors say.
import { expect, test } from 'vitest';
import { generateSecret, inspectSecret, type SecretFormat } from '../domain/secret.ts';
import { overrideSecretFormat, secretFormat } from './secret-format.ts';

const inherited: SecretFormat = { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 };

/** The format of a section, or its errors as `path: message`. */
function read(section: unknown, over = inherited): SecretFormat | readonly string[] {
  const { success, data, error } = secretFormat.safeParse(section);
  if (!success) return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const problems: string[] = [];
  const format = overrideSecretFormat(over, data, (path, message) => problems.push(`${path.join('.')}: ${message}`));
  return problems.length > 0 ? problems : format;
}

test('every part is optional and inherited', () => {
  expect(read({})).toEqual(inherited);
  const own = {
    prefixes: { live: 'key-' },
    length: 60,
    alphabet: 'hex',
    checksum: 'none',
    mask: { start: 0, mark: '****', end: 2 },
  } as const;
  expect(read(own)).toEqual(own);
  expect(read({}, own)).toEqual(own);
  expect(read({ length: 70, mask: { end: 3 } }, own)).toEqual({
    ...own,
    length: 70,
    mask: { ...own.mask, end: 3 },
  });
  expect(read({ mask: { end: 0 } })).toEqual({ ...inherited, mask: { start: 4, mark: '…', end: 0 } });
});

test('prefixes are replaced as a whole, so that a profile can have one environment', () => {
  expect(read({ prefixes: { live: 'acme_' } })).toEqual({ ...inherited, prefixes: { live: 'acme_' } });
});

test('another alphabet has its own default checksum', () => {
  const hex = read({ alphabet: 'hex', length: 60 }) as SecretFormat;
  expect(hex).toMatchObject({ alphabet: 'hex', checksum: undefined });
  expect(inspectSecret(`sk_live_${'0'.repeat(52)}`, hex)).toBe('live');
  const plain = { ...inherited, alphabet: 'base62', checksum: 'none' } as const;
  expect(read({ alphabet: 'base62' }, plain)).toEqual(plain);
  expect(read({ alphabet: 'base32', length: 60 }, plain)).toMatchObject({ checksum: undefined });
});

test('the format of the fixed configuration works', () => {
  const format = read({ prefixes: { live: 'acme_live_', test: 'acme_test_' }, length: 48 }) as SecretFormat;
  expect(generateSecret(format, 'test')).toMatch(/^acme_test_[0-9A-Za-z]{38}$/);
});

test.each<[unknown, string]>([
  [[], ': must be a mapping with prefixes, length, alphabet, checksum, mask'],
  [{ lenght: 48 }, ': "lenght" is not known here: did you mean length?'],
  [
    { __proto__: null, constructor: 1 },
    ': "constructor" is not known here: use one of prefixes, length, alphabet, checksum, mask',
  ],
  [
    JSON.parse('{"__proto__":{"length":60}}'),
    ': "__proto__" is not known here: use one of prefixes, length, alphabet, checksum, mask',
  ],
  [{ prefixes: {} }, 'prefixes: is empty: set live, test or both'],
  [{ prefixes: { prod: 'a_' } }, 'prefixes: "prod" is not known here: use one of live, test'],
  [{ prefixes: { live: '' } }, 'prefixes.live: "" must be a prefix such as sk_live_, key- or AKIA'],
  [{ prefixes: { live: 7 } }, 'prefixes.live: "7" must be a prefix such as sk_live_, key- or AKIA'],
  [
    { prefixes: { live: 'sk' } },
    'prefixes.live: secret prefix sk is part of ordinary words: end it in _ - or ., or use at least 4 characters',
  ],
  [
    { prefixes: { live: 'sk_', test: 'sk_test_' } },
    'prefixes: one prefix starts with the other, so a secret would not show its environment: use two different prefixes',
  ],
  [
    { prefixes: { test: 'a b_' } },
    'prefixes.test: secret prefix a b_ must look like sk_live_, key- or AKIA: 2 to 40 letters and digits that begin with a letter, with single _ - . between them or at the end',
  ],
  [
    { length: 40 },
    'length: secrets of 40 characters are too short for 160 random bits: with these prefixes and base62 they need at least 41',
  ],
  [
    { alphabet: 'hex', length: 47 },
    'length: secrets of 47 characters are too short for 160 random bits: with these prefixes and hex they need at least 48',
  ],
  [{ length: 0 }, 'length: "0" must be a whole number from 1 to 1024'],
  [{ length: '48' }, 'length: "48" must be a whole number from 1 to 1024'],
  [{ alphabet: 'base63' }, 'alphabet: "base63" is not known: did you mean base62?'],
  [{ checksum: 'crc' }, 'checksum: "crc" is not known: did you mean crc32?'],
  [
    { alphabet: 'hex', checksum: 'crc32', length: 80 },
    'checksum: crc32 needs the alphabet base62, not hex: set checksum: none, or alphabet: base62',
  ],
  [{ mask: '…' }, 'mask: must be a mapping with start, mark, end'],
  [{ mask: { start: 5 } }, 'mask.start: "5" must be a whole number from 0 to 4'],
  [{ mask: { end: -1 } }, 'mask.end: "-1" must be a whole number from 0 to 4'],
  [{ mask: { mark: 'xx' } }, 'mask.mark: "xx" must be …, ... or 1 to 8 * or •, in quotes'],
  [{ mask: { mark: '' } }, 'mask.mark: "" must be …, ... or 1 to 8 * or •, in quotes'],
])('%j is refused, with field and fix', (section, message) => {
  expect(read(section)).toEqual([message]);
});
