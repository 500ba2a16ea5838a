// The parts of a URL that may be shown, also of a malformed one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redactUrl } from './redact-url.ts';

test('cuts user and password up to the last @, whatever the password has in it', () => {
  for (const password of [
    'plain',
    'p@ss',
    '@',
    'a/b',
    'a?b',
    'a#b',
    'a b',
    'a:b@c:d',
    'a//b',
    '1/2@3',
    '%zz',
    "it's",
  ]) {
    expect(redactUrl(`postgres://me:${password}@db.example:5432/miftah?sslmode=require`)).toBe(
      'postgres://…@db.example:5432/miftah?sslmode=require',
    );
  }
  expect(redactUrl('redis+sentinel://:p@ss@a:1,b:2/main/0')).toBe('redis+sentinel://…@a:1,b:2/main/0');
  expect(redactUrl('smtp://me:p@ss@mail.example')).toBe('smtp://…@mail.example');
});

test('cuts passwords in other places', () => {
  expect(redactUrl('postgres://db/miftah?password=p@ss&user=me')).toBe('postgres://db/miftah?password=…');
  expect(redactUrl('postgres:///miftah?host=/run&sslpassword=abc')).toBe('postgres:///miftah?host=/run&sslpassword=…');
  expect(redactUrl("host=db password = 'it\\'s s@cret' dbname=m")).not.toMatch(/it|s@|cret/);
  expect(redactUrl('host=db password=s3cret dbname=m')).toBe('host=db password=… dbname=m');
  expect(redactUrl('host=db PASSFILE=/x/y dbname=m')).toBe('host=db PASSFILE=… dbname=m');
  expect(redactUrl('me:s3cret@db:5432')).toBe('…@db:5432');
  // The host was forgotten, or a # ends the authority before the @.
  expect(redactUrl('postgres://me:s3cret')).toBe('postgres://…');
  expect(redactUrl('postgres://me:12ab#')).toBe('postgres://…');
});

test('leaves text without a secret unchanged', () => {
  for (const text of [
    'http://127.0.0.1:4200/',
    'postgres://a:1,[::1]:2/miftah',
    'sqlite:./miftah.db',
    'Miftah <miftah@example.com>',
    'api.example.com',
    '60/m',
    '',
  ]) {
    expect(redactUrl(text)).toBe(text);
  }
});

test('never shows a password of a URL, however it is written', () => {
  const part = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'@:/?#% ab1&=\'"\\') });
  fc.assert(
    fc.property(part, part, (before, after) => {
      const secret = `${before}zQ7${after}`;
      expect(redactUrl(`postgres://me:${secret}@host:5432/db`)).not.toContain('zQ7');
      expect(redactUrl(`me:${secret}@host`)).not.toContain('zQ7');
    }),
  );
});
