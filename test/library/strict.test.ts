// The library refuses unknown input from JavaScript callers: it ignores nothing and changes nothing.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig, type Miftah, OperationalError, openMiftah } from '../../src/index.ts';
import { libraryOperator as operator } from '../../src/management/rights.ts';
import { openDump } from '../http/tenant-cases.ts';

/** The library as JavaScript sees it: any argument is possible. */
type Untyped = (...given: readonly unknown[]) => Promise<unknown>;

let folder: string;
let file: string;
let miftah: Miftah;
let keys: Readonly<Record<keyof Miftah['keys'], Untyped>>;
let organizations: Readonly<Record<keyof Miftah['organizations'], Untyped>>;
let database: ReturnType<typeof openDump>;
let orgId: string;
let keyId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'miftah-'));
  file = join(folder, 'miftah.yaml');
  const api = { id: 'classic', profile: 'classic', hosts: ['api.test'], upstream: 'http://127.0.0.1:9' };
  const importedKeys = { algorithm: 'sha256', minLength: 20, maxLength: 64 };
  const config = { dataDir: join(folder, 'data'), apis: [{ ...api, importedKeys, policy: { disable: true } }] };
  await writeFile(file, JSON.stringify(config));
  miftah = await openMiftah({ config: file });
  keys = miftah.keys as unknown as typeof keys;
  organizations = miftah.organizations as unknown as typeof organizations;
  orgId = (await miftah.organizations.createOrganization(operator, { name: 'Acme' })).id;
  keyId = (await miftah.keys.createKey(operator, { apiId: 'classic', orgId, name: 'server' })).key.id;
  database = openDump(join(folder, 'data', 'miftah.db'));
});

afterAll(async () => {
  database.close();
  await miftah.close();
  await rm(folder, { recursive: true });
});

/** `code field` of the error, and its message. Nothing was written. */
async function errorOf(run: () => Promise<unknown>): Promise<{ fault: string; message: string }> {
  const before = database.dump();
  const error = await run().then(
    (result) => new Error(`was done: ${JSON.stringify(result)}`),
    (reason: unknown) => reason as Error,
  );
  expect(database.dump()).toBe(before);
  const { code, field } = error as OperationalError & { field?: string };
  return { fault: error instanceof OperationalError ? `${code} ${field}` : String(error), message: error.message };
}

const member = {
  kind: 'member',
  personId: 'p',
  label: 'p@example.com',
  via: 'library',
  address: null,
  requestId: null,
};

test.each<[string, object, string, string]>([
  ['endpoints', { endpointPatterns: ['GET /a'] }, 'endpointPatterns', 'did you mean endpoints?'],
  ['scopes', { scope: ['users:read'] }, 'scope', 'did you mean scopes?'],
  ['addresses', { adresses: ['203.0.113.7'] }, 'adresses', 'did you mean addresses?'],
  ['limits', { rateLimit: ['1/m'] }, 'rateLimit', 'did you mean rateLimits?'],
  ['a name from the HTTP API', { expires: '2027-01-01T00:00:00Z' }, 'expires', 'did you mean expiresAt?'],
  ['a field that only the operator may set', { grantedLimits: [] }, 'grantedLimits', 'is not known here'],
  ['an inherited field', Object.create({ ipAllowlist: [] }), 'ipAllowlist', 'is not known here'],
  ['a __proto__ member', JSON.parse('{"__proto__": {"scopes": ["*"]}}'), '__proto__', 'is not known here'],
  ['text in place of a list', { scopes: 'users:read' }, 'scopes', 'must be a list'],
  ['text in place of addresses', { addresses: '203.0.113.7' }, 'addresses', 'must be a list'],
  ['a list with a hole', { endpoints: new Array(1) }, 'endpoints[0]', 'must be text'],
  ['a set in place of a list', { scopes: new Set(['a']) }, 'scopes', 'must be a list, not an object'],
  ['null in place of a list', { addresses: null }, 'addresses', 'must be a list, not null'],
  ['a number in a list', { rateLimits: [60] }, 'rateLimits[0]', 'must be text, not a number'],
  ['a Date', { expiresAt: new Date() }, 'expiresAt', 'use date.toISOString()'],
  ['one tag in place of a list', { tags: 'eu' }, 'tags', 'must be a list'],
  ['a number as metadata', { metadata: { seats: 5 } }, 'metadata.seats', 'must be text, not a number'],
  ['a list as metadata', { metadata: ['plan'] }, 'metadata', 'must be an object, not a list'],
  ['a number as an external id', { externalId: 42 }, 'externalId', 'must be text, not a number'],
  ['milliseconds', { expiresAt: 1_900_000_000_000 }, 'expiresAt', 'must be text, not a number'],
  ['a number in place of a name', { name: 7 }, 'name', 'must be text, not a number'],
])('a key is neither created nor changed with %s', async (_, wrong, field, fix) => {
  const made = Object.assign(wrong, {});
  const input = Object.setPrototypeOf({ apiId: 'classic', orgId, name: 'n', ...made }, Object.getPrototypeOf(wrong));
  if (field === '__proto__') Object.defineProperty(input, field, { value: {}, enumerable: true });
  for (const run of [() => keys.createKey(operator, input), () => keys.updateKey(operator, keyId, made)]) {
    const { fault, message } = await errorOf(run);
    expect(fault).toBe(`invalid_input ${field}`);
    expect(message).toContain(fix);
  }
});

