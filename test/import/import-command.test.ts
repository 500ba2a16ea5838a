// `miftah import`: files in both formats, refused rows with their reasons, interruptions.
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli, spawnCli } from '../cli/cli-process.ts';
import type { TestServer } from '../fixture.ts';
import { bearer, call, digestOf, oldSecret, startServer } from './setting.ts';

let server: TestServer;
let org: string;
beforeAll(async () => {
  server = await startServer();
  org = await server.createOrg('dealer');
});
afterAll(() => server[Symbol.asyncDispose]());

const environment = () => ({
  MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`,
  MIFTAH_DATA: join(server.folder, 'data'),
});

async function runImport(args: string, stdin?: string) {
  const { code, stdout, stderr } = await runCli(['import', '--api', 'classic', ...args.split(' '), '--json'], {
    cwd: server.folder,
    env: environment(),
    ...(stdin !== undefined && { stdin }),
  });
  return {
    code,
    out: stdout === '' ? undefined : JSON.parse(stdout),
    error: stderr === '' ? undefined : JSON.parse(stderr).error,
  };
}

let files = 0;

async function write(text: string, ending = 'csv'): Promise<string> {
  const file = join(server.folder, `keys-${++files}.${ending}`);
  await writeFile(file, text);
  return file;
}

const keysNamed = async (search: string) =>
  (await server.admin('GET', `/v1/keys?api=classic&search=${search}&limit=100`)).body.data as Record<string, unknown>[];

const csvOf = (name: string, count: number): string =>
  `digest,name,org\n${Array.from({ length: count }, () => `${digestOf(oldSecret())},${name},${org}\n`).join('')}`;

test('CSV with every column', async () => {
  const secret = oldSecret();
  const file =
    await write(`\ufeffDigest,algorithm,name,org_name,environment,addresses,referrers,endpoints,scopes,rate_limits,expires_at,created_at,prefix,start,end,tags,external_id,metadata.plan,Metadata.customer_id\r
${digestOf(secret)},SHA-256,"Wide ""and"" quoted,\r\nbroken",Wide Ltd,test,127.0.0.1; 10.0.0.0/8,example.com,GET /v1/a;POST /v1/b,a:read;b,10/s;60/m,2999-01-01T00:00:00Z,2020-01-01T00:00:00Z,old_,${secret.slice(4, 8)},${secret.slice(-4)},EU; ci,wide-1,gold,7\r
${digestOf(oldSecret())},,Wide,Wide Ltd,,,,,,,,,,,,,,,\r\n`);
  const { code, out } = await runImport(`--format csv --file ${file}`);
  // A line break is not allowed in a name.
  expect([code, out]).toMatchObject([1, { stoppedAt: 2, imported: 0, refused: 1 }]);
  await writeFile(file, (await readFile(file, 'utf8')).replace('\r\nbroken', ' mended'));
  expect(await runImport(`--format csv --file ${file}`)).toMatchObject({
    code: 0,
    out: { rows: 2, imported: 2, exists: 0, refused: 0, organizations: 1, refusedFile: null, stoppedAt: null },
  });
  expect(existsSync(`${file}.refused.csv`)).toBe(false);
  expect((await keysNamed('Wide')).at(-1)).toMatchObject({
    name: 'Wide "and" quoted, mended',
    environment: 'test',
    addresses: ['127.0.0.1', '10.0.0.0/8'],
    referrers: ['example.com'],
    endpoints: ['GET /v1/a', 'POST /v1/b'],
    scopes: ['a:read', 'b'],
    rateLimits: ['10/s', '60/m'],
    masked: `old_${secret.slice(4, 8)}…${secret.slice(-4)}`,
    tags: ['eu', 'ci'],
    externalId: 'wide-1',
    metadata: { customer_id: '7', plan: 'gold' },
  });
});

test('JSON lines, from standard input', async () => {
  const secret = oldSecret();
  const rows = [
    {
      digest: digestOf(secret, 'sha256', 'base64'),
      name: 'Piped',
      orgName: 'Piped Ltd',
      addresses: ['127.0.0.1'],
      expiresAt: null,
      externalId: 'piped-1',
      tags: ['piped'],
      metadata: { plan: 'gold' },
    },
    { digest: digestOf(oldSecret()), name: 'Piped', orgName: 'Piped Ltd', algorithm: null },
  ];
  const stdin = rows.map((row) => JSON.stringify(row)).join('\n\n');
  expect(await runImport('--format jsonl', stdin)).toMatchObject({ code: 0, out: { imported: 2, organizations: 1 } });
  expect(await call(server, 'api.classic.localhost', bearer(secret))).toBe(200);
  // Without an environment of its own it is a live key.
  expect((await keysNamed('Piped')).map((key) => key.environment)).toEqual(['live', 'live']);
  const { body } = await server.admin('GET', '/v1/keys?externalId=piped-1&metadata=plan%3Dgold&tag=piped');
  expect(body.data).toMatchObject([{ name: 'Piped', tags: ['piped'], metadata: { plan: 'gold' } }]);
});

describe('plain-text secrets', () => {
  test.for([
    ['csv', `secret,name,org\n${oldSecret()},Unasked,ORG\n`],
    ['jsonl', `${JSON.stringify({ secret: oldSecret(), name: 'Unasked', org: 'ORG' })}\n`],
  ] as const)('are refused without --allow-plaintext: %s', async ([format, text]) => {
    const file = await write(text.replace('ORG', org), format);
    expect(await runImport(`--format ${format} --file ${file} --on-error skip`)).toMatchObject({
      code: 2,
      error: { code: 'plaintext_refused' },
    });
    expect(await keysNamed('Unasked')).toEqual([]);
  });

  test('are hashed before they are sent, and stored nowhere', async () => {
    const secret = oldSecret();
    const file = await write(`secret,name,org\n${secret},Clear,${org}\nold_too-short,Clear,${org}\n`);
    expect(await runImport(`--format csv --file ${file} --allow-plaintext --on-error skip`)).toMatchObject({
      code: 1,
      out: { imported: 1, refused: 1 },
    });
    expect(await call(server, 'api.classic.localhost', bearer(secret))).toBe(200);
    expect((await keysNamed('Clear'))[0]?.masked).toBe(`old_${secret.slice(4, 8)}…${secret.slice(-4)}`);
    expect(await readFile(`${file}.refused.csv`, 'utf8')).toMatch(/^line,code,field,reason\r\n3,row_malformed,secret,/);
    expect(await readFile(`${file}.refused.csv`, 'utf8')).not.toContain('too-short');
    const data = join(server.folder, 'data');
    const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const holding = files.filter(({ parentPath, name }) =>
      readFileSync(join(parentPath, name)).includes(secret.slice(4, 30)),
    );
    expect(holding).toEqual([]);
  });
});

const refusals = () => `digest,name,addresses,org
${digestOf(oldSecret())},Skipping,,${org}
nothing,Skipping,,${org}
${digestOf(oldSecret())},Skipping,127.0.0.300,${org}
${digestOf(oldSecret())},Skipping,,${org},more
"${digestOf(oldSecret())},Skipping
${digestOf(oldSecret())},Skipping,=SECRETSECRETSECRETSECRET,${org}
${digestOf(oldSecret())}",x,,y
${digestOf(oldSecret())},Skipping,,${org}
`;

test('--on-error skip skips refused rows and reports them, safely for spreadsheets', async () => {
  const file = await write(refusals());
  const { code, out } = await runImport(`--format csv --file ${file} --on-error skip`);
  expect([code, out]).toMatchObject([
    1,
    { rows: 6, imported: 2, refused: 4, refusedFile: `${file}.refused.csv`, stoppedAt: null },
  ]);
  expect(statSync(`${file}.refused.csv`).mode & 0o777).toBe(0o600);
  const report = (await readFile(`${file}.refused.csv`, 'utf8')).trimEnd().split('\r\n');
  expect(report.map((line) => line.split(',').slice(0, 3).join())).toEqual([
    'line,code,field',
    '3,invalid_input,digest',
    '4,invalid_input,addresses[0]',
    '5,row_malformed,row',
    '6,invalid_input,digest',
  ]);
  expect(report.join('\n')).not.toMatch(/[0-9a-f]{9}/);
  expect(existsSync(`${file}.miftah-import`)).toBe(false);
});

test('a refused row stops the import, which continues with --resume after its fix', async () => {
  const text = refusals();
  const file = await write(text);
  expect(await runImport(`--format csv --file ${file}`)).toMatchObject({
    code: 1,
    out: { rows: 2, imported: 1, refused: 1, stoppedAt: 3 },
  });
  await writeFile(file, text.replace('nothing,', `${digestOf(oldSecret())},`));
  expect(await runImport(`--format csv --file ${file} --resume`)).toMatchObject({
    code: 1,
    out: { rows: 3, imported: 2, exists: 0, refused: 1, stoppedAt: 4 },
  });
  // A finished row was changed, so no one knows whether it is still imported.
  await writeFile(file, text.replace('Skipping', 'Another'));
  expect(await runImport(`--format csv --file ${file} --resume`)).toMatchObject({
    code: 2,
    error: { code: 'checkpoint_mismatch' },
  });
});

test('a dry run changes nothing and leaves no checkpoint', async () => {
  const dump = (): unknown => {
    const db = new DatabaseSync(join(server.folder, 'data', 'miftah.db'), { readOnly: true });
    const tables = ['api_keys', 'secrets', 'organizations', 'audit_log'];
    const counts = tables.map((table) => db.prepare(`SELECT count(*) AS count FROM ${table}`).get());
    db.close();
    return counts;
  };
  const before = dump();
  const rows = csvOf('Dry', 1500).replaceAll(`,${org}`, ',Dry Ltd').replace('name,org', 'name,org_name');
  const file = await write(rows);
  expect(await runImport(`--format csv --file ${file} --dry-run`)).toMatchObject({
    code: 0,
    out: { dryRun: true, rows: 1500, imported: 1500, organizations: 1, refused: 0 },
  });
  expect(dump()).toEqual(before);
  expect(existsSync(`${file}.miftah-import`)).toBe(false);
});

test.for([
  ['--format csv', 'name,org\nx,y\n', 'input_invalid'],
  ['--format csv', 'digest,colour\nx,y\n', 'input_invalid'],
  ['--format csv', 'digest,digest\nx,y\n', 'input_invalid'],
  ['--format csv --resume', '', 'usage'],
  ['--format xml', '', 'usage'],
] as const)('%s with %j is wrong usage', async ([args, stdin, code]) => {
  expect(await runImport(args, stdin)).toMatchObject({ code: 2, error: { code } });
});

test('a missing file and one that is not UTF-8 are errors', async () => {
  expect(await runImport('--format csv --file /nowhere.csv')).toMatchObject({
    code: 1,
    error: { code: 'file_unreadable' },
  });
  const latin = join(server.folder, 'latin1.csv');
  await writeFile(latin, Buffer.from('digest,name\nx,B\xfcro\n', 'latin1'));
  expect(await runImport(`--format csv --file ${latin}`)).toMatchObject({ code: 2, error: { code: 'input_invalid' } });
});

test('people get a summary of the rows', async () => {
  const file = await write(refusals());
  const run = (...args: readonly string[]) =>
    runCli(['import', '--api', 'classic', '--format', 'csv', '--file', file, ...args], {
      cwd: server.folder,
      env: environment(),
    });
  expect((await run('--dry-run', '--on-error', 'skip')).stdout).toBe(`Dry run: nothing was changed.

rows               6
would be imported  2
refused            4

For the reasons, see ${file}.refused.csv
`);
  expect((await run()).stdout).toBe(`Stopped at line 3, which was refused.

rows      2
imported  1
refused   1

For the reasons, see ${file}.refused.csv
Fix the row and continue with --resume, or skip refused rows with --on-error skip.
`);
  expect((await run('--on-error', 'skip', '-q')).stdout).toBe('1\n');
});

test('after kill -9 in the middle, --resume imports every row once', async () => {
  const count = 20_000;
  const text = csvOf('Killed', count);
  const file = await write(text);
  const args = ['import', '--api', 'classic', '--format', 'csv', '--file', file, '--json'];
  for (let kills = 0; kills < 3; kills++) {
    const resume = kills === 0 ? [] : ['--resume'];
    const child = spawnCli([...args, ...resume], { cwd: server.folder, env: environment() });
    const ended = once(child, 'close');
    const linesBefore = lineOf(`${file}.miftah-import`);
    // Killed as soon as it came further than the run before. It loses the batch that it has sent meanwhile.
    while (child.exitCode === null && lineOf(`${file}.miftah-import`) <= linesBefore) {
      await new Promise((turn) => setImmediate(turn));
    }
    child.kill('SIGKILL');
    expect((await ended)[1]).toBe('SIGKILL');
  }
  const { code, out } = await runImport(`--format csv --file ${file} --resume`);
  expect([code, out]).toMatchObject([0, { rows: count, refused: 0 }]);
  expect(out.imported + out.exists).toBe(count);
  expect(existsSync(`${file}.miftah-import`)).toBe(false);

  const db = new DatabaseSync(join(server.folder, 'data', 'miftah.db'), { readOnly: true });
  const digests = db
    .prepare(`SELECT digest FROM secrets JOIN api_keys ON key_seq = seq WHERE name = 'Killed' ORDER BY digest`)
    .all()
    .map(({ digest }) => digest);
  const audited = db
    .prepare(`SELECT sum(after ->> 'imported') AS imported FROM audit_log WHERE action = 'keys.imported'`)
    .get();
  const keys = db.prepare(`SELECT count(*) AS keys FROM secrets WHERE prefix = 'old_'`).get();
  db.close();
  expect(digests).toEqual(text.match(/[0-9a-f]{64}/g)?.toSorted());
  expect(audited?.imported).toBe(keys?.keys);
});

function lineOf(checkpoint: string): number {
  try {
    return JSON.parse(readFileSync(checkpoint, 'utf8')).line;
  } catch {
    return 0;
  }
}

test('the audit log is intact after all of this', async () => {
  const { code } = await runCli(['audit', 'verify'], { cwd: server.folder, env: environment() });
  expect(code).toBe(0);
});
