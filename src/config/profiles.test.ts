// Profiles in the configuration: what they inherit, where their mistakes are, and that the bundled ones are such files.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Problem, type Profile, problems } from '../profiles/profile.ts';
import { compileReplies, renderProblem } from '../profiles/reply.ts';
import { profileIds, profiles, readBundledProfile } from './bundled-profiles.ts';
import { defineProfile, loadConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'miftah-profiles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const apiOf = (profile: string) =>
  `apis:\n  - { id: shop, profile: ${profile}, hosts: [api.shop.localhost], upstream: http://127.0.0.1:8080 }\n`;

/** The profile `acme` with this text, as an API has it. */
function load(text: string): Profile {
  const indented = text.replaceAll(/^(?=.)/gm, '    ');
  const file = write('miftah.yaml', `profiles:\n  acme:\n${indented}\n${apiOf('acme')}`);
  return loadConfig({ file, environment: {} }).apis[0]?.profile as Profile;
}

/** The mistakes, without the folder. */
function complaints(text: string): string[] {
  try {
    load(text);
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, '').split('\n');
  }
  return [];
}

/** The lines of the reply to a problem. */
function replyOf({ dialect, source }: Profile, problem: Problem): { status: number; body: string; headers: string } {
  const replies = compileReplies(dialect, { id: 'shop', source }, { nowMs: () => 0 });
  const reply = renderProblem(replies, problem, { requestId: 'r1', clientAddress: '192.0.2.1', rate: undefined });
  const headers = reply.headers.map((part, at) => (at % 2 === 0 ? `${part}: ` : `${part}\n`)).join('');
  return { status: reply.status, body: reply.body, headers };
}

describe('the bundled profiles', () => {
  test.each(profileIds)('%s is what its file says when a configuration loads it', (id) => {
    const loaded = load(readBundledProfile(id));
    expect(loaded).toEqual({ ...profiles[id], id: 'acme' });
  });

  test('standard leaves no value to what it extends', () => {
    for (const problem of problems) expect(profiles.standard.dialect.errors[problem].message, problem).not.toBe('');
    expect(profiles.standard.console.words.en.navLabel).not.toBe('');
    expect(profiles.standard.console.words.ar.navLabel).not.toBe('');
  });

  test('their ids are taken', () => {
    const file = write('taken.yaml', `profiles: { palm: {} }\n${apiOf('palm')}`);
    expect(() => loadConfig({ file, environment: {} })).toThrow(
      /taken\.yaml:1: profiles\.palm: palm is the id of a bundled profile: choose another, such as my-palm/,
    );
  });
});

