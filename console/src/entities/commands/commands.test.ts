// The commands and routes exist, and nothing of a name runs in a shell.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ConsoleApi } from '../../api/config.ts';
import { type Subject, writeCommands } from './commands.ts';

const origin = 'http://localhost:4100';
const root = new URL('../../../../', import.meta.url);
const key = {
  id: 'key_1',
  org: 'org_1',
  api: 'classic',
  environment: 'live',
  name: 'Production',
  status: 'active',
  addresses: ['203.0.113.7', '203.0.113.8'],
  referrers: ['*.example.com'],
  endpoints: ['GET /v1/users/*'],
  scopes: ['read'],
  rateLimits: ['60/m'],
  expiresAt: '2027-01-31T00:00:00.000Z',
} as unknown as Extract<Subject, { page: 'key' }>['apiKey'];
const org = { id: 'org_1', name: 'Dealers', kind: 'dealer' } as Extract<Subject, { page: 'settings' }>['org'];
const api = { actions: { rotate: true, disable: true, revokeWord: 'revoke' } } as ConsoleApi;

const subjects: readonly Subject[] = [
  { page: 'keys', org: 'org_1', query: { api: 'palm', environment: 'test', status: 'active', q: 'a b', limit: 50 } },
  { page: 'key', apiKey: key, api },
  { page: 'key', apiKey: { ...key, status: 'disabled' }, api },
  {
    page: 'usage',
    org: 'org_1',
    query: { api: 'palm', key: 'key_1', from: '2027-01-01T00:00:00Z', to: '2027-01-02T00:00:00Z' },
  },
  { page: 'operatorUsage', query: { org: 'org_1', by: 'org', timeZone: 'Asia/Riyadh', outcome: 'rate_limited' } },
  { page: 'overview', org: 'org_1', query: { environment: 'live' } },
  { page: 'operatorOverview', query: {} },
  { page: 'denials', org: 'org_1', query: { api: 'palm', environment: 'live', key: 'key_1' } },
  { page: 'audit', org: 'org_1', query: { action: 'key', actor: 'usr_1', target: 'key_1' } },
  { page: 'audit', org: 'org_1', query: { from: '2027-01-01T00:00:00Z' } },
  { page: 'members', org: 'org_1' },
  { page: 'webhooks', org: 'org_1' },
  { page: 'webhooks', org: undefined },
  { page: 'alerts', org: 'org_1', query: { rule: 'new_network', acknowledged: 'false' } },
  { page: 'alerts', org: undefined, query: {} },
  { page: 'alert', org: 'org_1', id: 'alt_1' },
  { page: 'alertRules' },
  { page: 'webhook', org: undefined, id: 'wh_1' },
  { page: 'settings', org },
  { page: 'orgs', query: {} },
  { page: 'unknownKeys', query: { api: 'palm', reason: 'key_unknown' } },
  { page: 'apis' },
  { page: 'nodes' },
  { page: 'proxies' },
  { page: 'mail' },
];

const everyCli = subjects.flatMap((subject) => writeCommands(subject, origin).cli.map(({ text }) => text));
const everyCurl = subjects.flatMap((subject) => writeCommands(subject, origin).curl.map(({ text }) => text));

/** As a shell hands them to a program. */
function split(line: string): readonly string[] {
  const args = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8', env: { TOKEN: 'session' } });
  return args.split('\0').slice(0, -1);
}

