// Endpoint patterns: the requests that they cover, and malformed patterns.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesEndpoint, parseEndpointPattern } from './endpoint.ts';
import { isCanonicalPath } from './path.ts';

function matches(pattern: string, method: string, path: string): boolean {
  const parsed = parseEndpointPattern(pattern);
  if (parsed === undefined) throw new TypeError(`${pattern} is no pattern`);
  return matchesEndpoint(parsed, method, path);
}

describe('an endpoint pattern', () => {
  test.each([
    ['GET /v1/users', 'GET', '/v1/users'],
    ['GET /v1/users', 'HEAD', '/v1/users'],
    ['/v1/users', 'DELETE', '/v1/users'],
    ['* /v1/users', 'PATCH', '/v1/users'],
    ['GET /', 'GET', '/'],
    ['GET /v1/users/', 'GET', '/v1/users/'],
    ['GET /v1/users/*', 'GET', '/v1/users/usr_123'],
    ['GET /v1/*/keys', 'GET', '/v1/a/keys'],
    ['GET /v1/*/keys/*', 'GET', '/v1/a/keys/b'],
    ['GET /v1/*/', 'GET', '/v1/a/'],
    ['GET /*', 'GET', '/a'],
    ['GET /**', 'GET', '/a/b/c'],
    ['GET /v1/**', 'GET', '/v1/a'],
    ['GET /v1/**', 'GET', '/v1/a/b/'],
    ['GET /v1/*/b/**', 'GET', '/v1/a/b/c/d'],
    ['GET /v1/a%40b.com', 'GET', '/v1/a@b.com'],
    // Another spelling of the same path: it must not slip by a rule that guards it.
    ['POST /v1/pay', 'POST', '/v1/p%61y'],
    ['POST /v1/batch:run', 'POST', '/v1/batch%3Arun'],
    ['POST /v1/n/%D9%85/*', 'POST', '/v1/n/%d9%85/x'],
  ])('%s covers %s %s', (pattern, method, path) => {
    expect(matches(pattern, method, path)).toBe(true);
  });

  test.each([
    ['GET /v1/users', 'POST', '/v1/users'],
    ['HEAD /v1/users', 'GET', '/v1/users'],
    ['POST /v1/users', 'HEAD', '/v1/users'],
    ['GET /v1/users', 'get', '/v1/users'],
    ['GET /v1/users', 'GET', '/v1/users/'],
    ['GET /v1/users/', 'GET', '/v1/users'],
    ['GET /v1/users', 'GET', '/v1/Users'],
    ['GET /v1/users', 'GET', '/v1/users2'],
    ['GET /v1/users/*', 'GET', '/v1/users'],
    ['GET /v1/users/*', 'GET', '/v1/users/'],
    ['GET /v1/users/*', 'GET', '/v1/users/a/b'],
    ['GET /v1/users/*', 'GET', '/v1/users/a/'],
    ['GET /v1/users/*', 'DELETE', '/v1/users/a'],
    ['GET /v1/*/keys', 'GET', '/v1/keys'],
    ['GET /v1/*/keys', 'GET', '/v1/a/b/keys'],
    ['GET /v1/*/keys', 'GET', '/v1/a/key'],
    ['GET /v1/*/keys', 'GET', '/v1/a/keys/'],
    ['GET /v1/**', 'GET', '/v1'],
    ['GET /v1/**', 'GET', '/v1/'],
    ['GET /v1/**', 'GET', '/v10/a'],
    ['GET /*', 'GET', '/'],
  ])('%s does not cover %s %s', (pattern, method, path) => {
    expect(matches(pattern, method, path)).toBe(false);
  });

  test.each([
    '',
    'GET',
    'GET ',
    'v1/users',
    'GET v1/users',
    'get /v1',
    'GET  /v1',
    ' GET /v1',
    'GET /v1 ',
    'GET /v1\n',
    'GET,POST /v1',
    '** /v1',
    'GET //v1',
    'GET /v1//users',
    'GET /v1/./users',
    'GET /v1/../users',
    'GET /v1/users.',
    'GET /v1/us*',
    'GET /v1/*s',
    'GET /v1/***',
    'GET /**/users',
    'GET /v1/**/',
    'GET /v1?x=1',
    'GET /v1#x',
    'GET /v1;x',
    'GET /v1/a b',
    'GET /v1/م',
    'GET /v1/%',
    'GET /v1/%2F',
    'GET /v1/%2e%2e',
    'GET /v1/%2A',
    'GET /v1/\\',
    `GET /${'a'.repeat(500)}`,
  ])('%j is not a pattern', (text) => {
    expect(parseEndpointPattern(text)).toBeUndefined();
  });

  const segment = fc.constantFrom('v1', 'users', 'a', 'b.c', 'x-y', '~z');
  const patternPath = fc
    .tuple(fc.array(fc.oneof(segment, fc.constant('*')), { maxLength: 4 }), fc.constantFrom('', '/', '/**'))
    .map(([segments, end]) => `/${segments.join('/')}${segments.length === 0 ? end.slice(1) : end}`);
  const requestPath = fc
    .tuple(fc.array(segment, { maxLength: 5 }), fc.constantFrom('', '/'))
    .map(([segments, end]) => (segments.length === 0 ? '/' : `/${segments.join('/')}${end}`));

  test('agrees with a regular expression', () => {
    fc.assert(
      fc.property(patternPath, requestPath, fc.constantFrom('GET', 'HEAD', 'POST'), (pattern, path, method) => {
        const source = pattern
          .split('/')
          .map((part) => (part === '**' ? '.+' : part === '*' ? '[^/]+' : part.replace(/[.~-]/g, '\\$&')))
          .join('/');
        const isCovered = new RegExp(`^${source}$`).test(path) && method !== 'POST';
        expect(matches(`GET ${pattern}`, method, path)).toBe(isCovered);
      }),
      { numRuns: 1000 },
    );
  });

  test('covers a path in every percent-encoding or in none', () => {
    fc.assert(
      fc.property(patternPath, requestPath, fc.infiniteStream(fc.nat(3)), (pattern, path, dice) => {
        const spelled = [...path]
          .map((char) =>
            char !== '/' && char !== '.' && dice.next().value === 0 ? `%${char.charCodeAt(0).toString(16)}` : char,
          )
          .join('');
        expect(isCanonicalPath(spelled)).toBe(true);
        expect(matches(pattern, 'GET', spelled)).toBe(matches(pattern, 'GET', path));
      }),
    );
  });

  test('is parsed and matched without throwing, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'GET /*.%2fax') }), fc.string(), (text, path) => {
        const pattern = parseEndpointPattern(text);
        if (pattern !== undefined) expect(typeof matchesEndpoint(pattern, 'GET', path)).toBe('boolean');
      }),
    );
  });
});
