// Spellings of a path that a rule that guards an endpoint must match, and an endpoint pattern must not.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesEndpoint, parseEndpointPattern } from './endpoint.ts';
import { foldRequest, matchesDemand, parseEndpointDemand } from './endpoint-demand.ts';
import { isCanonicalPath } from './path.ts';

function demands(rule: string, method: string, path: string): boolean {
  const demand = parseEndpointDemand(rule);
  if (demand === undefined) throw new TypeError(`${rule} is no rule`);
  // A decision refuses all other paths before it looks at rules.
  expect(isCanonicalPath(path), path).toBe(true);
  return matchesDemand(demand, foldRequest(method, path));
}

function allows(pattern: string, method: string, path: string): boolean {
  const parsed = parseEndpointPattern(pattern);
  if (parsed === undefined) throw new TypeError(`${pattern} is no pattern`);
  return matchesEndpoint(parsed, method, path);
}

/** For each rule: paths that a pattern of the same text allows too, that only the rule matches, that neither does. */
const table: readonly {
  readonly rule: string;
  readonly method?: string;
  readonly exact: readonly string[];
  readonly loose: readonly string[];
  readonly others: readonly string[];
}[] = [
  {
    rule: 'POST /v1/payments',
    exact: ['/v1/payments', '/v1/p%61yments', '/%76%31/payments'],
    loose: [
      '/v1/payments/',
      '/V1/Payments',
      '/V1/PAYMENTS/',
      '/v1/%50ayments',
      '/v1/payments.json',
      '/v1/payments.XML/',
      '/v1/payment%C5%BF',
      '/v1/pa%C3%BDments',
      '/v1/%EF%BD%90ayments',
      '/v1/pay%E2%80%8Bments',
      '/v1/pay%CC%81ments',
    ],
    others: [
      '/v1/payment',
      '/v1/payments2',
      '/v1/payments/7',
      '/v2/payments',
      '/payments',
      '/v1/pay.ments',
      '/v1/.payments',
    ],
  },
  {
    rule: 'POST /V1/Payments/',
    exact: ['/V1/Payments/'],
    loose: ['/v1/payments', '/V1/Payments', '/v1/payments/', '/v1/payments.json'],
    others: ['/v1/payments/a'],
  },
  {
    rule: 'POST /v1/admin/**',
    exact: ['/v1/admin/a', '/v1/admin/a/b/', '/v1/%61dmin/a'],
    loose: ['/v1/Admin/a', '/v1/admin/', '/V1/ADMIN/A.json', '/v1/adm%C4%B1n/a'],
    others: ['/v1/admin', '/v1/administrator/a', '/v1/admin.json'],
  },
  {
    rule: 'POST /v1/*/refunds',
    exact: ['/v1/a/refunds', '/v1/A/refunds'],
    loose: ['/v1/a/Refunds', '/v1/a/refunds/', '/v1/a/refunds.json', '/V1/a.b/refunds'],
    others: ['/v1/refunds', '/v1/a/b/refunds'],
  },
  {
    rule: 'POST /v1/*/',
    exact: ['/v1/a/'],
    loose: ['/v1/a', '/V1/a', '/v1/a.json'],
    others: ['/v1/', '/v1', '/v1/a/b'],
  },
  { rule: 'POST /**', exact: ['/a', '/a/b'], loose: ['/'], others: [] },
  { rule: 'POST /', exact: ['/'], loose: [], others: ['/a'] },
  { rule: 'POST /a+b', exact: ['/a+b', '/a%2Bb'], loose: ['/a%20b', '/A+B/'], others: ['/ab'] },
  { rule: 'POST /v1/export.csv', exact: ['/v1/export.csv'], loose: ['/v1/Export.CSV/'], others: ['/v1/export'] },
  {
    rule: 'POST /n/%D9%85%D8%AF',
    exact: ['/n/%d9%85%d8%af'],
    loose: ['/N/%D9%85%D8%AF/', '/n/%D9%85%D9%8F%D8%AF'],
    others: ['/n/%D9%85'],
  },
];

describe('a rule that guards an endpoint', () => {
  test.each(table)('$rule', ({ rule, exact, loose, others }) => {
    for (const path of exact) {
      expect(demands(rule, 'POST', path), path).toBe(true);
      expect(allows(rule, 'POST', path), path).toBe(true);
    }
    for (const path of loose) {
      expect(demands(rule, 'POST', path), path).toBe(true);
      expect(allows(rule, 'POST', path), path).toBe(false);
    }
    for (const path of others) {
      expect(demands(rule, 'POST', path), path).toBe(false);
      expect(allows(rule, 'POST', path), path).toBe(false);
    }
  });

  test.each([
    ['GET /a', 'GET', true],
    ['GET /a', 'HEAD', true],
    ['GET /a', 'get', true],
    ['GET /a', 'POST', false],
    ['HEAD /a', 'GET', false],
    ['POST /a', 'Post', true],
    ['POST /a', 'HEAD', false],
    ['POST /a', 'OPTIONS', false],
    // A server may treat a method that it does not know as any other.
    ['POST /a', 'PROPFIND', true],
    ['DELETE /a', 'M-SEARCH', true],
    ['PURGE /a', 'PURGE', true],
    ['PURGE /a', 'GET', false],
    ['* /a', 'DELETE', true],
    ['/a', 'QUERY', true],
  ])('%s and the method %s: %s', (rule, method, isDemanded) => {
    expect(demands(rule, method, '/a')).toBe(isDemanded);
  });

  const segment = fc.constantFrom('v1', 'Users', 'a', 'b.c', 'x-y', '%C3%A9', 'p+q');
  const wildcard = fc.constantFrom('', '/', '/*', '/**');
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`);

  test('matches every path that a pattern of the same text allows, in any case, with a slash or a suffix', () => {
    fc.assert(
      fc.property(path, wildcard, path, fc.constantFrom('', '/'), (base, end, other, slash) => {
        const rule = `GET ${base}${end}`;
        const parsed = parseEndpointPattern(rule);
        if (parsed === undefined) return;
        for (const asked of [base, `${base}/x`, `${base}/x/y`, other, '/']) {
          const target = asked === '/' ? asked : `${asked}${slash}`;
          if (!matchesEndpoint(parsed, 'GET', target)) continue;
          for (const spelled of [target, target.toUpperCase(), target.toLowerCase()])
            expect(demands(rule, 'GET', spelled), `${rule} and ${spelled}`).toBe(true);
          if (target.endsWith('/')) continue;
          expect(demands(rule, 'HEAD', `${target}/`)).toBe(true);
          expect(demands(rule, 'GET', `${target}.json`)).toBe(true);
        }
      }),
    );
  });

  test('needs a well-formed pattern', () => {
    for (const text of ['', 'GET', 'GET //a', 'GET /a/../b', 'GET /**/a'])
      expect(parseEndpointDemand(text)).toBeUndefined();
  });
});
