// Templates: their mistakes, their escapes, and what is left out.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ConstantValues,
  compileBody,
  compileText,
  type Encoding,
  encodingOf,
  findBodyProblems,
  placeholderNames,
  readText,
  type Template,
  textOf,
  type VaryingValues,
} from './template.ts';

const constants: ConstantValues = {
  status: 401,
  statusText: 'Unauthorized',
  code: 'bad_key',
  message: textOf('Bad key from {clientAddress}.'),
  docs: undefined,
  contact: 'mailto:help@example.com',
  api: 'acme',
};

const values: VaryingValues = {
  requestId: 'req-1',
  requestUuid: undefined,
  clientAddress: '192.0.2.1',
  limit: 60,
  remaining: 0,
  reset: 1_700_000_040,
  retryAfter: 37,
  time: '2026-01-15T10:30:15.000Z',
};

function fillBody(body: Template, encoding: Encoding = 'json', of = constants, sent = values): string {
  expect(findBodyProblems(body, encoding)).toEqual([]);
  const compiled = compileBody(body, encoding, of);
  return typeof compiled === 'string' ? compiled : compiled(sent);
}

test.each<[string, Template, unknown]>([
  [
    'a placeholder by itself keeps its type',
    { s: '{status}', l: '{limit}', c: '{code}' },
    { s: 401, l: 60, c: 'bad_key' },
  ],
  ['with :text, it is a text', { s: '{status:text}' }, { s: '401' }],
  ['among other text, it is a text', { s: 'HTTP {status}' }, { s: 'HTTP 401' }],
  ['the message has placeholders itself', { m: '{message}' }, { m: 'Bad key from 192.0.2.1.' }],
  ['what has no value is null by itself, and empty among text', { d: '{docs}', t: '<{docs}>' }, { d: null, t: '<>' }],
  [
    'an optional member without a value is left out',
    { 'd?': '{docs}', 'u?': '{requestUuid}', 'c?': '{contact}' },
    { c: 'mailto:help@example.com' },
  ],
  ['an optional member is left out for what it holds', { 'links?': { about: '{docs}' }, a: [] }, { a: [] }],
  ['an optional member inside keeps the one around it', { 'links?': { 'about?': '{docs}' } }, { links: {} }],
  ['two question marks are one', { 'ok??': true }, { 'ok?': true }],
  ['doubled braces are braces', { t: '{{code}} is {code}' }, { t: '{code} is bad_key' }],
  ['other JSON stays unchanged', { a: [1, null, true, { b: [] }], n: 1.5 }, { a: [1, null, true, { b: [] }], n: 1.5 }],
])('%s', (_, body, expected) => {
  expect(JSON.parse(fillBody(body))).toEqual(expected);
});

test('members keep their order, and names are escaped', () => {
  expect(fillBody({ 'z"': '{requestId}', 'u?': '{requestUuid}', a: 1 })).toBe('{"z\\"":"req-1","a":1}');
  expect(fillBody(JSON.parse('{"__proto__":"{code}"}') as Template)).toBe('{"__proto__":"bad_key"}');
});

test('a body without placeholders that vary is compiled to its text', () => {
  expect(compileBody({ status: '{status}', api: '{api}' }, 'json', constants)).toBe('{"status":401,"api":"acme"}');
});

test.each<[Template, Encoding, string]>([
  ['text', 'json', 'must be a mapping or a list'],
  [{ a: 1 }, 'plain', 'must be a text'],
  ['{nothing}', 'plain', '{nothing} is not a placeholder: use {status}, {statusText}'],
  ['{Status}', 'plain', '{Status} is not a placeholder'],
  ['a { b', 'xml', 'write {{ for the text {'],
  ['a } b', 'xml', 'write }} for the text }'],
  ['{{code}', 'plain', 'write }} for the text }'],
  [{ a: '{constructor}' }, 'json', 'is not a placeholder'],
  [{ a: 1, 'a?': 2 }, 'json', 'names a twice'],
  [{ a: 'x'.repeat(20_000) }, 'json', 'is longer than 16384 characters'],
  ['x'.repeat(20_000), 'plain', 'is longer than 16384 characters'],
  [[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]], 'json', 'has more than 16 levels'],
  [{ a: Number.NaN }, 'json', 'is not a number that JSON has'],
])('%j as %s has a mistake: %s', (body, encoding, message) => {
  expect(findBodyProblems(body, encoding).map((problem) => problem.message)).toEqual([
    expect.stringContaining(message),
  ]);
});

