// A configuration as an object comes to the same as the file, and a mistake in it is named by its path.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';
import type { ConfigInput } from './schema.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As JavaScript sees it: anything is possible. */
function load(config: unknown, more: { environment?: Record<string, string>; workingFolder?: string } = {}): Config {
  return loadConfig({ config: config as ConfigInput, environment: {}, workingFolder: '/srv', ...more });
}

function complaint(config: unknown): string {
  try {
    load(config);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the configuration was accepted');
}

describe('a configuration as an object', () => {
  test('is the one that the same file is', () => {
    const text = `
public: { listen: "127.0.0.1:0", trustedProxies: [10.0.0.0/8] }
dataDir: data
database: sqlite:./x.db
retention: { audit: 90 }
profiles: { acme: { extends: palm, product: Acme } }
apis:
  - id: a
    profile: acme
    hosts: { live: [api.test], test: [sandbox.test] }
    upstream: { live: http://127.0.0.1:1, test: http://127.0.0.1:2 }
    policy: { scopes: { "POST /v1/payments": payments:write }, rateLimit: 60/m }
  - id: b
`;
    const file = join(folder, 'miftah.yaml');
    writeFileSync(file, text);
    const ofFile = loadConfig({ file, environment: {}, workingFolder: '/srv' });
    expect(load(parse(text))).toEqual(ofFile);
    expect(load(deepFreeze(parse(text)))).toEqual(ofFile);
  });

  test('needs one API with an id', () => {
    const { dataDir, apis } = load({ apis: [{ id: 'acme' }] });
    expect(dataDir).toBe('/srv/miftah-data');
    expect(apis).toMatchObject([{ id: 'acme', profile: { id: 'standard' }, upstream: undefined }]);
    expect([...(apis[0]?.hosts ?? [])]).toEqual([]);
  });

  test('has paths relative to the working folder', () => {
    writeFileSync(join(folder, 'acme.profile.yaml'), 'extends: panel\n');
    writeFileSync(join(folder, 'logo.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const config = {
      dataDir: 'data',
      consoles: { localhost: { logo: 'logo.svg' } },
      apis: [{ id: 'a', profile: './acme.profile.yaml' }],
    };
    const loaded = load(config, { workingFolder: folder });
    expect(loaded.dataDir).toBe(join(folder, 'data'));
    expect(loaded.consoles.get('localhost')?.logo?.kind).toBe('svg');
    expect(loaded.apis[0]?.profile.id).toBe('acme');
    expect(load({ apis: [{ id: 'a' }] }, { workingFolder: process.cwd() })).toEqual(
      loadConfig({ config: { apis: [{ id: 'a' }] }, environment: {} }),
    );
  });

  test('is read once: later changes of the object do not matter', () => {
    const apis = [{ id: 'a' }];
    const loaded = load({ apis });
    apis.push({ id: 'b' });
    expect(loaded.written).toEqual({ apis: [{ id: 'a' }] });
  });

  test('follows the environment, as the file does', () => {
    const environment = { MIFTAH_DATA: '/elsewhere', MIFTAH_SESSION_SECRET: 'itself' };
    const loaded = load({ dataDir: '/here', apis: [{ id: 'a' }] }, { environment });
    expect(loaded.dataDir).toBe('/elsewhere');
    expect(loaded.secrets.sessionSecret).toEqual({ text: 'itself', place: 'MIFTAH_SESSION_SECRET' });
  });

  test('takes members that are undefined as absent', () => {
    const api = { id: 'a', hosts: undefined, upstream: undefined, policy: { rateLimit: undefined } };
    expect(load({ public: undefined, database: undefined, apis: [api] })).toEqual(
      load({ apis: [{ id: 'a', policy: {} }] }),
    );
  });

  test('can be made without Object.prototype, and in another realm', () => {
    expect(load(Object.assign(Object.create(null), { apis: [{ id: 'a' }] })).apis).toHaveLength(1);
    expect(load(runInNewContext('({ apis: [{ id: "a", policy: { rateLimit: "1/m" } }] })')).apis).toHaveLength(1);
  });
});

class Settings {
  readonly rateLimit = '60/m';
}

const circle: { apis: unknown[] } = { apis: [{ id: 'a' }] };
circle.apis.push(circle);

const use = 'use text, a number, true, false, a list or a plain object';

test.each<[string, unknown, string]>([
  [
    'an unknown member',
    { apis: [{ id: 'a', host: ['a.test'] }] },
    'apis[0]: "host" is not known here: did you mean hosts?',
  ],
  ['an unknown section', { apis: [{ id: 'a' }], databse: 'x' }, '"databse" is not known here: did you mean database?'],
  [
    'a member __proto__',
    JSON.parse('{"apis": [{"id": "a", "__proto__": {}}]}'),
    'apis[0]: "__proto__" is not known here',
  ],
  ['no APIs', {}, 'apis: must be a list of APIs'],
  ['an empty list of APIs', { apis: [] }, 'apis: is empty: list at least one API'],
  ['an API without an id', { apis: [{}] }, 'apis[0].id: is missing: set an id of a-z'],
  ['a list with a hole', { apis: new Array(1) }, 'apis[0]: is missing'],
  ['a number in place of text', { apis: [{ id: 7 }] }, 'apis[0].id: "7" must be an id of a-z'],
  ['null in place of text', { apis: [{ id: null }] }, 'apis[0].id: must be an id of a-z'],
  ['text in place of a number', { apis: [{ id: 'a' }], nodes: '2' }, 'nodes: "2" must be a whole number from 1'],
  ['NaN', { apis: [{ id: 'a' }], nodes: Number.NaN }, 'nodes: "NaN" must be a whole number from 1'],
  ['a Date', { apis: [{ id: new Date() }] }, `apis[0].id: is an instance of Date: ${use}`],
  ['a URL', { apis: [{ id: 'a', upstream: new URL('http://a.test') }] }, 'apis[0].upstream: is an instance of URL'],
  ['a Map in place of a mapping', { apis: [{ id: 'a', hosts: new Map() }] }, 'apis[0].hosts: is an instance of Map'],
  ['a Set in place of a list', { apis: [{ id: 'a', console: new Set() }] }, 'apis[0].console: is an instance of Set'],
  ['a boxed text', { apis: [{ id: new String('a') }] }, 'apis[0].id: is an instance of String'],
  [
    'an instance of a class',
    { apis: [{ id: 'a', policy: new Settings() }] },
    'apis[0].policy: is an instance of Settings',
  ],
  ['inherited members', { apis: [Object.create({ id: 'a' })] }, 'apis[0]: is an instance of a class'],
  ['a function', { apis: () => [] }, `apis: is a function: ${use}`],
  ['a class', { apis: [{ id: 'a', policy: Settings }] }, 'apis[0].policy: is a function'],
  ['a symbol', { apis: [{ id: Symbol('a') }] }, 'apis[0].id: is a symbol'],
  ['a bigint', { apis: [{ id: 'a' }], nodes: 2n }, 'nodes: is a bigint'],
  ['a promise', { apis: Promise.resolve([]) }, 'apis: is an instance of Promise'],
  ['itself', circle, 'apis[1]: is inside itself'],
  ['a list', [], 'must be a mapping with $schema, public'],
  [
    'an upstream without hosts',
    { apis: [{ id: 'a', upstream: 'http://a.test' }] },
    'apis[0].hosts: is missing: set the host names of this API, such as api.example.com, or remove upstream',
  ],
  ['hosts that are empty', { apis: [{ id: 'a', hosts: [] }] }, 'apis[0].hosts: has no host: add at least one'],
  [
    'a missing profile',
    { apis: [{ id: 'a', profile: './none.yaml' }] },
    'apis[0].profile: /srv/none.yaml: no such file: correct the path, which is relative to /srv',
  ],
])('an object with %s is refused by its path, without a line', (_, config, message) => {
  expect(complaint(config).split('\n')[0]).toMatch(startingWith(message));
});

test('an object has all of its mistakes listed', () => {
  expect(complaint({ nodes: 0, apis: [{ id: 'A' }, { id: 'b', profil: 'x' }] }).split('\n')).toHaveLength(3);
  expect(complaint({ nodes: 2n, apis: [{ id: new Date() }] }).split('\n')).toHaveLength(2);
});

test('no message has the password of a value', () => {
  expect(complaint({ apis: [{ id: 'a', hosts: ['a.test'], upstream: 'http://me:hunter2@a.test' }] })).not.toContain(
    'hunter2',
  );
});

test('loadConfig takes a file or an object, and only one of them', () => {
  const untyped = loadConfig as unknown as (sources: unknown) => unknown;
  for (const sources of [{}, { file: 'a.yaml', config: { apis: [] } }]) {
    expect(() => untyped(sources)).toThrow(TypeError);
    expect(() => untyped(sources)).toThrow('give either file or config');
  }
});

test('the type of the object knows every setting', () => {
  const config = {
    apis: [{ id: 'a', hosts: ['a.test'], policy: { rateLimit: '60/m', scopes: { 'GET /a': 'a:read' } } }],
  } as const satisfies ConfigInput;
  expect(loadConfig({ config, environment: {} }).apis).toHaveLength(1);
  // @ts-expect-error: a setting that there is not
  const slip: ConfigInput = { apis: [{ id: 'a', hots: [] }] };
  // @ts-expect-error: a number where text is due
  const wrong: ConfigInput = { apis: [{ id: 7 }] };
  // @ts-expect-error: a word that is none of those known
  const unknown: ConfigInput = { apis: [{ id: 'a' }], log: { level: 'debug' } };
  for (const each of [slip, wrong, unknown]) expect(() => load(each)).toThrow(ConfigError);
});

/** Messages begin with a path, or with nothing at all. */
function startingWith(message: string): RegExp {
  return new RegExp(`^${message.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
}

function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
