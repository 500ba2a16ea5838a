// The parameter with the key: read in one form, found in every form that a server could read, and removed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createQueryKey, queryOf } from './query-key.ts';

const { find, remove } = createQueryKey('api_key');
const valuesIn = (query: string) => find(query).map(({ value }) => value);

describe('a parameter', () => {
  test.each<[query: string, values: readonly (string | undefined)[]]>([
    ['', []],
    ['a=1&b=2', []],
    ['xapi_key=K', []],
    ['api_key2=K', []],
    ['apikey=K', []],
    ['a=api_key=K', []],
    ['a=%26api_key%3DK', []],
    ['api%255Fkey=K', []],
    ['api_key=K', ['K']],
    ['a=1&api_key=K&b=2', ['K']],
    ['&&api_key=K&', ['K']],
    ['api%5fkey=K', ['K']],
    ['%61pi_key=%4B', ['K']],
    ['api_key=K=L', ['K=L']],
    ['api_key=%D9%85', ['\u0645']],
    ['api_key=K%0A', ['K\n']],
    ['api_key', ['']],
    ['api_key=', ['']],
    ['api_key=K&api_key=K', ['K', 'K']],
    ['api_key&api_key=K', ['', 'K']],
    ['api_key=K+L', [undefined]],
    ['api_key=%', [undefined]],
    ['api_key=\u00e9', [undefined]],
    ['api_key=\ud800', [undefined]],
    ['api_key=K L', [undefined]],
    ['api_key=K\n', [undefined]],
    ['api_key=%ff', [undefined]],
    ['api_key=%c0%80', [undefined]],
    ['API_KEY=K', [undefined]],
    ['api.key=K', [undefined]],
    ['api+key=K', [undefined]],
    ['api%20key=K', [undefined]],
    ['+api_key=K', [undefined]],
    ['?api_key=K', [undefined]],
    ['?%20api_key[0]=K', [undefined]],
    ['api_key[]=K', [undefined]],
    ['api_key%5B0%5D=K', [undefined]],
    ['api[key=K', [undefined]],
    ['api_key%00x=K', [undefined]],
    ['api_key=K;a=1', [undefined]],
    ['a=1;api_key=K', [undefined]],
    ['api_key=K&a=1;api_key=L', ['K', undefined]],
  ])('in %j is read as %j', (query, values) => {
    expect(valuesIn(query)).toEqual(values);
  });

  test.each<[target: string, left: string]>([
    ['/a', '/a'],
    ['/a?', '/a?'],
    ['/a?&&b', '/a?&&b'],
    ['/api_key=K', '/api_key=K'],
    ['/a?api_key=K', '/a'],
    ['/a?api_key', '/a'],
    ['/a?api_key=K&b=2', '/a?b=2'],
    ['/a?b=2&api_key=K', '/a?b=2'],
    ['/a?b=2;c=3&api_key=K;d&&e=%20+', '/a?b=2;c=3;d&&e=%20+'],
    ['/a?API_KEY=K&api.key=K&api%5Fkey%5b%5D=K&x', '/a?x'],
    ['/a?x?api_key=1', '/a?x?api_key=1'],
    ['https://h/a?api_key=K', 'https://h/a'],
  ])('of %j, %j is left', (target, left) => {
    expect(remove(target)).toBe(left);
  });
});

test('what is left has no such parameter, and the other parameters are the same', () => {
  const piece = fc.oneof(
    fc.constantFrom('api_key=K', 'api_key', 'API%5fKEY=K', 'api_key[a]=K', 'a=1', 'b', '', 'c=%26', 'api_ke=y'),
    fc.string(),
  );
  const query = fc.array(fc.tuple(piece, fc.constantFrom('&', ';'))).map((pieces) => pieces.flat().join(''));
  fc.assert(
    fc.property(query, (text) => {
      const left = queryOf(remove(`/?${text}`));
      expect(find(left)).toEqual([]);
      const others = text.split(/[&;]/).filter((each) => find(each).length === 0);
      if (find(text).length > 0) expect(left.split(/[&;]/).join('&')).toBe(others.join('&'));
      else expect(left).toBe(text);
    }),
    { numRuns: 1000 },
  );
});