test('a mistake has its path', () => {
  const body = { errors: [{ title: '{message}', detail: '{reason}' }] };
  expect(findBodyProblems(body, 'json').map(({ path }) => path)).toEqual([['errors', 0, 'detail']]);
});

test.each([
  ['application/json', 'json'],
  ['application/json; charset=utf-8', 'json'],
  ['application/problem+json', 'json'],
  ['application/vnd.api+json', 'json'],
  ['Application/XML', 'xml'],
  ['text/xml;charset=UTF-8', 'xml'],
  ['application/atom+xml', 'xml'],
  ['text/html', 'xml'],
  ['text/plain', 'plain'],
  ['text/csv', undefined],
  ['application/x-www-form-urlencoded', undefined],
  ['text/javascript', undefined],
  ['jsonish', undefined],
  ['', undefined],
])('the escapes of %s are %s', (type, encoding) => {
  expect(encodingOf(type)).toBe(encoding);
});

describe('no value ends its text early', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '"',
      '\\',
      '</error>',
      ']]>',
      '&amp;',
      "'",
      '\r\nX-Evil: 1',
      '\u0000',
      '\ud800',
      '{code}',
      '{{',
      '\u2028',
    ),
  );

  test('in JSON', () => {
    fc.assert(
      fc.property(hostile, hostile, (code, address) => {
        const text = fillBody(
          { c: '{code}', t: 'a {code} b {clientAddress}', m: '{message}' },
          'json',
          { ...constants, code },
          {
            ...values,
            clientAddress: address,
          },
        );
        const of = (value: string) => JSON.parse(JSON.stringify(value)) as string;
        expect(JSON.parse(text)).toEqual({
          c: of(code),
          t: of(`a ${code} b ${address}`),
          m: of(`Bad key from ${address}.`),
        });
      }),
    );
  });

  test('in XML', () => {
    fc.assert(
      fc.property(hostile, hostile, (code, address) => {
        const text = fillBody(
          '<e c="{code}">{message}</e>',
          'xml',
          { ...constants, code },
          { ...values, clientAddress: address },
        );
        const [, attribute, content] = /^<e c="([^"<>]*)">([^<>]*)<\/e>$/.exec(text) ?? [];
        for (const part of [attribute, content]) {
          expect(part).toMatch(/^(?:[^&]|&(?:amp|lt|gt|quot|#39);)*$/);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has none of these.
          expect(part).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
          expect(part?.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  test('in a header and in its quotes', () => {
    fc.assert(
      fc.property(hostile, (code) => {
        const fill = (text: string, encoding: Encoding) => {
          const compiled = compileText(textOf(text), encoding, { ...constants, code });
          return typeof compiled === 'function' ? compiled(values) : compiled;
        };
        expect(fill('a {code}', 'header')).toMatch(/^a [ -~]*$/);
        expect(fill('Token realm="{code}"', 'quoted')).toMatch(/^Token realm="(?:[ !#-[\]-~]|\\["\\])*"$/);
      }),
    );
  });
});

test('a header whose placeholder has no value in any reply is not sent', () => {
  expect(compileText(textOf('<{docs}>'), 'header', constants)).toBeUndefined();
  expect(compileText(textOf('<{contact}>'), 'header', constants)).toBe('<mailto:help@example.com>');
});

test('any text is read or has a mistake, and what is read is written back', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('{', '}', 'a', ':', ...placeholderNames) }), (text) => {
      const read = readText(text);
      if (typeof read === 'string') return;
      const written = read.map((part) =>
        typeof part === 'string' ? part.replaceAll(/[{}]/g, '$&$&') : `{${part.name}${part.isText ? ':text' : ''}}`,
      );
      expect(written.join('')).toBe(text);
    }),
  );
});