describe('what a profile inherits', () => {
  test('an empty one is standard', () => {
    expect(load('{}')).toEqual({ ...profiles.standard, id: 'acme' });
  });

  test('replies: the reason, its group, default, and then the inherited reply', () => {
    const { errors } = load(
      [
        'extends: classic',
        'errors:',
        '  default: { status: 401, code: bad_key, message: Bad key. }',
        '  not_allowed: { status: 403 }',
        '  address_not_allowed: { code: bad_address }',
        '  body_too_large: { code: too_big }',
      ].join('\n'),
    ).dialect;
    expect(errors.credential_missing).toEqual({ status: 401, code: 'bad_key', message: 'Bad key.' });
    expect(errors.endpoint_not_allowed).toEqual({ status: 403, code: 'bad_key', message: 'Bad key.' });
    expect(errors.address_not_allowed).toEqual({ status: 403, code: 'bad_address', message: 'Bad key.' });
    expect(errors.address_list_empty).toEqual(errors.address_not_allowed);
    expect(errors.path_not_canonical.code).toBe('bad_key');
    expect(errors.body_too_large).toEqual({ ...profiles.classic.dialect.errors.body_too_large, code: 'too_big' });
    for (const problem of ['rate_limited', 'quota_exceeded', 'unavailable', 'upstream_failed', 'bad_request'] as const)
      expect(errors[problem]).toEqual(profiles.standard.dialect.errors[problem]);
  });

  test('policy, words and links, one by one; null removes a word', () => {
    const acme = load(
      [
        'extends: palcards',
        'policy: { name: { max: 40 }, rateLimit: 5/m }',
        'support: { docs: "https://docs.example.com" }',
        'console: { words: { en: { createKey: New key, schemeNote: null } } }',
      ].join('\n'),
    );
    expect(acme.policy).toEqual({
      ...profiles.palcards.policy,
      name: { min: 3, max: 40 },
      rateLimits: [{ limit: 5, windowSeconds: 60 }],
    });
    expect(acme.console.words.ar).toEqual(profiles.palcards.console.words.ar);
    expect(acme.console.words.en).toMatchObject({ createKey: 'New key', revoke: 'Delete' });
    expect(acme.console.words.en).not.toHaveProperty('schemeNote');
    expect(acme.console.docsUrl).toBe('https://docs.example.com/');
    expect(acme.dialect.help).toEqual({ docs: 'https://docs.example.com/', contact: undefined });
  });

  test('a name in one language is the name in all', () => {
    expect(load('product: Acme').console.product).toEqual({ en: 'Acme', ar: 'Acme' });
    expect(load('product: { en: Acme, ar: أكمي }').console.product).toEqual({ en: 'Acme', ar: 'أكمي' });
  });

  test('without a profile an API is standard, and its product is its own, its profile’s, or its id', () => {
    const productOf = (profile: string, api: string) => {
      const rest = 'hosts: [api.shop.localhost], upstream: http://127.0.0.1:8080';
      const file = write('miftah.yaml', `${profile}\napis:\n  - { id: shop, ${api} ${rest} }\n`);
      const [found] = loadConfig({ file, environment: {} }).apis;
      return [found?.profile.id, found?.product];
    };
    const acme = 'profiles: { acme: { product: Acme } }';
    expect(productOf('', '')).toEqual(['standard', { en: 'shop', ar: 'shop' }]);
    expect(productOf('', 'product: { en: Shop, ar: متجر },')).toEqual(['standard', { en: 'Shop', ar: 'متجر' }]);
    expect(productOf('profiles: { acme: {} }', 'profile: acme,')).toEqual(['acme', { en: 'shop', ar: 'shop' }]);
    expect(productOf(acme, 'profile: acme,')).toEqual(['acme', { en: 'Acme', ar: 'Acme' }]);
    expect(productOf(acme, 'profile: acme, product: Shop,')).toEqual(['acme', { en: 'Shop', ar: 'Shop' }]);
    expect(() => productOf('', 'product: "",')).toThrow('apis[0].product: "" must be a name of 1 to 60 characters');
  });

  test('a challenge of its own, which a new source drops', () => {
    const challenged = 'challenge: Token realm="{api}", hint="{code}"';
    expect(replyOf(load(challenged), 'key_unknown').headers).toContain(
      'WWW-Authenticate: Token realm="shop", hint="INVALID_API_KEY"\n',
    );
    const file = write(
      'chain.yaml',
      `profiles:\n  base: { ${challenged.replace(/: (.*)/, ": '$1'")} }\n  acme: { extends: base, source: { header: x-acme } }\n${apiOf('acme')}`,
    );
    const [api] = loadConfig({ file, environment: {} }).apis;
    expect(replyOf(api?.profile as Profile, 'key_unknown').headers).toContain(
      'WWW-Authenticate: ApiKey realm="shop"\n',
    );
  });

  test('headers of a reply, the rate headers, and a body that is not JSON', () => {
    const acme = load(
      [
        'contentType: text/xml; charset=utf-8',
        'body: "<error code=\'{code}\'>{message}</error>"',
        'rateHeaders: none',
        'errors: { default: { code: "a<b", message: "from {clientAddress}", headers: { X-Error-Code: "{code}", X-Docs: "{docs}", X-Left: "{remaining}" } } }',
      ].join('\n'),
    );
    const reply = replyOf(acme, 'key_unknown');
    expect(reply.body).toBe("<error code='a&lt;b'>from 192.0.2.1</error>");
    expect(reply.headers).toContain('X-Error-Code: a<b\n');
    expect(reply.headers).not.toContain('X-Docs');
    expect(reply.headers).not.toContain('X-Left');
    expect(acme.dialect.rateHeaders).toBeUndefined();
  });
});

