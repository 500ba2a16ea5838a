// Paths: a path with one reading is accepted, any other is refused.
import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCanonicalPath, isTargetPath } from './path.ts';

const bothCases = (code: string) => [code.toLowerCase(), code.toUpperCase()];

/** Segments that make any path ambiguous. */
const ambiguousSegments = [
  // dot segments in every spelling
  '.',
  '..',
  '...',
  ...['%2e', '%2e%2e', '.%2e', '%2e.', '%2e%2e%2e', '..%2e'].flatMap(bothCases),
  // a trailing dot or space, which some servers cut off first
  'admin.',
  'admin..',
  'admin%2e',
  'admin%20',
  'admin%20%20',
  '%20',
  '.%20',
  '..%20',
  'admin%C2%A0',
  // a second decoding would change it
  ...['%252e', '%252e%252e', '%252f', '%255c', '%2500', '%25', '%25%32%65', '%2525', 'a%253fb'].flatMap(bothCases),
  // encoded separators
  ...['%2f', '..%2f', '%2e%2e%2f', 'a%2fb', '%5c', '..%5c', 'a%5cb', '%2f%2f', '%5c%5c'].flatMap(bothCases),
  // path parameters
  ';',
  ';x',
  'admin;x',
  'admin;x=1',
  '..;',
  '..;x',
  ';..',
  ...['%3b', 'admin%3bx', '..%3b'].flatMap(bothCases),
  // unencoded backslashes
  '\\',
  '..\\',
  '\\..',
  'a\\b',
  // control characters
  ...Array.from({ length: 32 }, (_, code) => `a%${code.toString(16).padStart(2, '0')}b`),
  'admin%00',
  '%00',
  'admin%00.css',
  'admin%0a',
  'admin%0d%0aX:1',
  '%7f',
  '%C2%80',
  '%C2%85',
  '%C2%9F',
  'a\u0000b',
  'a\tb',
  'a\nb',
  // characters that a path may not contain
  ' ',
  'a b',
  'a"b',
  'a<b',
  'a>b',
  'a^b',
  'a`b',
  'a{b',
  'a|b',
  'a}b',
  'a[b',
  'a]b',
  '\u007f',
  'é',
  'م',
  '．．',
  '／',
  '😀',
  // a query or a fragment in the path, or one that appears after decoding (CVE-2026-32811)
  '%3f',
  '%3F',
  'admin%3fx',
  '%23',
  'admin%23x',
  'a?b',
  'a#b',
  // malformed percent-encoding
  '%',
  '%2',
  '%zz',
  '%u002e',
  '%u2216',
  '%-1',
  'a%',
  'a%f',
  '%%32e',
  // invalid UTF-8: overlong, cut short, surrogates, beyond Unicode, Latin-1
  '%c0%ae',
  '%c0%ae%c0%ae',
  '%c0%af',
  '%c1%9c',
  '%c1%1c',
  '%e0%80%ae',
  '%e0%80%af',
  '%f0%80%80%ae',
  '%f8%80%80%80%ae',
  '%ed%a0%80',
  '%f4%90%80%80',
  '%ff',
  '%fe',
  '%80',
  '%bf',
  '%e9',
  '%d9',
  '%e2%82',
  // compatibility forms that fold onto the characters above
  '%EF%BC%8E',
  '%EF%BC%8E%EF%BC%8E',
  '.%EF%BC%8E',
  '%E2%80%A4%E2%80%A4',
  '%E2%80%A5',
  '%E2%80%A6',
  'admin%EF%BC%8E',
  '%EF%BC%8F',
  'a%EF%BC%8Fb',
  '%EF%BC%BC',
  '%EF%B9%A8',
  '%EF%BC%9B',
  '%CD%BE',
  '%EF%BC%85',
  '%EF%B9%AA',
  '%EF%BC%9F',
  '%EF%BC%83',
];

const places = (segment: string) => [`/${segment}`, `/public/${segment}/admin`];

