// The subprotocol with the key: removed in every form, while the others stay.
import { expect, test } from 'vitest';
import { createSubprotocols } from './subprotocol.ts';

const { remove } = createSubprotocols('acme-key.');

test.each<[line: string, left: string | undefined]>([
  ['graphql-ws, mqtt', 'graphql-ws, mqtt'],
  ['graphql-ws ,mqtt', 'graphql-ws ,mqtt'],
  ['my-acme-key.x', 'my-acme-key.x'],
  ['acme-keyx', 'acme-keyx'],
  ['acme-key.SECRET', undefined],
  ['acme-key.', undefined],
  [' , acme-key.SECRET,,', undefined],
  ['graphql-ws, acme-key.SECRET, mqtt', 'graphql-ws, mqtt'],
  ['acme-key.SECRET,acme-key.SECRET, mqtt', 'mqtt'],
  ['ACME-KEY.SECRET, mqtt', 'mqtt'],
  ['"acme-key.SECRET", mqtt', 'mqtt'],
  ['x acme-key.SECRET, mqtt', 'mqtt'],
  ['x;acme-key.SECRET', undefined],
  ['\xa0acme-key.SECRET, mqtt', 'mqtt'],
  ['', ''],
])('of %j, %j is left', (line, left) => {
  expect(remove(line)).toBe(left);
});

test('characters of expressions in a prefix stand for themselves', () => {
  const odd = createSubprotocols('a.b+c*');
  expect(odd.remove('a.b+c*SECRET, axb+c*, a.bbc')).toBe('axb+c*, a.bbc');
  expect(odd.find('a.b+c*SECRET')).toEqual([{ rest: 'SECRET' }]);
});