test('the published example works as it stands', () => {
  const file = write(
    'example.yaml',
    `profiles:
  acme:
    extends: standard
    product: { en: Acme, ar: أكمي }
    source: { header: x-acme-key }
    secret: { prefixes: { live: acme_live_, test: acme_test_ }, length: 48 }
    contentType: application/json
    errors:
      default: { status: 401, code: bad_key, message: Bad key. }
      address_not_allowed: { status: 403, code: bad_address, message: "{clientAddress} may not use this key." }
      rate_limited: { status: 429, code: slow_down, message: Slow down. }
    body: { ok: false, problem: { id: "{code}", text: "{message}" }, trace: "{requestId}" }
    rateHeaders: { limit: X-Acme-Limit, remaining: X-Acme-Remaining, reset: X-Acme-Reset }
    policy: { addresses: { mode: cidr, whenEmpty: any }, rateLimit: 5/m }
apis:
  - { id: acme, profile: acme, hosts: [api.acme.localhost], upstream: http://127.0.0.1:8080 }
`,
  );
  const acme = loadConfig({ file, environment: {} }).apis[0]?.profile as Profile;
  expect(replyOf(acme, 'key_unknown')).toMatchObject({
    status: 401,
    body: '{"ok":false,"problem":{"id":"bad_key","text":"Bad key."},"trace":"r1"}',
  });
  expect(replyOf(acme, 'address_not_allowed')).toMatchObject({
    status: 403,
    body: '{"ok":false,"problem":{"id":"bad_address","text":"192.0.2.1 may not use this key."},"trace":"r1"}',
  });
  expect(replyOf(acme, 'rate_limited')).toMatchObject({
    status: 429,
    body: '{"ok":false,"problem":{"id":"slow_down","text":"Slow down."},"trace":"r1"}',
  });
  expect(acme.console.product).toEqual({ en: 'Acme', ar: 'أكمي' });
});

describe('a profile in TypeScript', () => {
  test('is checked where it is defined, and loads beside the file', () => {
    const acme = defineProfile({ extends: 'palm', source: { header: 'x-acme-key' }, product: 'Acme' });
    const file = write('code.yaml', apiOf('acme'));
    const [api] = loadConfig({ file, environment: {}, profiles: { acme } }).apis;
    expect([api?.profile.id, api?.profile.source]).toEqual(['acme', { kind: 'header', header: 'x-acme-key' }]);
    expect(() => loadConfig({ file, environment: {} })).toThrow(/"acme" is not known/);
  });

  test('has mistakes with their field and fix', () => {
    expect(() => defineProfile({ body: { a: '{secret}' } })).toThrow(/profiles\.profile\.body\.a: \{secret\} is not a/);
    // @ts-expect-error: JavaScript can pass anything.
    expect(() => defineProfile({ sorce: 'bearer' })).toThrow(/"sorce" is not known here: did you mean source\?/);
    const file = write('code.yaml', apiOf('acme'));
    // @ts-expect-error: JavaScript can pass anything.
    expect(() => loadConfig({ file, environment: {}, profiles: { acme: { policy: { name: 3 } } } })).toThrow(
      /loadConfig: profiles\.acme\.policy\.name: /,
    );
  });
});

describe('a profile in a file of its own', () => {
  const acme = 'product: Acme\nsource: { header: x-acme-key }\n';

  test('has the id that the configuration gives it, or the name of its file', () => {
    write('acme.profile.yaml', acme);
    for (const text of [apiOf('./acme.profile.yaml'), `profiles: { acme: acme.profile.yaml }\n${apiOf('acme')}`]) {
      const [api] = loadConfig({ file: write('apart.yaml', text), environment: {} }).apis;
      expect([api?.profile.id, api?.profile.source]).toEqual(['acme', { kind: 'header', header: 'x-acme-key' }]);
    }
  });

  test.each<[string, string, RegExp]>([
    [
      'a mistake has the line of its own file',
      `${acme}body: 3\n`,
      /acme\.profile\.yaml:3: profiles\.acme\.body: must be a mapping/,
    ],
    ['a mistake of YAML too', 'product: [\n', /acme\.profile\.yaml:\d: .*is not YAML/],
    ['variables are read', `product: ${'$'}{ACME_NAME}\n`, /acme\.profile\.yaml:1: .*ACME_NAME.* is not set/],
  ])('%s', (_, text, message) => {
    write('acme.profile.yaml', text);
    const file = write('apart.yaml', apiOf('./acme.profile.yaml'));
    expect(() => loadConfig({ file, environment: {} })).toThrow(message);
  });

  test('must exist, and be the only one of its id', () => {
    const load = (text: string) => () => loadConfig({ file: write('apart.yaml', text), environment: {} });
    expect(load(apiOf('./nothing.yaml'))).toThrow(/apart\.yaml:2: apis\[0\]\.profile: .*nothing\.yaml: no such file/);
    write('acme.profile.yaml', acme);
    expect(load(`profiles: { acme: {} }\n${apiOf('./acme.profile.yaml')}`)).toThrow(/is another profile than acme/);
    write('Acme Shop.yaml', acme);
    expect(load(apiOf('"./Acme Shop.yaml"'))).toThrow(/is not an id: use a-z, 0-9 and -/);
  });
});

