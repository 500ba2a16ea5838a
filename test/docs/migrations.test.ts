// The pages of docs/how-to/migrate: their commands turn an export into keys that work.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { ensurePeer } from '../../bench/peer-packages.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { findProgram, startPostgres } from '../postgres-server.ts';
import { blocksIn, root } from './blocks.ts';
import { PageShell } from './shell.ts';

interface Key {
  readonly name: string;
  readonly org: string;
  readonly [member: string]: unknown;
}

interface Migration {
  readonly server: TestServer;
  /** What the commands printed. */
  readonly printed: string;
  readonly keys: readonly Key[];
  /** The status of a request with each secret. */
  statuses(headers: readonly Record<string, string>[]): Promise<readonly number[]>;
  orgNames(): Promise<readonly string[]>;
}

/** Follows a page with its own configuration, and passes the result on. */
async function follow(
  page: string,
  { prepare, env = {} }: { prepare: (folder: string) => unknown; env?: Record<string, string> },
  check: (migration: Migration) => Promise<void>,
): Promise<void> {
  const blocks = blocksIn(page, readFileSync(join(root, 'docs/how-to/migrate', page), 'utf8'));
  const yaml = blocks.find(({ language }) => language === 'yaml')?.text as string;
  const { apis, ...extra } = parse(yaml.replace(/http:\/\/\S+/, 'UPSTREAM')) as { apis: unknown };
  const folder = mkdtempSync(join(tmpdir(), 'miftah-migrate-'));
  await using server = await startTestServer({
    apis: ` ${JSON.stringify(apis)}`,
    extra: Object.entries(extra)
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
      .join(''),
  });
  try {
    const program = page.replace('.md', '.mjs');
    const example = join(root, 'examples/migrate', program);
    if (existsSync(example)) copyFileSync(example, join(folder, program));
    // As `npm install yaml` does.
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    await prepare(folder);
    await using shell = new PageShell(folder, {
      MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`,
      MIFTAH_DATA: join(server.folder, 'data'),
      ...env,
    });
    let printed = '';
    for (const { text, language, line } of blocks) {
      if (language !== 'sh') continue;
      const outcome = await shell.run(text);
      expect(outcome.code, `${page}:${line}\n${outcome.printed}`).toBe(0);
      printed += outcome.printed;
    }
    const list = await server.admin('GET', '/v1/keys?api=shop&limit=100');
    await check({
      server,
      printed,
      keys: (list.body.data as Key[]).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      statuses: (all) =>
        Promise.all(
          all.map(async (headers) => {
            const reply = await fetch(`http://127.0.0.1:${server.internalPort}/v1/verify`, {
              method: 'POST',
              headers: { authorization: `Bearer ${server.operatorToken}`, 'content-type': 'application/json' },
              body: JSON.stringify({
                api: 'shop',
                method: 'GET',
                path: '/',
                headers: Object.entries(headers),
                clientIp: '203.0.113.7',
              }),
            });
            const body = (await reply.json()) as { verdict: string; reply: { status?: number } };
            return body.verdict === 'allowed' ? 200 : (body.reply?.status ?? reply.status);
          }),
        ),
      async orgNames() {
        const { body } = await server.admin('GET', '/v1/orgs?limit=100');
        return (body.data as { name: string }[]).map(({ name }) => name).toSorted();
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const digest = (secret: string, encoding: 'hex' | 'base64') => createHash('sha256').update(secret).digest(encoding);
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

const [first, second, timed] = Array.from({ length: 3 }, () => randomBytes(16).toString('hex')) as [
  string,
  string,
  string,
];

/** As `deck gateway dump` writes it. */
const nested = `_format_version: "3.0"
consumers:
- username: nablus
  custom_id: cus_42
  tags: [eu]
  keyauth_credentials:
  - key: ${first}
    tags: [ci]
  plugins:
  - name: rate-limiting
    config: { minute: 60, hour: 1000, policy: local }
- username: amal
  keyauth_credentials:
  - key: ${second}
  - key: ${timed}
    ttl: 3600
`;

/** As `kong config db_export` writes it. */
const flat = `_format_version: "3.0"
_transform: false
consumers:
- { id: 1c3c9d4e-0000-4000-8000-000000000001, username: nablus, custom_id: cus_42, tags: [eu], created_at: 1700000000 }
- { id: 1c3c9d4e-0000-4000-8000-000000000002, username: amal, custom_id: null, tags: null, created_at: 1700000000 }
keyauth_credentials:
- { id: 1c3c9d4e-0000-4000-8000-000000000003, consumer: 1c3c9d4e-0000-4000-8000-000000000001, key: ${first}, tags: [ci], created_at: 1700000000 }
- { id: 1c3c9d4e-0000-4000-8000-000000000004, consumer: 1c3c9d4e-0000-4000-8000-000000000002, key: ${second}, created_at: 1700000000 }
- { id: 1c3c9d4e-0000-4000-8000-000000000005, consumer: 1c3c9d4e-0000-4000-8000-000000000002, key: ${timed}, ttl: 3600 }
plugins:
- { id: 1c3c9d4e-0000-4000-8000-000000000006, name: rate-limiting, enabled: true, consumer: 1c3c9d4e-0000-4000-8000-000000000001, config: { minute: 60, hour: 1000, day: null } }
- { id: 1c3c9d4e-0000-4000-8000-000000000007, name: key-auth, enabled: true, consumer: null, config: {} }
`;

/** `npm test` follows one page. */
const isLong = process.env.MIFTAH_DOCS === 'all';
const long = <Case>(cases: readonly Case[]): readonly Case[] => (isLong ? cases : []);

test.each(
  long([
    ['of decK', nested],
    ['of Kong itself', flat],
  ] as const),
)('Kong: an export %s becomes keys that work', async (_, text) => {
  const prepare = (folder: string) => writeFileSync(join(folder, 'kong.yaml'), text);
  await follow('kong.md', { prepare }, async ({ keys, printed, statuses, orgNames }) => {
    expect(keys).toMatchObject([
      { name: 'amal 1', tags: [], metadata: {} },
      { name: 'nablus 1', tags: ['eu', 'ci'], metadata: { custom_id: 'cus_42' }, rateLimits: ['60/m', '1000/h'] },
    ]);
    expect(await orgNames()).toEqual(['amal', 'nablus']);
    expect(printed).toContain('amal: a key with a ttl was left out');
    expect(await statuses([first, second, timed].map((key) => ({ apikey: key })))).toEqual([200, 200, 401]);
  });
});

const unkeySecrets = [
  'old_3ZVQyLw7WcpZB2o3fT9hXu',
  'old_3ZTqBZ8mXyFkJ4n9pRq2aV',
  'old_3ZdisabledX4n9pRq2aVxx',
] as const;

test.each(
  long([
    ['the API', false],
    ['the table', true],
  ] as const),
)('Unkey: keys from %s work', async (_, isTable) => {
  const [plain, rich, disabled] = unkeySecrets;
  const of = (secret: string) => (isTable ? { hash: digest(secret, 'base64') } : { plaintext: secret });
  const times = isTable ? { created_at_m: 1_701_425_400_000 } : { createdAt: 1_701_425_400_000 };
  const rows = [
    { keyId: 'key_plain', start: 'old_3ZVQ', enabled: true, identity: { externalId: 'cus_1' }, ...times, ...of(plain) },
    {
      keyId: 'key_rich',
      start: 'old_3ZTq',
      name: 'rich',
      enabled: isTable ? 1 : true,
      identity: { externalId: 'cus_2' },
      expires: 4_102_444_800_000,
      permissions: ['files:read'],
      meta: isTable ? '{"plan":"gold","nested":{}}' : { plan: 'gold', nested: {} },
      ratelimits: [
        { name: 'requests', limit: 100, duration: 60_000, autoApply: true },
        { name: 'tokens', limit: 1, duration: 60_000, autoApply: false },
        { name: 'month', limit: 50_000, duration: 2_592_000_000, autoApply: true },
      ],
      ...times,
      ...of(rich),
    },
    { keyId: 'key_off', start: 'old_3Zdi', enabled: isTable ? 0 : false, ...times, ...of(disabled) },
    { keyId: 'key_paid', start: 'old_3Zpa', enabled: true, credits: { remaining: 10 }, ...times, ...of('old_3Zpaid') },
  ];
  const prepare = (folder: string) => writeFileSync(join(folder, 'keys.json'), JSON.stringify(rows));
  await follow('unkey.md', { prepare }, async ({ keys, printed, statuses }) => {
    expect(keys).toMatchObject([
      { name: 'old_3ZVQ', externalId: 'key_plain', createdAt: '2023-12-01T10:10:00.000Z' },
      { name: 'rich', scopes: ['files:read'], rateLimits: ['100/m', '50000/30d'], metadata: { plan: 'gold' } },
    ]);
    expect(printed).toMatch(/key_off: left out, because it is disabled\n.*key_paid: left out/s);
    expect(await statuses(unkeySecrets.map(bearer))).toEqual([200, 200, 401]);
  });
});

test('better-auth: keys of a database that it made work', async () => {
  const secrets: Record<string, string> = {};
  const prepare = async (folder: string) => {
    const recorded = join(import.meta.dirname, 'exports');
    if (isLong) {
      const peer = await ensurePeer('better-auth');
      copyFileSync(join(recorded, 'make-better-auth.mjs'), join(peer, 'make-better-auth.mjs'));
      const args = ['--no-warnings', join(peer, 'make-better-auth.mjs'), join(folder, 'auth.db')];
      Object.assign(secrets, JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })));
    } else {
      const script = readFileSync(join(recorded, 'better-auth.sql'));
      execFileSync(findProgram('sqlite3'), [join(folder, 'auth.db')], { input: script });
      Object.assign(secrets, JSON.parse(readFileSync(join(recorded, 'better-auth.secrets.json'), 'utf8')));
    }
  };
  await follow('better-auth.md', { prepare }, async ({ keys, printed, statuses, orgNames }) => {
    expect(keys).toMatchObject([
      { name: 'plain', rateLimits: [], scopes: [], expiresAt: null },
      {
        name: 'rich',
        rateLimits: ['100/m'],
        scopes: ['files:read', 'files:write'],
        metadata: { plan: 'gold', seats: '3' },
      },
    ]);
    expect(await orgNames()).toEqual(['amal@example.com']);
    expect(printed).toContain('left out, because it has a budget of 5 requests');
    expect(printed).toContain('left out, because it is disabled');
    const order = ['plain', 'rich', 'budget', 'disabled'].map((name) => secrets[name] as string);
    expect(await statuses(order.map((key) => ({ 'x-api-key': key })))).toEqual([200, 200, 401, 401]);
  });
});

