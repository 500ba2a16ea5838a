// Contexts: the server and the token that a command uses, and the files that keep them.

import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compileCacheDir } from '../compile-cache.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { runCli } from './cli-process.ts';
import { runHere } from './in-process.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Each server has an organization whose id tells which server answered. */
let servers: Record<'prod' | 'staging', TestServer>;
let orgs: Record<'prod' | 'staging', string>;
let folder: string;

beforeAll(async () => {
  const [prod, staging] = [await startTestServer(), await startTestServer()];
  servers = { prod, staging };
  orgs = { prod: await prod.createOrg(), staging: await staging.createOrg() };
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-context-'));
  return () => rmSync(folder, { recursive: true });
});

function miftah(line: string, { env = {}, stdin }: { env?: Record<string, string>; stdin?: string } = {}) {
  const options = { cwd: folder, env };
  return stdin === undefined ? runHere(line.split(' '), options) : runCli(line.split(' '), { ...options, stdin });
}

const urlOf = (name: 'prod' | 'staging') => `http://127.0.0.1:${servers[name].internalPort}`;

async function addBoth(): Promise<void> {
  for (const name of ['prod', 'staging'] as const) {
    const { code, stderr } = await miftah(`context add ${name} --url ${urlOf(name)} --token-stdin`, {
      stdin: `${servers[name].operatorToken}\n`,
    });
    expect([code, stderr]).toEqual([0, '']);
  }
}

/** Which server answers a command, or the code of its failure. */
async function askWho(line: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr } = await miftah(`${line} --json`, { env });
  if (stderr !== '') return JSON.parse(stderr).error.code;
  const ids = JSON.parse(stdout).data.map(({ id }: { id: string }) => id);
  return Object.entries(orgs).find(([, id]) => ids.includes(id))?.[0] ?? 'none';
}

test('a context has the address and the token, and comes after options and variables', async () => {
  await addBoth();
  const { prod } = servers;
  const plain = { MIFTAH_URL: urlOf('prod'), MIFTAH_TOKEN: prod.operatorToken };
  expect(await askWho('--context prod orgs list')).toBe('prod');
  expect(await askWho('orgs list --context staging')).toBe('staging');
  expect(await askWho('orgs list', { MIFTAH_CONTEXT: 'staging' })).toBe('staging');
  // The option wins over the variable, and both over the current one.
  expect(await askWho('--context prod orgs list', { MIFTAH_CONTEXT: 'staging' })).toBe('prod');
  expect(await askWho('--context staging orgs list', plain)).toBe('staging');
  expect(await askWho(`orgs list --url ${urlOf('staging')}`, { MIFTAH_TOKEN: servers.staging.operatorToken })).toBe(
    'staging',
  );
  expect((await miftah('context use staging')).stdout).toBe('The current context is staging.\n');
  expect(await askWho('orgs list')).toBe('staging');
  expect(await askWho('orgs list', { MIFTAH_CONTEXT: 'prod' })).toBe('prod');
  expect(await askWho('orgs list', plain)).toBe('prod');
  // Without a context, the folder decides: nothing listens at its default address with this token.
  expect(await askWho('orgs list', { ...plain, MIFTAH_CONTEXT: 'default' })).toBe('prod');
  expect((await miftah('context use default')).stdout).toBe('No context is current.\n');
  expect((await miftah('context show -q')).stdout).toBe('default\n');
});

test('a command never mixes a context with another address or token', async () => {
  await addBoth();
  expect(await askWho(`--context prod orgs list --url ${urlOf('staging')}`)).toBe('context_conflict');
  expect(await askWho('--context prod orgs list --data elsewhere')).toBe('context_conflict');
  const variables = { MIFTAH_CONTEXT: 'prod', MIFTAH_TOKEN: servers.staging.operatorToken };
  expect(await askWho('orgs list', variables)).toBe('context_conflict');
  expect(await askWho('--context nowhere orgs list')).toBe('context_not_found');
  expect(await askWho('--context ../prod orgs list')).toBe('context_name_invalid');
});

test('no output has a token, and only its owner can read the files', async () => {
  await addBoth();
  const outputs = [
    await miftah('context list'),
    await miftah('context list --json'),
    await miftah('context show prod'),
    await miftah('context show', { env: { MIFTAH_CONTEXT: 'prod' } }),
  ];
  const token = servers.prod.operatorToken;
  for (const { code, stdout, stderr } of outputs) {
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain(token);
  }
  const root = join(folder, 'xdg/miftah');
  expect(outputs[0]?.stdout.split('\n')[1]).toBe(`prod     ${urlOf('prod')}  ${root}/tokens/prod     -`);
  expect(outputs[3]?.stdout).toBe(
    `name       prod\nurl        ${urlOf('prod')}\ntoken      ${root}/tokens/prod\nchosen by  MIFTAH_CONTEXT\n`,
  );
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name));
  for (const file of files) {
    const { mode } = statSync(file);
    expect([file, (mode & 0o777).toString(8)]).toEqual([file, statSync(file).isDirectory() ? '700' : '600']);
    if (!statSync(file).isDirectory() && !file.endsWith('tokens/prod')) {
      expect(readFileSync(file, 'utf8')).not.toContain(token);
    }
  }
  expect((await miftah('context remove prod -q')).stdout).toBe('prod\n');
  expect(existsSync(join(root, 'tokens/prod'))).toBe(false);
  expect((await miftah('context list -q')).stdout).toBe('staging\n');
});

