// `keys find` as someone uses it who holds a part of a key, or a leaked one.
import { hash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { runCli } from './cli-process.ts';
import { runHere } from './in-process.ts';

const apis = `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: UPSTREAM
  - id: old
    profile: palm
    hosts: [api.old.localhost]
    upstream: UPSTREAM
    importedKeys: { algorithm: sha512, prefix: old_, minLength: 20, maxLength: 60 }
`;

let server: TestServer;
let org: string;
beforeAll(async () => {
  server = await startTestServer({ apis });
  org = await server.createOrg();
});
afterAll(() => server[Symbol.asyncDispose]());

function find(
  args: readonly string[],
  { stdin, token = server.operatorToken }: { stdin?: string; token?: string } = {},
) {
  const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_TOKEN: token };
  const options = { cwd: server.folder, env };
  const line = ['keys', 'find', ...args];
  return stdin === undefined ? runHere(line, options) : runCli(line, { ...options, stdin });
}

test('finds a key by its id, and by each part of its masked secret', async () => {
  const { id, secret } = await server.createKey({ api: 'classic', org });
  const start = secret.slice(0, 12);
  const end = secret.slice(-4);
  for (const text of [
    id,
    `${start}…${end}`,
    `${start}...${end}`,
    `${start}****${end}`,
    start,
    `…${end}`,
    `...${end}`,
  ]) {
    expect(await find([text, '-q']), text).toEqual({ code: 0, stdout: `${id}\n`, stderr: '' });
  }
  const none = await find(['sk_live_zzzz…0000']);
  expect(none).toEqual({ code: 6, stdout: 'No keys match.\n', stderr: '' });
});

test('finds the key of a whole secret, also of an old and an imported one', async () => {
  const { id, secret } = await server.createKey({ api: 'classic', org, name: 'leaked' });
  const current = await find(['--secret-stdin'], { stdin: `${secret}\n` });
  expect(current.stdout).toMatch(
    new RegExp(
      `^ID .*\\n${id} +leaked .*\\n\\nThis is its current secret\\. To replace it: miftah keys rotate ${id}\\n$`,
    ),
  );
  await server.admin('POST', `/v1/keys/${id}/rotate`, { overlap: '1h' });
  const old = await find(['--secret-stdin'], { stdin: secret });
  expect(old.stdout).toMatch(
    /\n\nThis is an old secret, which works until \S+Z\. To end it: miftah keys end-secret key_\w{20} sec_\w{16}\n$/,
  );
  const foreign = 'old_0123456789abcdefghij';
  const rows = [{ digest: hash('sha512', foreign, 'hex'), org, name: 'from before' }];
  expect((await server.admin('POST', '/v1/import', { api: 'old', rows })).status).toBe(200);
  const imported = await find(['--secret-stdin', '--json'], { stdin: foreign });
  expect(JSON.parse(imported.stdout)).toMatchObject({
    data: [{ name: 'from before', api: 'old', foundSecret: { status: 'in_force' } }],
    nextCursor: null,
  });
  for (const [args, stdin] of [
    [['--secret-stdin'], 'sk_live_of_no_one'],
    [['--secret-stdin', '--api', 'old'], secret],
    [['--secret-stdin', '--org', 'org_other'], secret],
  ] as const) {
    expect(await find(args, { stdin })).toMatchObject({
      code: 6,
      stdout: '',
      stderr: expect.stringContaining('no key has, or had, this secret'),
    });
  }
});

test('finds what the token reaches', async () => {
  const { id, secret } = await server.createKey({ api: 'classic', org });
  const create = async (fields: object): Promise<string> => {
    const { body } = await server.admin('POST', '/v1/tokens', { name: 'finder', may: 'admin', ...fields });
    return String(body.token);
  };
  const reaching = await create({ apis: ['classic'], readOnly: true });
  expect((await find(['--secret-stdin', '-q'], { stdin: secret, token: reaching })).stdout).toBe(`${id}\n`);
  const other = await create({ apis: ['old'] });
  expect((await find(['--secret-stdin'], { stdin: secret, token: other })).code).toBe(6);
  expect(await find([secret.slice(0, 12)], { token: other })).toMatchObject({ code: 4, stdout: '' });
  expect((await find([secret.slice(0, 12), '--api', 'old'], { token: other })).code).toBe(6);
});

test('refuses a secret as an argument before anything is sent', async () => {
  const { secret } = await server.createKey({ api: 'classic', org });
  for (const argument of [
    secret,
    'sk_live_4fKx9QmT2vLp',
    'acmekey4fKx9QmT2vLp',
    `${secret.slice(0, -4)}…${secret.slice(-4)}`,
    'old_0123456789abcdefghij',
  ]) {
    // Nothing listens there.
    const env = { MIFTAH_URL: 'http://127.0.0.1:1', MIFTAH_TOKEN: server.operatorToken };
    const refused = await runHere(['keys', 'find', argument], { cwd: server.folder, env });
    expect(refused).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: the argument looks like a secret; nothing was sent, but the history of your shell has it\n' +
        'Pipe the secret in: miftah keys find --secret-stdin < secret.txt. Remove the argument from the history.\n',
    });
  }
  const token = await find(['--secret-stdin'], { stdin: server.operatorToken });
  expect(token).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('this is a token of Miftah') });
  for (const args of [[], [secret.slice(0, 12), '--secret-stdin']]) expect((await find(args)).code).toBe(2);
});
