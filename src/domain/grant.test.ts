// Which APIs the caller of the internal listener may decide about.
import { expect, test } from 'vitest';
import { mayDecide, operatorGrant, type TokenGrant } from './grant.ts';

const token = {
  kind: 'token',
  id: 'key_1',
  name: 'edge',
  may: 'decide',
  apis: 'all',
  org: undefined,
  isReadOnly: false,
};

test.each([
  ['the operator', operatorGrant, true],
  ['a verifier of every API', token, true],
  ['a verifier of this API', { ...token, apis: ['palm', 'classic'] }, true],
  ['a verifier of another API', { ...token, apis: ['palm'] }, false],
  ['a verifier of an API whose id begins alike', { ...token, apis: ['classic-v2'] }, false],
  ['a verifier of no API', { ...token, apis: [] }, false],
  ['a token for metrics', { ...token, may: 'metrics' }, false],
  ['a token for the admin API', { ...token, may: 'admin' }, false],
  ['a token for what no one knows', { ...token, may: 'everything' }, false],
])('%s: %s', (_caller, grant, expected) => {
  expect(mayDecide(grant as TokenGrant, 'classic')).toBe(expected);
});
