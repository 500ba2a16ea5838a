// Tags, metadata and external ids: their bounds, their stored form, and secrets in them.
import { expect, test } from 'vitest';
import { profiles } from '../config/bundled-profiles.ts';
import { noAnnotations } from '../domain/annotations.ts';
import { createRedactor } from '../domain/redaction.ts';
import { generateSecret } from '../domain/secret.ts';
import { type AnnotationFields, checkAnnotations } from './annotation-input.ts';
import { ManagementError } from './management-error.ts';

const redactor = createRedactor([profiles.classic]);
const secret = generateSecret(profiles.classic.secret, 'live');
const check = (fields: AnnotationFields, before = noAnnotations) => checkAnnotations(fields, before, redactor);
const names = (count: number) => Array.from({ length: count }, (_, at) => `n${at}`);
const entries = (count: number, value: string) => Object.fromEntries(names(count).map((name) => [name, value]));

test('the given members alone come back, in their stored form', () => {
  expect(check({})).toEqual({});
  expect(check({ tags: [], metadata: {}, externalId: null })).toEqual({ tags: [], metadata: {}, externalId: null });
  expect(check({ tags: [' EU ', 'eu', 'Cafe\u0301', 'فرع نابلس'] })).toEqual({ tags: ['eu', 'café', 'فرع نابلس'] });
  expect(check({ metadata: { plan: ' Gold ', customer_id: '7', 'a-b': '=,;' } })).toEqual({
    metadata: { 'a-b': '=,;', customer_id: '7', plan: 'Gold' },
  });
  expect(check({ externalId: 'https://crm.example.com/c/7?x=1' })).toEqual({
    externalId: 'https://crm.example.com/c/7?x=1',
  });
});

test('metadata changes the named entries, and null removes one', () => {
  const before = { ...noAnnotations, metadata: { plan: 'gold', tier: '1' } };
  expect(check({ metadata: { tier: null, none: null, size: 'L' } }, before)).toEqual({
    metadata: { plan: 'gold', size: 'L' },
  });
  expect(check({ tags: ['a'] }, before)).toEqual({ tags: ['a'] });
  // Not an entry, although every object has it.
  expect(check({ metadata: { constructor: null } }, before)).toEqual({ metadata: { plan: 'gold', tier: '1' } });
});

test('each bound admits its own value', () => {
  expect(check({ tags: names(20) }).tags).toHaveLength(20);
  expect(check({ tags: ['x'.repeat(40)] }).tags).toEqual(['x'.repeat(40)]);
  expect(Object.keys(check({ metadata: entries(20, 'v') }).metadata ?? {})).toHaveLength(20);
  expect(check({ metadata: { ['n'.repeat(40)]: 'v'.repeat(200) } }).metadata).toBeDefined();
  expect(check({ externalId: 'x'.repeat(128) })).toBeDefined();
  // `{"n0":"…",…}` of ten values of 196 characters has 2,041 bytes.
  expect(check({ metadata: entries(10, 'v'.repeat(196)) }).metadata).toBeDefined();
});

test.each<[string, AnnotationFields, string, string]>([
  ['21 tags', { tags: names(21) }, 'tags', 'at most 20 entries'],
  ['a long tag', { tags: ['ok', 'x'.repeat(41)] }, 'tags[1]', 'at most 40 characters'],
  ['an empty tag', { tags: [' '] }, 'tags[0]', 'at least 1 character'],
  ['a tag with a comma', { tags: ['a,b'] }, 'tags[0]', 'a comma or a semicolon'],
  ['a tag with a semicolon', { tags: ['a;b'] }, 'tags[0]', 'a comma or a semicolon'],
  ['a tag with a line break', { tags: ['a\nb'] }, 'tags[0]', 'control'],
  ['an invisible tag', { tags: ['a\u200bb'] }, 'tags[0]', 'invisible'],
  ['a secret as a tag', { tags: [secret] }, 'tags[0]', 'contains an API key'],
  ['half a secret as a tag', { tags: [secret.slice(0, 32).toLowerCase()] }, 'tags[0]', 'contains an API key'],
  ['21 names', { metadata: entries(21, 'v') }, 'metadata', 'at most 20 entries'],
  ['too many bytes', { metadata: entries(11, 'v'.repeat(200)) }, 'metadata', 'at most 2048 bytes'],
  ['too many bytes of few characters', { metadata: entries(6, 'م'.repeat(200)) }, 'metadata', 'at most 2048 bytes'],
  ['a name in capitals', { metadata: { Plan: 'v' } }, 'metadata', '"Plan" is not a name such as plan'],
  ['a name that begins with a digit', { metadata: { '1a': 'v' } }, 'metadata', '"1a" is not a name'],
  ['a name with a colon', { metadata: { 'a: b': 'v' } }, 'metadata', 'is not a name'],
  ['a name that ends with a line break', { metadata: { 'a\n': 'v' } }, 'metadata', 'is not a name'],
  ['a long name', { metadata: { ['n'.repeat(41)]: 'v' } }, 'metadata', 'at most 40 characters'],
  ['a secret as a name', { metadata: { [secret]: 'v' } }, 'metadata', 'is not a name'],
  ['half a secret as a name', { metadata: { [`sk_live_${'a1'.repeat(15)}`]: 'v' } }, 'metadata', 'contains an API key'],
  ['an empty value', { metadata: { plan: '' } }, 'metadata.plan', 'at least 1 character'],
  ['a long value', { metadata: { plan: 'v'.repeat(201) } }, 'metadata.plan', 'at most 200 characters'],
  ['a value with a line break', { metadata: { plan: 'a\r\nX-Admin: 1' } }, 'metadata.plan', 'control'],
  ['a value with half a surrogate pair', { metadata: { plan: '\ud800' } }, 'metadata.plan', 'surrogate'],
  ['a secret as a value', { metadata: { plan: `is ${secret}` } }, 'metadata.plan', 'contains an API key'],
  ['the operator token as a value', { metadata: { plan: `mft_${'a1'.repeat(20)}` } }, 'metadata.plan', 'an API key'],
  ['an empty external id', { externalId: '' }, 'externalId', '1 to 128 visible ASCII characters'],
  ['a long external id', { externalId: 'x'.repeat(129) }, 'externalId', '1 to 128 visible ASCII characters'],
  ['an external id with a space', { externalId: 'a b' }, 'externalId', '1 to 128 visible ASCII characters'],
  ['an external id in Arabic', { externalId: 'زبون' }, 'externalId', '1 to 128 visible ASCII characters'],
  ['a secret as an external id', { externalId: secret }, 'externalId', 'contains an API key'],
])('%s is refused', (_, fields, field, fix) => {
  const before = { ...noAnnotations, metadata: { kept: 'v' } };
  const run = () => check(fields, fields.metadata === undefined ? noAnnotations : before);
  expect(run).toThrow(ManagementError);
  expect(run).toThrow(expect.objectContaining({ code: 'invalid_input', field, message: expect.stringContaining(fix) }));
  expect(run).not.toThrow(secret);
});
