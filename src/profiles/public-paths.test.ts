// Public paths: those that the configuration names, in one spelling, and no endpoint that requires a scope.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EndpointPattern, parseEndpointPattern } from '../domain/endpoint.ts';
import { type EndpointDemand, parseEndpointDemand } from '../domain/endpoint-demand.ts';
import { isCanonicalPath } from '../domain/path.ts';
import { createIsPublic } from './public-paths.ts';

const patterns = ['GET /health', 'GET /docs/**', '* /open/*'].map(
  (text) => parseEndpointPattern(text) as EndpointPattern,
);
const pattern = 'POST /open/admin';
const scopeRules = [{ endpoint: parseEndpointDemand(pattern) as EndpointDemand, pattern, scope: 'admin' }];
const isPublic = createIsPublic(patterns, { scopeRules });
const ask = (method: string, path: string) => isPublic?.({ method, path });

test('without public paths there is nothing to ask', () => {
  expect(createIsPublic([], { scopeRules })).toBeUndefined();
});

test('a request is public by its method and its exact path', () => {
  expect([ask('GET', '/health'), ask('HEAD', '/health'), ask('POST', '/health')]).toEqual([true, true, false]);
  expect([ask('GET', '/docs/a/b'), ask('GET', '/docs/'), ask('GET', '/docs')]).toEqual([true, false, false]);
  expect([ask('PUT', '/open/a'), ask('PUT', '/open/a/b')]).toEqual([true, false]);
  expect(isPublic?.({ method: 'GET', path: '/health', isEndpointUnknown: true })).toBe(false);
});

test('an endpoint that a rule guards is not public, in any spelling that a router may fold', () => {
  expect([ask('POST', '/open/Admin'), ask('POST', '/open/adm%69n'), ask('POST', '/open/admin.json')]).toEqual([
    ...[false, false, false],
  ]);
  expect([ask('PROPFIND', '/open/admin'), ask('GET', '/open/admin')]).toEqual([false, true]);
});

test('a route that needs a scope is not public', () => {
  expect(isPublic?.({ method: 'GET', path: '/health', requiredScopes: ['admin'] })).toBe(false);
  expect(isPublic?.({ method: 'GET', path: '/health', requiredScopes: [] })).toBe(true);
});

test('whatever a server folds a public path into is public too', () => {
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    '/docs',
    '/open',
    '/health',
    '%2e',
    '%2f',
    '%5c',
    ';',
    '\\',
    '//',
    'a',
    '%61',
  );
  let count = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), (pieces) => {
      const path = `/${pieces.join('')}`.replace(/^\/\//, '/');
      if (ask('GET', path) !== true) return;
      count++;
      expect(isCanonicalPath(path)).toBe(true);
      const folded = new URL(decodeURIComponent(path), 'http://host').pathname.replaceAll(/\/+/g, '/');
      expect(ask('GET', folded), path).toBe(true);
    }),
    { numRuns: 5_000 },
  );
  expect(count).toBeGreaterThan(50);
});