test.each([...new Set(everyCli)])('there is such a command: %s', (line) => {
  const [program, ...words] = split(line);
  expect(program).toBe('miftah');
  const docs = readFileSync(new URL('docs/reference/cli.md', root), 'utf8').split(/^## /m);
  const section = docs.find((each) =>
    [1, 2].some((count) => each.startsWith(`\`miftah ${words.slice(0, count).join(' ')}\`\n`)),
  );
  expect(section).toBeDefined();
  for (const option of words.filter((word) => word.startsWith('--'))) expect(section).toContain(`\n  ${option} `);
});

test.each([...new Set(everyCurl)])('there is such a route: %s', (line) => {
  const args = split(line);
  const schema = readFileSync(new URL('console/src/api/schema.ts', root), 'utf8');
  const { pathname, searchParams } = new URL(args.find((arg) => arg.startsWith(origin)) as string);
  const method = (args.includes('-X') ? args[args.indexOf('-X') + 1] : 'GET')?.toLowerCase();
  const template = pathname.replace(/org_1/, '{org}').replace(/alt_1|key_1|wh_1/, '{id}');
  const route = schema.slice(schema.indexOf(`    "${template}": {\n`)).split(/^ {4}\};$/m)[0] ?? '';
  expect(schema).toContain(`    "${template}": {\n`);
  const operation = new RegExp(`^ {8}${method}: operations\\["(\\w+)"\\]`, 'm').exec(route)?.[1];
  expect(operation).toBeDefined();
  const described = schema.slice(schema.indexOf(`    ${operation}: {\n`)).split(/^ {4}\};$/m)[0] ?? '';
  for (const name of searchParams.keys()) expect(described).toMatch(new RegExp(`^ {16}${name}\\?:`, 'm'));
  if (args.includes('-d')) expect(() => JSON.parse(args[args.indexOf('-d') + 1] as string)).not.toThrow();
  expect(args).toContain('Authorization: Bearer session');
});

test('says what the page shows, as the command line takes it', () => {
  expect(everyCli).toContain("miftah keys list --api palm --org org_1 --env test --status active --search 'a b'");
  expect(everyCli).toContain(
    [
      'miftah keys create --api classic --org org_1 --env live --name Production --ip 203.0.113.7,203.0.113.8',
      "--referrer '*.example.com' --endpoint 'GET /v1/users/*' --scope read --rate 60/m",
      '--expires 2027-01-31T00:00:00.000Z',
    ].join(' '),
  );
  expect(everyCurl).toContain(
    [
      `curl -s '${origin}/api/orgs/org_1/keys?api=palm&environment=test&status=active&q=a+b'`,
      '-H "Authorization: Bearer $TOKEN"',
    ].join(' '),
  );
});

test('leaves out what would show more than the page does, and what the key no longer takes', () => {
  const cliOf = (subject: Subject) => writeCommands(subject, origin).cli.map(({ name }) => name);
  expect(cliOf({ page: 'keys', org: 'org_1', query: { unusedDays: 30 } })).toEqual(['create']);
  expect(cliOf({ page: 'denials', org: 'org_1', query: { reason: 'key_expired' } })).toEqual([]);
  expect(cliOf({ page: 'audit', org: 'org_1', query: { actor: 'amal@example.com' } })).toEqual(['export']);
  expect(cliOf({ page: 'orgs', query: { q: 'x' } })).toEqual(['create']);
  expect(cliOf({ page: 'key', apiKey: { ...key, status: 'revoked' }, api })).toEqual(['get', 'recreate']);
});

test.each(['$(touch /tmp/x) `id`; rm -rf ~ #', "it's", '--help', 'a\nmiftah keys revoke key_2', '"', '!!', ''])(
  'a shell takes the name %j for nothing but a name',
  (name) => {
    const { cli, curl } = writeCommands({ page: 'key', apiKey: { ...key, name }, api }, origin);
    const plain = name.replace('\n', ' ');
    for (const { text } of [...cli, ...curl]) expect(text).not.toContain('\n');
    const update = split(cli.find((each) => each.name === 'update')?.text ?? '');
    expect(update[update.indexOf('--name') + 1]).toBe(plain);
    const patch = split(curl.find((each) => each.name === 'update')?.text ?? '');
    expect(JSON.parse(patch[patch.indexOf('-d') + 1] as string).name).toBe(name);
    const search = writeCommands({ page: 'keys', org: 'org_1', query: { q: name } }, origin);
    expect(new URL(split(search.curl[0]?.text ?? '')[2] as string).searchParams.get('q')).toBe(name);
  },
);