test.each(long(['PostgreSQL']))('a table of digests in %s becomes keys that work', async () => {
  const [plain, expired, revoked] = Array.from({ length: 3 }, () => `old_${randomBytes(16).toString('hex')}`) as [
    string,
    string,
    string,
  ];
  const postgres = await startPostgres();
  onTestFinished(() => postgres.dispose());
  const database = await postgres.createDatabase();
  const url = postgres.urlOf(database);
  const bytes = (secret: string) => `'\\x${digest(secret, 'hex')}'`;
  const prepare = () =>
    execFileSync(findProgram('psql'), [url, '-v', 'ON_ERROR_STOP=1', '-q'], {
      input: `
        create table customers (id text primary key, name text not null);
        create table api_keys (sha256 bytea not null, label text, customer_id text references customers, created_at timestamptz, expires_at timestamptz, revoked_at timestamptz);
        insert into customers values ('cus_7', 'Nablus Cards');
        insert into api_keys values
          (${bytes(plain)}, 'Web shop', 'cus_7', '2024-05-01T10:00:00Z', '2100-01-01T00:00:00Z', null),
          (${bytes(expired)}, 'Old shop', 'cus_7', '2024-05-01T10:00:00Z', '2024-06-01T00:00:00Z', null),
          (${bytes(revoked)}, 'Stolen', 'cus_7', '2024-05-01T10:00:00Z', null, '2024-06-01T00:00:00Z');`,
    });
  await follow(
    'digests.md',
    { prepare, env: { OLD_DATABASE: url, OLD_KEY: plain } },
    async ({ keys, printed, statuses, orgNames }) => {
      expect(printed).toContain(digest(plain, 'hex'));
      expect(keys).toMatchObject([
        {
          name: 'Web shop',
          metadata: { customer_id: 'cus_7' },
          createdAt: '2024-05-01T10:00:00.000Z',
          expiresAt: '2100-01-01T00:00:00.000Z',
        },
      ]);
      expect(await orgNames()).toEqual(['Nablus Cards']);
      expect(await statuses([plain, expired, revoked].map(bearer))).toEqual([200, 401, 401]);
    },
  );
});
