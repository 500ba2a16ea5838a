// The section `management` of a profile: what it takes, what it inherits, and what its errors say.
import { expect, test } from 'vitest';
import { commonManagementErrors, type DialectManagement } from '../profiles/profile.ts';
import { profiles } from './bundled-profiles.ts';
import { profile as profileSchema } from './profile-schema.ts';
import { resolveProfile } from './resolve-profile.ts';

const panel: DialectManagement = {
  shape: 'panel',
  path: '/api/account/api-keys',
  errors: { ...commonManagementErrors, not_found: { status: 404, code: 'GONE', message: 'Gone.' } },
};

/** The routes of a profile with the section, or its errors as `path: message`. */
function read(section: unknown, inherited?: DialectManagement): DialectManagement | undefined | readonly string[] {
  const { success, data, error } = profileSchema.safeParse({ management: section });
  if (!success) {
    const issues = error.issues.flatMap((issue) => (issue.code === 'invalid_union' ? (issue.errors[1] ?? []) : issue));
    // A union leads to its issues without the path before it.
    return issues.map(({ path, message }) => `${path.join('.').replace(/^management\.?/, '')}: ${message}`);
  }
  const problems: string[] = [];
  const { standard } = profiles;
  const base = { ...standard, dialect: { ...standard.dialect, management: inherited } };
  const { dialect } = resolveProfile('acme', data, base, (path, message) =>
    problems.push(`${path.slice(1).join('.')}: ${message}`),
  );
  return problems.length > 0 ? problems : dialect.management;
}

test('a shape brings its path, names and errors', () => {
  expect(read({ shape: 'standard' })).toEqual({ shape: 'standard', path: '/v1/keys', errors: commonManagementErrors });
  expect(read({ shape: 'classic', path: '/keys' })).toMatchObject({ shape: 'classic', path: '/keys' });
});

test('every part is optional over inherited routes', () => {
  expect(read({}, panel)).toEqual(panel);
  const renamed = read({ fields: { name: 'title' } }, panel) as DialectManagement;
  expect(renamed).toEqual({ ...panel, fields: { name: 'title' } });
  expect(read({ fields: { addresses: 'ips' }, replyFields: { name: 'text' } }, renamed)).toEqual({
    ...panel,
    fields: { name: 'title', addresses: 'ips' },
    replyFields: { name: 'text' },
  });
  expect(read({ errors: { not_found: { status: 410 }, conflict: { code: 'FULL' } } }, panel)).toMatchObject({
    errors: {
      ...panel.errors,
      not_found: { status: 410, code: 'GONE', message: 'Gone.' },
      conflict: { ...commonManagementErrors.conflict, code: 'FULL' },
    },
  });
});

test('another shape begins with its own path and names', () => {
  const renamed = { ...panel, path: '/keys', fields: { page: 'p' } };
  expect(read({ shape: 'standard' }, renamed)).toEqual({ shape: 'standard', path: '/v1/keys', errors: panel.errors });
});

test('none removes inherited routes', () => {
  expect(read('none', panel)).toBeUndefined();
});

const nameForm =
  'must be a name such as allowedIps: a letter or _, then letters, digits, _ and -, at most 60 characters, and no name that objects have, such as constructor';

test.each<[unknown, string | RegExp]>([
  [{}, 'shape: is missing: use one of standard, panel, classic'],
  [{ shape: 'standart' }, 'shape: "standart" is not known: did you mean standard?'],
  [{ shape: 'standard', route: [] }, /^: "route" is not known here: /],
  [[], ': must be a mapping with shape, path, fields, replyFields, errors'],
  ['nothing', ': must be a mapping with shape, path, fields, replyFields, errors'],
  ...[
    '',
    '/',
    '/v1/keys/',
    'v1/keys',
    '/v1//keys',
    '/v1/../keys',
    '/v1/{id}',
    '/v1/keys?x=1',
    '/v1/%2f',
    `/${'a'.repeat(200)}`,
  ].map((path): [unknown, string] => [
    { shape: 'standard', path },
    `path: ${JSON.stringify(path.slice(0, 60))} must be a path such as /v1/keys, without a slash at its end`,
  ]),
  [{ shape: 'standard', fields: { title: 'x' } }, /^fields: "title" is not known here: /],
  [JSON.parse('{"shape":"standard","fields":{"__proto__":"x"}}'), /^fields: "__proto__" is not known here: /],
  [{ shape: 'standard', fields: { page: 'p' } }, 'fields.page: "page" is not known here: did you mean name?'],
  [{ shape: 'standard', replyFields: { limit: 'l' } }, /^replyFields: "limit" is not known here: /],
  [{ shape: 'classic', replyFields: { addresses: 'l' } }, /^replyFields\.addresses: "addresses" is not known here: /],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a b', '1st', 'é', 'a.b', 'a'.repeat(61)].map(
    (name): [unknown, string] => [
      { shape: 'standard', fields: { name } },
      `fields.name: ${JSON.stringify(name.slice(0, 60))} ${nameForm}`,
    ],
  ),
  [{ shape: 'standard', fields: { name: 7 } }, `fields.name: "7" ${nameForm}`],
  [
    { shape: 'standard', fields: { name: 'scopes' } },
    'fields.name: "scopes" is also the name of scopes: use two different names',
  ],
  [
    { shape: 'standard', replyFields: { id: 'secret' } },
    'replyFields.id: "secret" is also the name of secret: use two different names',
  ],
  [
    { shape: 'standard', fields: { addresses: 'x', scopes: 'x' } },
    'fields.scopes: "x" is also the name of addresses: use two different names',
  ],
  [
    { shape: 'standard', fields: { limit: 'cursor' } },
    'fields.limit: "cursor" is also the name of cursor: use two different names',
  ],
  [
    { shape: 'panel', fields: { items: 'pagination' } },
    'fields.items: "pagination" is also the name of pagination: use two different names',
  ],
  [
    { shape: 'panel', replyFields: { id: 'allowed_ips' } },
    /^replyFields\.id: "allowed_ips" is also the name of addresses: /,
  ],
])('%j is refused, with field and fix', (section, message) => {
  expect(read(section)).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)]);
});