const ambiguousPaths = [
  '',
  '*',
  'admin',
  './admin',
  '../admin',
  '?x',
  '#x',
  ' /admin',
  '//',
  '//admin',
  '///admin',
  '/public//admin',
  '/admin//',
  '/.//admin',
  '//internal',
  '/./internal',
  '/internal/.',
  '/internal/..',
  '/public/../internal',
  '/public/./../internal',
  '//evil.com/%2e%2e',
  '\\admin',
  '/\\admin',
  '\\/admin',
  'http://host/admin',
  'https://host/admin',
  'HTTP://host/admin',
  'host:443',
  '%2fadmin',
  '/%2fadmin',
  '／admin',
];

describe('isCanonicalPath refuses', () => {
  test.each([...ambiguousPaths, ...ambiguousSegments.flatMap(places)])('%j', (path) => {
    expect(isCanonicalPath(path)).toBe(false);
  });
});

describe('isCanonicalPath accepts', () => {
  test.each([
    '/',
    '/user/profile',
    '/v1/users/usr_123',
    '/v1/users/',
    '/v1/wallets/service/balance',
    '/.well-known/openid-configuration',
    '/v1.0/file.tar.gz',
    '/a..b/..c',
    '/ADMIN',
    "/-_~!$&'()*+,=:@/a.b",
    '/v1/n/%D9%85',
    '/v1/n/%d9%85%D9%81%D8%AA%D8%A7%D8%AD',
    '/v1/n/%C3%A9',
    '/v1/n/%F0%9F%98%80',
    '/v1/contacts/a%40b.com',
    '/v1/phones/%2B970599000000',
    '/a%20b/c',
    '/%7Euser',
  ])('%s', (path) => {
    expect(isCanonicalPath(path)).toBe(true);
  });
});

test('a canonical path is the same to URL parsers, to path normalisers, and after decoding', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      '%5c',
      '%25',
      ';',
      '\\',
      '?',
      '#',
      '%00',
      '%EF%BC%8E',
      '%D9%85',
      '%3f',
    ),
    fc.constantFrom(..."abAZ09-_~!$&'()*+,=:@ "),
    fc.string({ unit: 'grapheme', maxLength: 3 }).map(encodeURIComponent),
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const path = `/${pieces.join('')}`;
      if (!isCanonicalPath(path)) return;
      accepted++;
      expect(new URL(path, 'http://host').pathname).toBe(path);
      expect(new URL(path, 'http://host').host).toBe('host');
      expect(posix.normalize(path)).toBe(path);
      const decoded = decodeURIComponent(path);
      expect(decodeURIComponent(decoded)).toBe(decoded);
      expect(posix.normalize(decoded)).toBe(decoded);
      expect(decodeURIComponent(new URL(decoded, 'http://host').pathname)).toBe(decoded);
      expect(decoded.split('/')).toHaveLength(path.split('/').length);
    }),
    { numRuns: 2000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

test.each([
  ...[
    '/',
    '//',
    '/a//b',
    '/a/../b',
    '/a%2Fb',
    '/a;v=1',
    '/100%',
    '/%25',
    '/a.',
    '/a|b',
    '/items/[id]',
    '/a\\b',
    '/%00',
  ],
])('%s is a path, in whatever way it is read', (path) => expect(isTargetPath(path)).toBe(true));

test.each(['', '*', 'a', 'http://host/a', '/a b', '/a\tb', '/a\nb', '/a#b', '/\x7f', '/é', '/م', '\\a'])(
  '%j is no path',
  (path) => expect(isTargetPath(path)).toBe(false),
);

test('what has one reading is a path', () => {
  const piece = fc.constantFrom(...'/.;%2ef#é ab\\');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const path = `/${pieces.join('')}`;
      if (isCanonicalPath(path)) expect(isTargetPath(path)).toBe(true);
    }),
  );
});

test('never throws', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (path) => typeof isCanonicalPath(`/${path}`) === 'boolean'));
});

test.each(['/', '/a', '/.', '/%61', '/%EF%BC%8E', '/%', '%', '/a.', '/%D9%85'])(
  'reads 64 KiB of %j in linear time',
  (piece) => {
    const path = `/a${piece.repeat(Math.ceil(65_536 / piece.length))}`;
    isCanonicalPath(path);
    // The best of a few rounds, so that a busy machine can't fail it; a quadratic reading would take seconds.
    const rounds = Array.from({ length: 5 }, () => {
      const start = performance.now();
      isCanonicalPath(path);
      return performance.now() - start;
    });
    expect(Math.min(...rounds)).toBeLessThan(50);
  },
);