test.each<[string, () => Promise<unknown>, string]>([
  ['an environment in capitals', () => keys.createKey(operator, newKey({ environment: 'Live' })), 'environment'],
  ['an unknown environment', () => keys.createKey(operator, newKey({ environment: 'toString' })), 'environment'],
  ['null in place of an environment', () => keys.createKey(operator, newKey({ environment: null })), 'environment'],
  ['no API', () => keys.createKey(operator, { orgId, name: 'n' }), 'apiId'],
  ['no input', () => keys.createKey(operator), 'input'],
  ['null in place of an input', () => keys.updateKey(operator, keyId, null), 'input'],
  ['a list in place of an input', () => keys.updateKey(operator, keyId, []), 'input'],
  ['a misspelt option of a creation', () => keys.createKey(operator, newKey({}), { onHold() {} }), 'options.onHold'],
  [
    'a misspelt revision',
    () => keys.rotateKey(operator, keyId, 'now', { expectedRevison: 9 }),
    'options.expectedRevison',
  ],
  ['a revision as text', () => keys.revokeKey(operator, keyId, { expectedRevision: '1' }), 'options.expectedRevision'],
  ['options in place of the overlap', () => keys.rotateKey(operator, keyId, { expectedRevision: 9 }), 'overlap'],
  ['too many arguments', () => keys.revokeKey(operator, keyId, {}, { expectedRevision: 9 }), 'arguments'],
  ['a misspelt revision of a change', () => keys.updateKey(operator, keyId, { name: 'x', ifMatch: 9 }), 'ifMatch'],
  ['a misspelt filter', () => keys.listKeys(operator, { orgID: orgId }, { limit: 9 }), 'filter.orgID'],
  ['a filter from the HTTP API', () => keys.countKeys(operator, { org: orgId }), 'filter.org'],
  ['a list in place of a filter', () => keys.listKeys(operator, { orgId: [orgId] }, { limit: 9 }), 'filter.orgId'],
  ['null in a filter', () => keys.listKeys(operator, { orgId: null }, { limit: 9 }), 'filter.orgId'],
  ['a status that is none', () => keys.listKeys(operator, { status: 'Active' }, { limit: 9 }), 'filter.status'],
  ['a limit as text', () => keys.listKeys(operator, {}, { limit: '9' }), 'page.limit'],
  ['no id', () => keys.revokeKey(operator), 'id'],
  ['a key in place of its id', () => keys.disableKey(operator, { id: keyId }), 'id'],
  ['a kind under another name', () => organizations.createOrganization(operator, { name: 'a', type: 'b' }), 'type'],
  ['no name', () => organizations.createOrganization(operator, {}), 'name'],
  [
    'grants under another name',
    () => organizations.updateOrganization(operator, orgId, { rateLimits: {} }),
    'rateLimits',
  ],
  [
    'a grant that is not a list',
    () => organizations.updateOrganization(operator, orgId, { grantedLimits: { classic: '600/m' } }),
    'grantedLimits.classic',
  ],
  ['a page under another name', () => organizations.listOrganizations(operator, { limit: 1, page: 2 }), 'page.page'],
  [
    'an imported row with a misspelt member',
    () => importing({ rows: [{ ...row(), endpoint: [] }] }),
    'rows[0].endpoint',
  ],
  [
    'text in place of an imported list',
    () => importing({ rows: [row(), { ...row(), addresses: '::1' }] }),
    'rows[1].addresses',
  ],
  ['text in place of rows', () => importing({ rows: 'row' }), 'rows'],
  ['a dry run under another name', () => importing({ rows: [row()], dryRun: true }), 'dryRun'],
  ['a token with a bound under another name', () => creating({ readOnly: true }), 'readOnly'],
  ['a token with a bound of another type', () => creating({ apis: 'classic' }), 'apis'],
  ['a token without what it may do', () => creating({ may: undefined }), 'may'],
  ['no actor', () => keys.getKey(undefined, keyId), 'actor.kind'],
  ['an actor of no kind', () => keys.getKey({ ...operator, kind: 'Operator' }, keyId), 'actor.kind'],
  ['an unknown role', () => keys.revokeKey({ ...member, orgId, role: 'boss' }, keyId), 'actor.role'],
  ['a member without an organization', () => keys.revokeKey({ ...member, role: 'owner' }, keyId), 'actor.orgId'],
])('a command refuses %s', async (_, run, field) => {
  expect((await errorOf(run)).fault).toBe(`invalid_input ${field}`);
});

