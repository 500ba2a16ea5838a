// What a token may do, as its scopes say it. A scope that is missing or unknown leaves nothing.
import { expect, test } from 'vitest';
import { findFormatFlaw } from './secret.ts';
import { readRights, type TokenRights, tokenFormat, writeRights } from './token.ts';

test.each<TokenRights>([
  { may: 'decide', apis: 'all', org: undefined, isReadOnly: false },
  { may: 'decide', apis: ['palm', 'classic'], org: undefined, isReadOnly: false },
  { may: 'metrics', apis: 'all', org: undefined, isReadOnly: true },
  { may: 'admin', apis: ['palm'], org: 'org_1', isReadOnly: true },
])('%o is read back', (rights) => {
  expect(readRights(writeRights(rights))).toEqual(rights);
});

const whole = ['may:admin', 'api:palm', 'org:org_1', 'read'];

test.each(whole)('without %s, a token may do nothing', (scope) => {
  expect(readRights(whole)).toBeDefined();
  expect(readRights(whole.filter((each) => each !== scope))).toBeUndefined();
});

test.each([
  [...whole, 'until:noon'],
  [...whole, 'read'],
  [...whole, 'write'],
  [...whole, 'apis:all'],
  ['apis:all', ...whole],
  [...whole, 'orgs:all'],
  [...whole, 'org:org_2'],
  [...whole, 'may:decide'],
  ['may:everything', 'apis:all', 'orgs:all', 'write'],
  ['may:admin', 'api:', 'orgs:all', 'write'],
  ['may:admin', 'apis:all', 'org:', 'write'],
  [],
])('a scope that is unknown or comes twice leaves nothing: %j', (...scopes) => {
  expect(readRights(scopes)).toBeUndefined();
});

test('the format of tokens is sound', () => {
  expect(findFormatFlaw(tokenFormat)).toBeUndefined();
});