test('the token can be in a file or a variable', async () => {
  const { prod } = servers;
  writeFileSync(join(folder, 'token'), `${prod.operatorToken}\n`, { mode: 0o600 });
  await miftah(`context add in-file --url ${urlOf('prod')} --token-file ${join(folder, 'token')}`);
  await miftah(`context add in-variable --url ${urlOf('prod')} --token-env PROD_TOKEN`);
  expect(await askWho('--context in-file orgs list')).toBe('prod');
  expect(await askWho('--context in-variable orgs list', { PROD_TOKEN: prod.operatorToken })).toBe('prod');
  expect(await askWho('--context in-variable orgs list')).toBe('context_token_missing');
  chmodSync(join(folder, 'token'), 0o644);
  expect(await askWho('--context in-file orgs list')).toBe('token_file_exposed');
  chmodSync(join(folder, 'xdg/miftah/contexts/in-file.json'), 0o622);
  expect(await askWho('--context in-file orgs list')).toBe('context_exposed');
});

test('http to another machine needs a yes', async () => {
  const add = (url: string, more = '') => miftah(`context add there --url ${url} --token-env T${more}`);
  expect(await add('http://10.0.0.5:4101')).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'error: http://10.0.0.5:4101 is another machine, and http sends the token to it unencrypted\n' +
      'Use https, or a tunnel such as ssh -L 4101:127.0.0.1:4101 HOST. In a network that you trust, add --allow-http.\n',
  });
  for (const [url, more] of [
    ['http://10.0.0.5:4101', ' --allow-http'],
    ['https://miftah.example.com', ' --force'],
    ['http://localhost:4101', ' --force'],
    ['http://[::1]:4101', ' --force'],
  ] as const) {
    expect([url, (await add(url, more)).code]).toEqual([url, 0]);
  }
  // A changed file is checked again.
  writeFileSync(join(folder, 'xdg/miftah/contexts/there.json'), '{"url":"http://10.0.0.5:4101","tokenVariable":"T"}');
  expect(await askWho('--context there orgs list', { T: 'mft_x' })).toBe('http_refused');
  writeFileSync(join(folder, 'xdg/miftah/contexts/there.json'), '{"url":1}');
  expect(await askWho('--context there orgs list', { T: 'mft_x' })).toBe('context_damaged');
});

test('a deletion names the server before it asks', async () => {
  await addBoth();
  const args = [process.execPath, main, '--context', 'prod', 'orgs', 'delete', orgs.prod];
  const child = spawn('python3', ['-c', 'import pty, sys; pty.spawn(sys.argv[1:])', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCacheDir, XDG_CONFIG_HOME: join(folder, 'xdg') },
  });
  let shown = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    shown += text;
    if (text.includes('to confirm:')) child.stdin.end('another name\n');
  }
  expect(shown).toContain(
    `This revokes all keys of Test (${orgs.prod}) and erases its data, at context prod (${urlOf('prod')}). ` +
      'It cannot be undone.',
  );
  expect(shown).toContain('nothing was deleted: the text differs');
});

test('a revocation names the context of its server', async () => {
  await addBoth();
  const { id } = await servers.prod.createKey({ api: 'classic', org: orgs.prod });
  const key = await miftah(`--context prod keys revoke ${id}`);
  expect(key.stdout).toMatch(`(${id}) is refused from now on, at context prod (${urlOf('prod')}).\n`);
  const token = await miftah('--context staging tokens create --name edge --may decide --api classic --quiet');
  const tokens = await miftah('--context staging tokens list --quiet');
  const revoked = await miftah(`--context staging tokens revoke ${tokens.stdout.trim()}`);
  expect(token.code).toBe(0);
  expect(revoked.stdout).toMatch(`) is refused from now on, at context staging (${urlOf('staging')}).\n`);
  const here = await servers.prod.createKey({ api: 'classic', org: orgs.prod });
  const plain = await miftah(`keys revoke ${here.id} --url ${urlOf('prod')}`, {
    env: { MIFTAH_TOKEN: servers.prod.operatorToken },
  });
  expect(plain.stdout).toMatch(`(${here.id}) is refused from now on.\n`);
});

describe('wrong usage', () => {
  test.for([
    ['context add prod --url http://127.0.0.1:1', 'usage'],
    ['context add default --url http://127.0.0.1:1 --token-env T', 'context_name_invalid'],
    ['context add prod --url http://127.0.0.1:1 --token-env MIFTAH_TOKEN', 'usage'],
    ['context add prod --url http://127.0.0.1:1 --token-env mft_0123', 'usage'],
    ['context add prod --url http://127.0.0.1:1 --token-env T --token-file f', 'usage'],
    ['context add prod --url 127.0.0.1:1 --token-env T', 'url_invalid'],
    ['context use nowhere', 'context_not_found'],
    ['context remove nowhere', 'context_not_found'],
    ['--context prod doctor', 'context_not_used'],
    ['serve --config none.yaml --context prod', 'context_not_used'],
  ] as const)('%s: %s', async ([line, wanted]) => {
    const { stdout, stderr, code } = await miftah(`${line} --json`);
    expect([stdout, JSON.parse(stderr).error.code]).toEqual(['', wanted]);
    expect(code).toBe(wanted === 'context_not_found' ? 6 : 2);
  });

  test('an existing context is replaced only with --force', async () => {
    const add = (more = '') => miftah(`context add prod --url http://127.0.0.1:1 --token-env T${more}`);
    expect((await add()).code).toBe(0);
    expect(await add()).toMatchObject({ code: 2, stderr: expect.stringContaining('add --force') });
    expect((await add(' --force')).code).toBe(0);
  });

  test('a failure names the command behind the option', async () => {
    expect((await miftah('--context prod orgs lsit')).stderr).toBe(
      "error: unknown command 'lsit'\nDid you mean list? See miftah orgs --help.\n",
    );
  });
});