describe('mistakes name the line, the setting and the fix', () => {
  test.each<[string, string]>([
    ['extends: palmm', 'miftah.yaml:3: profiles.acme.extends: "palmm" is not known: did you mean palm?'],
    [
      'extends: acme',
      'miftah.yaml:3: profiles.acme.extends: goes round in a circle (acme, acme): extend another profile',
    ],
    ['prodct: Acme', 'miftah.yaml:3: profiles.acme: "prodct" is not known here: did you mean product?'],
    [
      'errors: { key_unknwn: {} }',
      'miftah.yaml:3: profiles.acme.errors: "key_unknwn" is not known here: did you mean key_unknown?',
    ],
    [
      'errors: { default: { status: 200 } }',
      'miftah.yaml:3: profiles.acme.errors.default.status: "200" must be a whole number from 400 to 599',
    ],
    [
      'errors: { default: { message: "{mesage}" } }',
      'miftah.yaml:3: profiles.acme.errors.default.message: {mesage} is not a placeholder',
    ],
    [
      'errors: { default: { message: "a {message}" } }',
      'miftah.yaml:3: profiles.acme.errors.default.message: "a {message}" must be text without {message}',
    ],
    [
      'errors: { default: { headers: { Content-Length: "0" } } }',
      'profiles.acme.errors.default.headers.Content-Length: is no header that a profile can set',
    ],
    [
      'errors: { default: { headers: { X-A: "é" } } }',
      'profiles.acme.errors.default.headers.X-A: "é" must be visible ASCII text',
    ],
    [
      'errors: { default: { headers: { X-A: a, x-a: b } } }',
      'profiles.acme.errors.default.headers.x-a: is there twice: keep one of them',
    ],
    ['contentType: text/csv', 'profiles.acme.contentType: "text/csv" must be a JSON or XML type'],
    ['contentType: text/plain', 'profiles.acme.contentType: does not fit the inherited body'],
    ['contentType: "text/plain\\r\\nX-A: b"', 'must be a JSON or XML type'],
    ['contentType: application/json; charset=latin1', 'must be a JSON or XML type'],
    ['body: { a: "{secret}" }', 'miftah.yaml:3: profiles.acme.body.a: {secret} is not a placeholder'],
    ['body: text', 'profiles.acme.body: must be a mapping or a list'],
    [
      'rateHeaders: { limit: X-A }\nerrors: { default: { headers: { x-a: b } } }',
      'profiles.acme.rateHeaders: x-a is also a header of an error',
    ],
    ['rateHeaders: { limit: X-A, remaining: x-a }', 'profiles.acme.rateHeaders: has one header for two values'],
    [
      'rateHeaders: { limit: Retry-After }',
      'profiles.acme.rateHeaders.limit: "Retry-After" must be none, or the name of a header that Miftah does not set itself',
    ],
    ['challenge: "Token\\r\\nX-A: b"', 'profiles.acme.challenge: '],
    ['console: { sample: POST /v1 }', 'profiles.acme.console.sample: "POST /v1" must be a call such as GET /v1/orders'],
    ['console: { words: { en: { navLabl: Keys } } }', 'did you mean navLabel?'],
    ['product: ""', 'profiles.acme.product: '],
    ['policy: { rateLimit: 5/x }', 'profiles.acme.policy.rateLimit: '],
    ['secret: { length: 20 }', 'profiles.acme.secret'],
    ['management: { path: /keys }', 'profiles.acme.management.shape: is missing: use one of standard, panel, classic'],
    [
      'management: { shape: standard, fields: { name: scopes } }',
      'miftah.yaml:3: profiles.acme.management.fields.name: "scopes" is also the name of scopes: use two different names',
    ],
    [
      'secret: { alphabet: hex, length: 47 }',
      'miftah.yaml:3: profiles.acme.secret.length: secrets of 47 characters are too short for 160 random bits: with these prefixes and hex they need at least 48',
    ],
    ['extends: palpluss\npolicy: { rateLimit: 5/s }', 'limits of this profile must use the window of 60/m'],
  ])('%s', (text, message) => {
    expect(complaints(text)).toEqual([expect.stringContaining(message)]);
  });
});