function newKey(fields: object): object {
  return { apiId: 'classic', orgId, name: 'n', ...fields };
}

function row(): object {
  return { digest: 'ab'.repeat(32), org: orgId, name: 'old' };
}

function creating(fields: object): Promise<unknown> {
  return (miftah.tokens.createToken as unknown as Untyped)(operator, { name: 'CI', may: 'admin', ...fields });
}

function importing(batch: object): Promise<unknown> {
  return (miftah.importKeys as unknown as Untyped)(operator, { apiId: 'classic', ...batch });
}

test('known input works, and a command copies a list', async () => {
  const scopes = ['users:read'];
  const updating = miftah.keys.updateKey(operator, keyId, { scopes, name: undefined });
  scopes.push('*');
  expect((await updating).restrictions.scopes).toEqual(['users:read']);
  expect((await miftah.keys.listKeys(operator, { orgId, status: 'active' }, { limit: 9 })).items).toHaveLength(1);
  const { secret } = await miftah.keys.rotateKey(operator, keyId, undefined, { source: 'denial:den_1' });
  expect(secret).toMatch(/^sk_live_/);
});

test.each<[unknown, unknown, string]>([
  [{ confg: 'x' }, undefined, 'confg is not known: did you mean config?'],
  [{}, undefined, 'config must be the path'],
  [{ config: 7 }, undefined, 'config must be the path'],
  ['miftah.yaml', undefined, 'must be an object'],
  [{ config: 'x' }, { clok: {} }, 'clok is not known: did you mean clock?'],
  [{ config: 'x' }, { logger: {} }, 'logger is not known: use one of clock, log, listen, shared'],
  [{ config: 'x' }, null, 'must be an object'],
  [{ config: 'x' }, { shared: 'yes' }, 'shared must be true or false'],
  [{ config: 'x' }, { listen: '127.0.0.1:4101' }, 'listen must be true or false'],
])('openMiftah(%j, %j) throws a TypeError', async (what, options, message) => {
  const open = openMiftah as unknown as Untyped;
  await expect(options === undefined ? open(what) : open(what, options)).rejects.toThrow(TypeError);
  await expect(options === undefined ? open(what) : open(what, options)).rejects.toThrow(message);
});

test('openMiftah names the path of a mistake in an object', async () => {
  const open = openMiftah as unknown as Untyped;
  const wrong = { apis: [{ id: 'a', hots: [] }] };
  await expect(open({ config: wrong })).rejects.toMatchObject({
    code: 'config_invalid',
    message: 'apis[0]: "hots" is not known here: did you mean hosts?',
  });
  await expect(open({ config: [] })).rejects.toMatchObject({ code: 'config_invalid' });
  await expect(open({ config: new Map() })).rejects.toThrow('is an instance of Map');
});

test('loadConfig refuses unknown sources', () => {
  const load = loadConfig as unknown as (sources: unknown) => unknown;
  expect(() => load({ file, enviroment: {} })).toThrow('enviroment is not known: did you mean environment?');
  expect(() => load({ file, flag: {} })).toThrow(TypeError);
});
